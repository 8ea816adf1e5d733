"""`/accounts/card-login/`: a form for the number of a card."""

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import RFID, User

PAGE = "/accounts/card-login/"
WRONG = "This card cannot log in."


@pytest.fixture
def card(driver: User) -> RFID:
    return RFID.objects.create(rfid="CAFE0001", user=driver)


def log_in(client: Client, number: str = "ca:fe 00-01", target: str = "") -> str:
    """Where it leads, or the page when it does not."""
    answer = client.post(PAGE, {"rfid": number, "next": target})
    return answer["Location"] if answer.status_code == 302 else answer.content.decode()


def test_a_card_logs_its_user_in_and_leads_back(client: Client, card: RFID) -> None:
    assert 'value="/ocpp/c/CP1/"' in client.get(PAGE, {"next": "/ocpp/c/CP1/"}).content.decode()
    before = client.session.session_key
    assert log_in(client, target="/ocpp/c/CP1/") == "/ocpp/c/CP1/"
    assert client.session["_auth_user_id"] == str(card.user_id)
    assert client.session.session_key != before


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:x", ""])
def test_next_never_leads_to_another_host(client: Client, card: RFID, target: str) -> None:
    assert log_in(client, target=target) == "/ocpp/me/"


@pytest.mark.parametrize("change", [{"allowed": False}, {"user": None}])
def test_a_card_that_cannot_log_in(client: Client, card: RFID, change: dict[str, object]) -> None:
    RFID.objects.update(**change)
    assert WRONG in log_in(client)
    assert WRONG in log_in(client, "BEEF0001")
    assert "_auth_user_id" not in client.session


def test_staff_do_not_log_in_with_a_card(client: Client, card: RFID) -> None:
    User.objects.update(is_staff=True)
    assert WRONG in log_in(client)


@pytest.mark.parametrize("number", ["", "123", "x" * 8, "ﬀﬀﬀﬀ", "A" * 41])
def test_what_is_no_number_of_a_card_is_not_counted_as_a_guess(
    client: Client, card: RFID, number: str
) -> None:
    for _ in range(6):
        assert WRONG not in log_in(client, number)
    assert log_in(client) == "/ocpp/me/"


def test_guesses_are_limited(client: Client, card: RFID, settings: Settings) -> None:
    settings.RFID_LOGIN_PER_MINUTE = 2
    for _ in range(2):
        log_in(client, "BEEF0001")
    answer = client.post(PAGE, {"rfid": "CAFE0001"})
    assert answer.status_code == 429
    assert "Too many failed logins. Try again in 1 minute." in answer.content.decode()


def test_no_other_site_logs_anybody_in(card: RFID) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(PAGE, {"rfid": "CAFE0001"}).status_code == 403
