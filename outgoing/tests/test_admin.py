import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from outgoing.models import AllowedNetwork

pytestmark = pytest.mark.django_db


def test_a_superuser_allows_a_network(client: Client) -> None:
    client.force_login(User.objects.create_superuser("root", password="x"))
    url = reverse("admin:outgoing_allowednetwork_add")
    response = client.post(url, {"cidr": "10.1.0.0/16", "note": "Odoo"})
    assert response.status_code == 302
    assert AllowedNetwork.objects.get().cidr == "10.1.0.0/16"
    assert b"cannot be allowed" in client.post(url, {"cidr": "0.0.0.0/0"}).content


def test_nobody_else_does_with_all_permissions(client: Client) -> None:
    staff = User.objects.create_user("staff", password="x", is_staff=True)
    staff.user_permissions.set(Permission.objects.all())
    client.force_login(staff)
    for name in ("add", "changelist"):
        assert client.get(reverse(f"admin:outgoing_allowednetwork_{name}")).status_code == 403
