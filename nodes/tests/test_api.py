import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.domain import tokens
from accounts.models import User
from nodes.models import Node

pytestmark = pytest.mark.django_db

TOKEN = "a-shared-secret-of-some-length"
FACTS = {"hostname": "saltillo", "address": "192.0.2.7"}


@pytest.fixture(autouse=True)
def mesh(settings: Settings) -> None:
    settings.MESH_TOKEN = TOKEN


def register(client: Client, said: Any = None, token: str | None = TOKEN, **more: Any) -> Any:
    headers = {} if token is None else {"X-Mesh-Token": token}
    return client.post(
        "/nodes/register/",
        FACTS if said is None else said,
        content_type="application/json",
        headers=headers | more.pop("headers", {}),
        **more,
    )


def test_a_node_registers_and_registers_again(client: Client) -> None:
    first = register(client)
    assert first.status_code == 201
    assert first.json() | FACTS | {"port": 8000, "state": "online"} == first.json()
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        again = register(client, {**FACTS, "hostname": "SALTILLO.", "address": "2001:DB8::0:7"})
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    node = Node.objects.get()
    assert (node.hostname, node.address) == ("saltillo", "2001:db8::7")
    assert again.json()["last_seen"] > first.json()["last_seen"]


def test_a_form_does_as_well(client: Client) -> None:
    said = {**FACTS, "port": "8001", "latitude": "25.42", "longitude": "-101.0", "role": "site"}
    response = client.post("/nodes/register/", said, headers={"X-Mesh-Token": TOKEN})
    assert response.status_code == 201
    node = Node.objects.get()
    assert (node.port, node.role, float(node.latitude or 0)) == (8001, "site", 25.42)


def test_what_is_not_said_again_stays(client: Client) -> None:
    register(client, {**FACTS, "version": "1.2.3", "latitude": 1, "longitude": 2})
    register(client)
    node = Node.objects.get()
    assert (node.version, float(node.longitude or 0)) == ("1.2.3", 2)


@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN[:-1], TOKEN + "x", "ñ"])
def test_without_the_token_nobody_registers(client: Client, token: str | None) -> None:
    response = register(client, token=token)
    assert response.status_code == 401
    assert "X-Mesh-Token" in response.json()["detail"]
    assert not Node.objects.exists()


@pytest.mark.parametrize("shown", ["", "x", None])
def test_where_no_token_is_set_none_is_right(
    client: Client, settings: Settings, shown: str | None
) -> None:
    settings.MESH_TOKEN = ""
    assert register(client, token=shown).status_code == 401


def test_under_debug_a_program_of_this_machine_needs_no_token(
    client: Client, settings: Settings
) -> None:
    assert register(client, token=None).status_code == 401
    settings.DEBUG = True
    assert register(client, token=None).status_code == 201
    assert register(client, token="wrong").status_code == 401, "a wrong token is never right"


@pytest.mark.parametrize(
    ("headers", "more"),
    [
        ({"X-Forwarded-For": "127.0.0.1"}, {}),
        ({"Via": "1.1 proxy"}, {}),
        ({"Origin": "https://elsewhere.example"}, {}),
        ({"Origin": "null"}, {}),
        ({"Sec-Fetch-Site": "cross-site"}, {}),
        ({}, {"REMOTE_ADDR": "192.168.1.9"}),
        ({}, {"REMOTE_ADDR": "8.8.8.8"}),
        ({}, {"REMOTE_ADDR": ""}),
    ],
)
def test_under_debug_everybody_else_does(
    client: Client, settings: Settings, headers: dict[str, str], more: dict[str, str]
) -> None:
    settings.DEBUG = True
    assert register(client, token=None, headers=headers, **more).status_code == 401
    assert not Node.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        *({"hostname": ""}, {"hostname": None}, {"hostname": "a b"}, {"hostname": "-x"}),
        *({"hostname": "a" * 64}, {"hostname": "x/../y"}, {"hostname": 5}, {"hostname": "<b>"}),
        *({"address": ""}, {"address": "http://x/"}, {"address": "999.1.1.1"}, {"address": "::"}),
        *({"address": "0.0.0.0"}, {"address": "224.0.0.1"}, {"address": "fe80::1%eth0"}),  # noqa: S104
        *({"address": "x:80"}, {"address": "\x00"}, {"address": ["192.0.2.1"]}),
        *(
            {"port": 0},
            {"port": 65536},
            {"port": -1},
            {"port": "x"},
            {"port": 80.5},
            {"port": True},
        ),
        *({"latitude": 91, "longitude": 0}, {"latitude": 1}, {"latitude": "NaN", "longitude": 1}),
        *({"latitude": 1e308, "longitude": 1}, {"version": "a b"}, {"role": "x" * 41}),
        {"surprise": 1},
    ],
)
def test_what_no_node_says_is_named(client: Client, wrong: dict[str, Any]) -> None:
    response = register(client, {**FACTS, **wrong})
    assert response.status_code == 400
    assert next(iter(wrong)) in response.json()["detail"]
    assert not Node.objects.exists()


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"[" * 10_000, "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"hello", "text/plain", 415),
        (json.dumps({"hostname": "x" * 20_000}).encode(), "application/json", 413),
    ],
)
def test_a_body_that_is_none(client: Client, body: bytes, kind: str, status: int) -> None:
    headers = {"X-Mesh-Token": TOKEN}
    response = client.post("/nodes/register/", body, content_type=kind, headers=headers)
    assert response.status_code == status
    assert response.json()["detail"]


def test_an_address_registers_so_often_and_no_more(client: Client, settings: Settings) -> None:
    settings.NODE_REGISTRATIONS_PER_MINUTE = 2
    assert [register(client, token="x").status_code for _ in range(2)] == [401, 401]
    refused = register(client)
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 60
    assert register(client, REMOTE_ADDR="8.8.8.8").status_code == 201


def test_the_list_is_for_nodes_and_staff_with_the_permission(client: Client) -> None:
    register(client)
    url = "/nodes/list/"
    shown = client.get(url, headers={"X-Mesh-Token": TOKEN})
    assert [node["hostname"] for node in shown.json()["nodes"]] == ["saltillo"]
    assert client.get(url).status_code == 401
    assert client.get(url, headers={"X-Mesh-Token": "wrong"}).status_code == 401
    staff = User.objects.create_user("staff", password="x", is_staff=True)
    driver = User.objects.create_user("driver", password="x")
    permission = Permission.objects.get(codename="view_node")
    driver.user_permissions.add(permission)
    for user in (staff, driver):
        client.force_login(user)
        assert client.get(url).status_code == 403
    staff.user_permissions.add(permission)
    client.force_login(staff)
    assert client.get(url).status_code == 200
    _token, text = tokens.create(staff, "program")
    bearer = {"Authorization": f"Bearer {text}"}
    assert Client().get(url, headers=bearer).status_code == 200
    assert client.post(url).status_code == 405


def test_a_node_that_is_silent_is_late_and_then_lost(client: Client, settings: Settings) -> None:
    register(client)
    states = []
    for seconds in (0, settings.NODE_LATE_S + 1, settings.NODE_LOST_S + 1):
        with time_machine.travel(timezone.now() + timedelta(seconds=seconds), tick=False):
            answer = client.get("/nodes/list/", headers={"X-Mesh-Token": TOKEN})
            states.append(answer.json()["nodes"][0]["state"])
    assert states == ["online", "late", "lost"]
