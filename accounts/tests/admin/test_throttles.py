"""Limits on logins, seen from the admin."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Throttle, User

pytestmark = pytest.mark.django_db

LOGIN = reverse("admin:login")


def log_in(client: Client, password: str) -> str:
    answer = client.post(
        LOGIN, {"username": "office", "password": password, "next": "/admin/"}, follow=True
    )
    return answer.content.decode()


def test_the_login_page_says_that_there_were_too_many_failures(client: Client) -> None:
    User.objects.create_user("office", password="secret", is_staff=True)
    for _ in range(5):
        assert "Please enter the correct username and password" in log_in(client, "wrong")
    assert "Too many failed logins. Try again in 15 minutes." in log_in(client, "secret")


def test_staff_let_somebody_try_again(client: Client, admin_client: Client) -> None:
    User.objects.create_user("office", password="secret", is_staff=True)
    for _ in range(5):
        log_in(client, "wrong")
    listed = admin_client.get(reverse("admin:accounts_throttle_changelist")).content.decode()
    assert "password 127.0.0.1 office" in listed
    admin_client.post(
        reverse("admin:accounts_throttle_changelist"),
        {
            "action": "delete_selected",
            "_selected_action": list(Throttle.objects.values_list("pk", flat=True)),
            "post": "yes",
        },
    )
    assert 'id="user-tools"' in log_in(client, "secret")


def test_counters_are_neither_added_nor_changed(admin_client: Client) -> None:
    assert admin_client.get(reverse("admin:accounts_throttle_add")).status_code == 403
