import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from nodes.domain import registry
from nodes.models import Node

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client) -> User:
    user = User.objects.create_user("staff", password="x", is_staff=True)
    client.force_login(user)
    return user


def allow(user: User, *names: str) -> None:
    user.user_permissions.add(*Permission.objects.filter(codename__in=names))


def test_the_page_is_for_staff_who_may_see_nodes(client: Client, staff: User) -> None:
    for name in ("constellation", "now"):
        url = reverse(f"nodes:{name}")
        assert Client().get(url).status_code == 302
        assert client.get(url).status_code == 403
    allow(staff, "view_node")
    assert b"register_node" in client.get("/nodes/").content
    registry.register(
        {"hostname": "saltillo", "address": "192.0.2.7", "latitude": 25.4, "longitude": -101}
    )
    registry.register({"hostname": "hub", "address": "192.0.2.8", "role": "hub"})
    page = client.get("/nodes/").content.decode()
    assert "node-map" in page
    assert 'class="node-state online"' in page
    assert "/admin/nodes/" not in page, "who may only see it gets no link to change it"
    told = client.get("/nodes/now/").json()
    assert [node["hostname"] for node in told["nodes"]] == ["saltillo"]
    assert told["nodes"][0]["place"] == [25.4, -101.0]
    assert "saltillo" in told["rows"]
    assert "hub" in told["rows"]


def test_the_button_registers_this_host(client: Client, staff: User) -> None:
    url = reverse("admin:nodes_node_register_current")
    allow(staff, "view_node")
    assert b"Register current host" not in client.get("/admin/nodes/node/").content
    assert client.post(url).status_code == 403
    allow(staff, "add_node", "change_node")
    assert b"Register current host" in client.get("/admin/nodes/node/").content
    assert client.get(url).status_code == 405
    assert not Node.objects.exists()
    for _ in range(2):
        page = client.post(url, follow=True).content.decode()
        assert "is registered" in page
    node = Node.objects.get()
    assert "node-state online" in page
    chosen = {"action": "register_current", "_selected_action": [node.pk]}
    assert client.post("/admin/nodes/node/", chosen).status_code == 302
    assert Node.objects.count() == 1


def test_staff_are_held_to_what_is_asked_of_nodes(client: Client, staff: User) -> None:
    allow(staff, "view_node", "add_node", "change_node")
    url = reverse("admin:nodes_node_add")
    said = {"hostname": "Saltillo", "address": "not an address", "port": 8000}
    assert b"the name of a host" in client.post(url, said).content
    assert client.post(url, said | {"address": "::1"}).status_code == 302
    assert Node.objects.get().hostname == "saltillo"
