"""API tokens in the admin."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from accounts.domain import tokens
from accounts.models import ApiToken, User

pytestmark = pytest.mark.django_db

ADD = reverse("admin:accounts_apitoken_add")
LIST = reverse("admin:accounts_apitoken_changelist")


@pytest.fixture
def clerk_client(db: None) -> Client:
    """Staff who may do everything with tokens, but no superuser."""
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(content_type__model="apitoken"))
    client = Client()
    client.force_login(clerk)
    return client


def test_the_secret_is_shown_once_and_kept_nowhere(admin_client: Client, driver: User) -> None:
    form = {"user": driver.pk, "name": "wallboard", "scope": "read"}
    answer = admin_client.post(ADD, form)
    found = re.search(r'<code id="secret">([^<]+)</code>', answer.content.decode())
    assert found is not None
    secret = found[1]
    token = tokens.find(secret)
    assert token is not None
    assert (token.user, token.name, token.scope) == (driver, "wallboard", "read")
    assert "no-store" in answer["Cache-Control"]
    assert ApiToken.objects.count() == 1

    change = reverse("admin:accounts_apitoken_change", args=[token.pk])
    for page in (LIST, change, reverse("admin:index")):
        assert secret not in admin_client.get(page).content.decode()
    assert not any(secret in str(entry.__dict__) for entry in LogEntry.objects.all())
    assert not any(secret in str(entry.get_decoded()) for entry in Session.objects.all())
    assert LogEntry.objects.get().object_id == str(token.pk)


def test_only_the_name_can_be_changed(admin_client: Client, driver: User) -> None:
    token, text = tokens.create(driver, "wallboard", scope=ApiToken.Scope.READ)
    change = reverse("admin:accounts_apitoken_change", args=[token.pk])
    admin_client.post(change, {"name": "lobby", "scope": "full", "user": 1})
    found = tokens.find(text)
    assert found is not None
    assert (found.name, found.scope, found.user) == ("lobby", "read", driver)


def test_tokens_are_revoked_together(admin_client: Client, driver: User) -> None:
    made = [tokens.create(driver, name) for name in ("one", "two")]
    form = {"action": "revoke", "_selected_action": [token.pk for token, _text in made]}
    asked = admin_client.post(LIST, form).content.decode()
    assert "are refused from now on, for good" in asked
    assert all(tokens.find(text) for _token, text in made)
    form["confirmed"] = "True"
    page = admin_client.post(LIST, form, follow=True).content.decode()
    assert "2 tokens revoked." in page
    assert page.count("icon-no") == 2
    assert all(tokens.find(text) is None for _token, text in made)


def test_only_a_superuser_makes_tokens_for_others(clerk_client: Client, admin_user: User) -> None:
    clerk = User.objects.get(username="clerk")
    refused = clerk_client.post(ADD, {"user": admin_user.pk, "name": "x", "scope": "full"})
    assert "Select a valid choice" in refused.content.decode()
    clerk_client.post(ADD, {"user": clerk.pk, "name": "mine", "scope": "full"})
    assert [token.user for token in ApiToken.objects.all()] == [clerk]


def test_the_tokens_of_others_are_out_of_sight(clerk_client: Client, admin_user: User) -> None:
    token, text = tokens.create(admin_user, "backup")
    assert "backup" not in clerk_client.get(LIST).content.decode()
    form = {"action": "revoke", "_selected_action": [token.pk], "confirmed": "True"}
    clerk_client.post(LIST, form)
    assert tokens.find(text) is not None
