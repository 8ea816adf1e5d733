import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.models import Record
from outgoing.models import AllowedNetwork

pytestmark = pytest.mark.django_db


def test_a_superuser_allows_a_network(client: Client) -> None:
    client.force_login(User.objects.create_superuser("root", password="x"))
    url = reverse("admin:outgoing_allowednetwork_add")
    response = client.post(url, {"cidr": "10.1.0.0/16", "note": "Odoo"})
    assert response.status_code == 302
    assert AllowedNetwork.objects.get().cidr == "10.1.0.0/16"
    assert b"cannot be allowed" in client.post(url, {"cidr": "0.0.0.0/0"}).content
    assert b"cannot be allowed" in client.post(url, {"cidr": "127.0.0.1"}).content


def test_the_audit_knows_who_allowed_what(client: Client) -> None:
    root = User.objects.create_superuser("root", password="x")
    client.force_login(root)
    client.post(reverse("admin:outgoing_allowednetwork_add"), {"cidr": "10.1.0.0/16", "note": ""})
    row = AllowedNetwork.objects.get()
    change = reverse("admin:outgoing_allowednetwork_change", args=[row.pk])
    client.post(change, {"cidr": "10.2.0.0/16", "note": ""})
    delete = reverse("admin:outgoing_allowednetwork_delete", args=[row.pk])
    client.post(delete, {"post": "yes"})
    added, changed, removed = Record.objects.filter(deed__startswith="allowed").order_by("pk")
    assert (added.deed, added.user_pk, added.origin) == (
        "allowed_network.added",
        root.pk,
        "127.0.0.1",
    )
    assert added.after is not None
    assert added.after["cidr"] == "10.1.0.0/16"
    assert changed.before == {"cidr": "10.1.0.0/16"}
    assert changed.after == {"cidr": "10.2.0.0/16"}
    assert removed.before is not None
    assert (removed.deed, removed.before["cidr"]) == ("allowed_network.removed", "10.2.0.0/16")


def test_nobody_else_does_with_all_permissions(client: Client) -> None:
    staff = User.objects.create_user("staff", password="x", is_staff=True)
    staff.user_permissions.set(Permission.objects.all())
    client.force_login(staff)
    for name in ("add", "changelist"):
        assert client.get(reverse(f"admin:outgoing_allowednetwork_{name}")).status_code == 403
