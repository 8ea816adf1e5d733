"""REST: who waits, who was refused, and deciding about it."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from ocpp.choices import Registration
from ocpp.domain import onboarding
from ocpp.domain.onboarding import Refusal
from ocpp.models import Charger, ConnectionAttempt
from ocpp.tests.api.conftest import token_client
from ocpp.tests.commanding import make_charger
from ocpp.tests.factories import NOON

URL = "/ocpp/onboarding/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def decider(staff: User) -> Client:
    names = ["change_charger", "add_charger"]
    staff.user_permissions.set(Permission.objects.filter(codename__in=names))
    return token_client(staff)


def refuse(charger_id: str = "CP9", code: str = "unknown_closed") -> ConnectionAttempt:
    path = f"/ws/ocpp/{charger_id}"
    onboarding.record([Refusal(charger_id, "203.0.113.7", code, "No.", path, NOON, NOON, 2)])
    return ConnectionAttempt.objects.get(charger_id=charger_id)


def post(client: Client, body: Any) -> Any:
    return client.post(URL, body, content_type="application/json")


def test_the_list(by_token: Client, settings: Settings) -> None:
    settings.SITE_URL = "https://node.example"
    make_charger("CP2", registration=Registration.PENDING, discovered=True, vendor="V")
    make_charger("CP3")
    attempt = refuse()
    told = by_token.get(URL).json()
    assert told["address"] == "wss://node.example/ws/ocpp/"
    (waits,) = told["waiting"]
    assert (waits["charger_id"], waits["seen"], waits["connected"]) == ("CP2", False, True)
    (refused,) = told["refused"]
    assert refused["number"] == attempt.pk
    assert (refused["charger_id"], refused["code"], refused["times"]) == (
        "CP9",
        "unknown_closed",
        2,
    )
    assert refused["reason"].startswith("Nobody here knows this id")
    assert refused["fix"] == "Allow this id, if the charger is yours."
    in_spanish = by_token.get(URL, headers={"Accept-Language": "es"}).json()
    assert in_spanish["refused"][0]["fix"]


@pytest.mark.parametrize("decision", list(Registration.values))
def test_deciding(decider: Client, staff: User, decision: str) -> None:
    make_charger("CP2", registration=Registration.PENDING, discovered=True)
    answer = post(decider, {"charger_id": "cp2", "decision": decision})
    assert answer.status_code == 200
    assert answer.json() == {"charger_id": "CP2", "registration": decision}
    charger = Charger.objects.get()
    assert (charger.registration, charger.discovered) == (decision, False)
    entry = LogEntry.objects.get()
    assert (entry.user_id, entry.object_id) == (staff.pk, str(charger.pk))
    assert entry.change_message == decision


def test_an_unknown_id_is_let_in(decider: Client) -> None:
    refuse()
    answer = post(decider, {"charger_id": "CP9", "decision": "Accepted"})
    assert answer.status_code == 200
    assert Charger.objects.get().registration == "Accepted"
    assert not ConnectionAttempt.objects.exists()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "charger_id: must be text."),
        ({"charger_id": 5, "decision": "Accepted"}, "charger_id: must be text."),
        ({"charger_id": "CP9"}, "decision: must be one of: Accepted, Pending, Rejected."),
        ({"charger_id": "CP9", "decision": "accept"}, "decision: must be one of"),
        ({"charger_id": "CP9", "decision": ["Accepted"]}, "decision: must be one of"),
        ({"charger_id": "a b", "decision": "Accepted"}, "charger_id: has 1 to 48 characters"),
        ({"charger_id": "a\x00", "decision": "Accepted"}, "charger_id: has 1 to 48 characters"),
        ({"charger_id": "\ud800", "decision": "Accepted"}, "charger_id: has 1 to 48 characters"),
        ({"charger_id": "CP9", "decision": "Accepted", "x": 1}, "x: is not known here"),
    ],
)
def test_wrong_arguments(decider: Client, body: Any, said: str) -> None:
    answer = post(decider, body)
    assert answer.status_code == 400
    assert said in answer.json()["detail"]
    assert not Charger.objects.exists()


def test_forgetting(decider: Client) -> None:
    number = refuse().pk
    assert decider.delete(f"{URL}{number}/").status_code == 204
    assert decider.delete(f"{URL}{number}/").status_code == 404


def test_who_may(staff: User, by_token: Client, driver: User) -> None:
    refuse()
    number = ConnectionAttempt.objects.get().pk
    body = {"charger_id": "CP9", "decision": "Accepted"}
    for client, status in ((Client(), 401), (token_client(driver), 403)):
        assert client.get(URL).status_code == status
        assert post(client, body).status_code == status
        assert client.delete(f"{URL}{number}/").status_code == status
    # Staff who may not change chargers may look.
    names = ["view_charger", "view_connectionattempt"]
    staff.user_permissions.set(Permission.objects.filter(codename__in=names))
    assert by_token.get(URL).status_code == 200
    assert post(by_token, body).status_code == 403
    assert by_token.delete(f"{URL}{number}/").status_code == 403
    assert not Charger.objects.exists()
    assert ConnectionAttempt.objects.exists()


def test_a_session_needs_its_csrf_token(staff: User) -> None:
    staff.user_permissions.set(
        Permission.objects.filter(
            codename__in=[
                *("change_charger", "add_charger"),
                *("view_charger", "view_connectionattempt"),
            ]
        )
    )
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(staff)
    assert browser.get(URL).status_code == 200
    assert post(browser, {"charger_id": "CP9", "decision": "Accepted"}).status_code == 403
    assert browser.delete(f"{URL}{refuse().pk}/").status_code == 403
    assert not Charger.objects.exists()
