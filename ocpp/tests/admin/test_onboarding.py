"""The page Onboarding."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from pytest_django import Settings

from ocpp.choices import Registration
from ocpp.domain import onboarding
from ocpp.domain.onboarding import Refusal
from ocpp.models import Charger, ConnectionAttempt
from ocpp.tests.admin.conftest import clerk
from ocpp.tests.factories import NOON

URL = "/admin/ocpp/connectionattempt/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def site(settings: Settings) -> None:
    settings.SITE_URL = "https://node.example"


def refuse(charger_id: str = "CP9", code: str = "unknown_closed") -> ConnectionAttempt:
    path = f"/ws/ocpp/{charger_id}"
    onboarding.record([Refusal(charger_id, "203.0.113.7", code, "No.", path, NOON, NOON, 2)])
    return ConnectionAttempt.objects.get(charger_id=charger_id)


def wait(charger_id: str = "CP2", **facts: Any) -> Charger:
    facts = {"discovered": True, "registration": Registration.PENDING, **facts}
    return Charger.objects.create(charger_id=charger_id, **facts)


def page(client: Client, query: str = "") -> str:
    answer = client.get(URL + query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_is_shown(boss: Client) -> None:
    wait(vendor="<b>Maker</b>", remote_address="203.0.113.9")
    refuse("<i>x", "bad_id")
    text = page(boss)
    assert "Waiting for approval (1)" in text
    assert "&lt;b&gt;Maker&lt;/b&gt;" in text
    assert "203.0.113.9" in text
    assert "Refused connections (1)" in text
    assert "The address ends in no id that a charger can have." in text
    assert "&lt;i&gt;x" in text
    assert "<i>x" not in text
    assert "2 times since" in text
    # No click makes that id one that can be.
    assert 'value="Pending">Let it in' not in text
    assert "wss://node.example/ws/ocpp/" in text


def test_nothing_is_shown_too(boss: Client) -> None:
    text = page(boss)
    assert "No charger waits." in text
    assert "No connection was refused." in text


@pytest.mark.parametrize("decision", list(Registration.values))
def test_one_click_decides(boss: Client, decision: str) -> None:
    wait()
    answer = boss.post(URL, {"charger_id": "CP2", "decision": decision}, follow=True)
    assert f"CP2: {decision}." in answer.content.decode()
    charger = Charger.objects.get()
    assert (charger.registration, charger.discovered) == (decision, False)
    assert LogEntry.objects.get().change_message == decision


def test_one_click_lets_an_unknown_id_in(boss: Client) -> None:
    refuse()
    assert "Allow this id" in page(boss)
    boss.post(URL, {"charger_id": "CP9", "decision": "Accepted"})
    assert Charger.objects.get().registration == "Accepted"
    assert not ConnectionAttempt.objects.exists()


def test_one_click_forgets(boss: Client) -> None:
    number = refuse().pk
    assert "Forgotten." in boss.post(URL, {"forget": number}, follow=True).content.decode()
    assert not ConnectionAttempt.objects.exists()
    for gone in (number, "x", "9" * 30):
        answer = boss.post(URL, {"forget": gone}, follow=True)
        assert "There is no refused connection" in answer.content.decode()


def test_what_no_button_sends_does_nothing(boss: Client) -> None:
    boss.post(URL, {"charger_id": "CP9", "decision": "Whatever"})
    answer = boss.post(URL, {"charger_id": "a b", "decision": "Accepted"}, follow=True)
    assert "has 1 to 48 characters" in answer.content.decode()
    assert not Charger.objects.exists()


def test_the_address_for_a_new_id(boss: Client) -> None:
    text = page(boss, "?id=ca%C3%B1on/1")
    assert "wss://node.example/ws/ocpp/ca%C3%B1on%2F1" in text
    assert "data:image/png;base64," in text
    assert "ws://testserver/ws/ocpp/ca%C3%B1on%2F1" in text
    assert "Accept it before it comes" in text
    boss.post(URL + "?id=CP5", {"charger_id": "CP5", "decision": "Accepted"})
    assert "There is a charger of this id already:" in page(boss, "?id=CP5")


def test_an_id_that_cannot_be_has_no_address(boss: Client) -> None:
    text = page(boss, "?id=a+b")
    assert "1 to 48 characters" in text
    assert "data:image" not in text


def test_many_are_turned_page_by_page(boss: Client) -> None:
    for number in range(60):
        wait(f"W{number}")
    assert 'href="?waiting=2"' in page(boss)
    assert 'href="?waiting=1"' in page(boss, "?waiting=2")
    assert page(boss, "?waiting=999&refused=x")


def test_who_may() -> None:
    refuse()
    client = clerk("view_connectionattempt")
    assert 'name="decision"' not in page(client)
    for body in ({"charger_id": "CP9", "decision": "Accepted"}, {"forget": "1"}):
        assert client.post(URL, body).status_code == 403
    assert not Charger.objects.exists()
    assert Client().get(URL).status_code == 302


def test_who_may_not_even_look() -> None:
    assert clerk("view_charger").get(URL).status_code == 403


def test_a_button_is_protected_against_other_sites(boss: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = boss.cookies
    assert strict.post(URL, {"charger_id": "CP9", "decision": "Accepted"}).status_code == 403


def test_the_pages_of_staff_say_that_somebody_waits(boss: Client) -> None:
    for path in ("/admin/", "/ocpp/"):
        assert "for approval" not in boss.get(path).content.decode()
    wait()
    for path in ("/admin/", "/ocpp/"):
        text = boss.get(path).content.decode()
        assert "1 charger waits for approval" in text
        assert URL in text
    assert "for approval" not in Client().get("/ocpp/").content.decode()
    assert "for approval" not in clerk("view_charger").get("/admin/").content.decode()
