"""Who calls a JSON endpoint."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.test import RequestFactory

from accounts.authentication import authenticate
from accounts.domain import tokens
from accounts.models import ApiToken, User

pytestmark = pytest.mark.django_db


def request_of(method: str = "GET", user: User | None = None, headers: Any = None) -> HttpRequest:
    request = RequestFactory(enforce_csrf_checks=True).generic(method, "/api/", headers=headers)
    request.user = user or AnonymousUser()
    return request


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def test_nobody() -> None:
    assert authenticate(request_of()) is None
    assert authenticate(request_of("POST")) is None
    assert authenticate(request_of(headers={"Authorization": "Basic YTpi"})) is None


def test_a_session_reads_freely_and_changes_with_a_csrf_token(driver: User) -> None:
    assert authenticate(request_of("GET", driver)) == driver
    with pytest.raises(PermissionDenied, match="X-CSRFToken"):
        authenticate(request_of("POST", driver))
    token = get_token(request_of())
    with pytest.raises(PermissionDenied):
        authenticate(request_of("POST", driver, headers={"X-CSRFToken": token}))
    request = request_of("POST", driver, headers={"X-CSRFToken": token})
    request.COOKIES["csrftoken"] = token
    assert authenticate(request) == driver


def test_a_deactivated_user_has_no_session(driver: User) -> None:
    driver.is_active = False
    assert authenticate(request_of("GET", driver)) is None


def test_a_token_needs_no_csrf_token_and_names_its_user(driver: User) -> None:
    _token, text = tokens.create(driver, "wallboard")
    for method in ("GET", "POST", "DELETE"):
        request = request_of(method, headers=bearer(text))
        assert authenticate(request) == driver
        assert request.user == driver
    assert authenticate(request_of(headers={"Authorization": f"bearer  {text} "})) == driver


def test_a_wrong_token_is_not_saved_by_a_session(driver: User) -> None:
    assert authenticate(request_of("GET", driver, headers=bearer("0a0a0a0a.x"))) is None
    assert authenticate(request_of("GET", driver, headers={"Authorization": "Bearer"})) is None


def test_a_read_only_token_reads_only(driver: User) -> None:
    _token, text = tokens.create(driver, "wallboard", scope=ApiToken.Scope.READ)
    assert authenticate(request_of("GET", headers=bearer(text))) == driver
    with pytest.raises(PermissionDenied, match="only read"):
        authenticate(request_of("POST", headers=bearer(text)))
