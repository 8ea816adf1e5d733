"""Who may use the REST API, and what everybody else is told."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from model_bakery import baker

from accounts.models import ApiToken, User
from ocpp.models import Charger, Command
from ocpp.tests.api.conftest import token_client
from ocpp.tests.commanding import make_charger

ENDPOINTS = [
    ("GET", "/ocpp/chargers/"),
    ("GET", "/ocpp/chargers/CP1/"),
    ("GET", "/ocpp/chargers/NOBODY/"),
    ("POST", "/ocpp/chargers/CP1/action/"),
    ("POST", "/ocpp/chargers/NOBODY/action/"),
    ("GET", "/ocpp/chargers/CP1/commands/1/"),
]
RESET = {"action": "reset"}


@pytest.fixture(autouse=True)
def charger(db: None) -> Charger:
    return make_charger(connected=False)


def _ask(client: Client, method: str, url: str) -> Any:
    return client.generic(method, url, b'{"action": "reset"}', content_type="application/json")


@pytest.mark.parametrize(("method", "url"), ENDPOINTS)
def test_nobody_gets_401(method: str, url: str) -> None:
    response = _ask(Client(enforce_csrf_checks=True), method, url)
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert "API token" in response.json()["detail"]


@pytest.mark.parametrize(("method", "url"), ENDPOINTS)
@pytest.mark.parametrize("door", ["token", "session"])
def test_a_driver_gets_403_whether_the_charger_exists_or_not(
    driver: User, door: str, method: str, url: str
) -> None:
    if door == "token":
        client = token_client(driver)
    else:
        client = Client()
        client.force_login(driver)
    response = _ask(client, method, url)
    assert response.status_code == 403
    assert response.json() == {"detail": "Only staff may do this."}


@pytest.mark.parametrize("door", ["token", "session"])
def test_staff_may_read(staff: User, door: str) -> None:
    client = token_client(staff) if door == "token" else Client()
    if door == "session":
        client.force_login(staff)
    assert client.get("/ocpp/chargers/CP1/").json()["charger_id"] == "CP1"


def test_a_session_needs_the_csrf_token(staff: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff)
    response = client.post("/ocpp/chargers/CP1/action/", RESET, content_type="application/json")
    assert response.status_code == 403
    assert "X-CSRFToken" in response.json()["detail"]
    assert not Command.objects.exists()


def test_a_session_with_the_csrf_token_may_command(staff: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff)
    client.get("/api/docs")
    response = client.post(
        "/ocpp/chargers/CP1/action/",
        RESET,
        content_type="application/json",
        headers={"X-CSRFToken": client.cookies["csrftoken"].value},
    )
    assert response.status_code == 409


@pytest.mark.parametrize("flaw", ["wrong", "expired", "revoked", "inactive"])
def test_a_bad_token_gets_401_even_beside_a_good_session(staff: User, flaw: str) -> None:
    client = token_client(staff)
    now = timezone.now()
    match flaw:
        case "wrong":
            client.defaults["HTTP_AUTHORIZATION"] += "x"
        case "expired":
            ApiToken.objects.update(expires=now - timedelta(seconds=1))
        case "revoked":
            ApiToken.objects.update(revoked=now)
        case "inactive":
            User.objects.update(is_active=False)
    if flaw != "inactive":
        client.force_login(staff)
    assert client.get("/ocpp/chargers/").status_code == 401


def test_a_token_that_may_read_does_not_command(staff: User) -> None:
    client = token_client(staff, scope=ApiToken.Scope.READ)
    assert client.get("/ocpp/chargers/").status_code == 200
    response = client.post("/ocpp/chargers/CP1/action/", RESET, content_type="application/json")
    assert response.status_code == 403
    assert response.json() == {"detail": "This token may only read."}


def test_the_staff_of_the_moment_counts() -> None:
    user = baker.make(User, is_staff=True)
    client = token_client(user)
    User.objects.filter(pk=user.pk).update(is_staff=False)
    assert client.get("/ocpp/chargers/").status_code == 403
