"""Tokens for some areas only."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.http import HttpRequest
from django.test import RequestFactory

from accounts import access
from accounts.authentication import authenticate
from accounts.domain import roles, scopes, tokens
from accounts.models import ApiToken, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(admin_user: User) -> User:
    return admin_user


def asking(text: str, path: str = "/ocpp/chargers/", method: str = "GET") -> HttpRequest:
    headers = {"Authorization": f"Bearer {text}"}
    request = RequestFactory().generic(method, path, headers=headers)
    request.user = AnonymousUser()
    return request


@pytest.mark.parametrize(
    ("permission", "scope"),
    [
        ("ocpp.view_charger", "charging:read"),
        ("ocpp.add_command", "charging:change"),
        ("ocpp.change_tariff", "money:change"),
        ("accounts.view_user", "people:read"),
        ("accounts.add_credit", "money:change"),
        ("nodes.delete_node", "nodes:change"),
        ("sites.view_site", "settings:read"),
        ("audit.view_record", "settings:read"),
    ],
)
def test_the_area_of_a_permission(permission: str, scope: str) -> None:
    assert scopes.scope_of(permission) == scope


def test_a_token_reaches_only_its_areas(boss: User) -> None:
    token, text = tokens.create(boss, "wallboard", areas=["charging:read"])
    assert (token.scope, token.areas) == (ApiToken.Scope.SOME, ["charging:read"])
    request = asking(text)
    assert authenticate(request) == boss
    assert access.require(request, "ocpp.view_charger") == boss
    with pytest.raises(PermissionDenied, match="charging:change"):
        access.require(request, "ocpp.change_charger")
    with pytest.raises(PermissionDenied, match="money:read"):
        access.require(request, "ocpp.view_charger", "ocpp.view_tariff")
    assert not request.user.has_perm("accounts.view_user")
    with pytest.raises(PermissionDenied, match="charging:read"):
        authenticate(asking(text, method="POST"))
    for elsewhere in ("/accounts/users/", "/nodes/list/", "/subscriptions/products/", "/x/"):
        with pytest.raises(PermissionDenied):
            authenticate(asking(text, elsewhere))


def test_changing_includes_reading(boss: User) -> None:
    _token, text = tokens.create(boss, "controller", areas=["charging:change"])
    for method in ("GET", "POST"):
        request = asking(text, method=method)
        assert authenticate(request) == boss
        access.require(request, "ocpp.view_charger", "ocpp.change_charger")


def test_never_more_than_the_user(driver: User) -> None:
    _token, text = tokens.create(driver, "mine", areas=scopes.ALL)
    request = asking(text)
    assert authenticate(request) == driver
    with pytest.raises(PermissionDenied, match=r"ocpp\.view_charger"):
        access.require(request, "ocpp.view_charger")
    roles.give(driver, "viewer")
    request = asking(text)
    authenticate(request)
    access.require(request, "ocpp.view_charger")


@pytest.mark.parametrize("scope", [ApiToken.Scope.READ, ApiToken.Scope.FULL])
def test_tokens_without_areas_go_on_as_before(boss: User, scope: ApiToken.Scope) -> None:
    _token, text = tokens.create(boss, "old", scope=scope)
    for path in ("/ocpp/chargers/", "/accounts/users/", "/x/"):
        request = asking(text, path)
        assert authenticate(request) == boss
        access.require(request, "ocpp.view_charger", "accounts.view_user")


def test_areas_are_known_ones(boss: User) -> None:
    with pytest.raises(scopes.NoSuchScope, match="money:spend"):
        tokens.create(boss, "x", areas=["money:spend"])
    with pytest.raises(ValueError, match="at least one"):
        tokens.create(boss, "x", scope=ApiToken.Scope.SOME)
    with pytest.raises(CommandError, match="money:spend"):
        call_command("create_token", "admin", "--name", "x", "--scopes", "money:spend")
    call_command("create_token", "admin", "--name", "x", "--scopes", "money:read, nodes:read")
    assert ApiToken.objects.get().areas == ["money:read", "nodes:read"]
