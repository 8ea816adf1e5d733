"""Guessing does not pay: what is examined is counted, however many ask."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from accounts.domain import cards
from accounts.models import RFID, User

pytestmark = pytest.mark.django_db

CARD = "/accounts/rfid-login/"
BEGIN = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def examined(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The numbers that were looked up among the cards."""
    seen: list[str] = []
    find = cards.find

    def watched(uid: str) -> RFID | None:
        seen.append(uid)
        return find(uid)

    monkeypatch.setattr(cards, "find", watched)
    return seen


def guess(client: Client, number: int, address: str) -> int:
    body = {"rfid": f"{number:08X}"}
    answer = client.post(CARD, body, content_type="application/json", REMOTE_ADDR=address)
    return answer.status_code


def test_a_thousand_cards_from_one_address_in_an_hour(client: Client, examined: list[str]) -> None:
    statuses: list[int] = []
    with time_machine.travel(BEGIN, tick=False) as clock:
        for number in range(1000):
            statuses.append(guess(client, number, "192.0.2.1"))
            clock.shift(timedelta(hours=1) / 1001)
        assert len(examined) == statuses.count(401) == 20
        assert statuses.count(429) == 980
        # Who waits gets the next ones, and others have been let in all along.
        assert guess(client, 1, "198.51.100.1") == 401
        clock.shift(timedelta(hours=1))
        assert guess(client, 1, "192.0.2.1") == 401


def test_a_thousand_cards_at_once(client: Client, examined: list[str]) -> None:
    with time_machine.travel(BEGIN, tick=False):
        statuses = [guess(client, number, "192.0.2.1") for number in range(1000)]
    assert len(examined) == 5
    assert set(statuses[5:]) == {429}


def test_many_addresses_have_a_limit_together(client: Client, examined: list[str]) -> None:
    with time_machine.travel(BEGIN, tick=False):
        for number in range(100):
            guess(client, number, f"192.0.2.{number}")
    assert len(examined) == 60


def test_fifty_wrong_passwords_lock_nobody_out_elsewhere(
    client: Client, settings: Settings
) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    User.objects.create_user("ana", password="right")

    def log_in(password: str, address: str) -> bool:
        form = {"username": "ana", "password": password}
        return Client().post("/login/", form, REMOTE_ADDR=address).status_code == 302

    with time_machine.travel(BEGIN, tick=False) as clock:
        assert not any(log_in(f"wrong {n}", "192.0.2.1") for n in range(50))
        assert not log_in("right", "192.0.2.1")
        assert log_in("right", "198.51.100.1")
        clock.shift(timedelta(minutes=16))
        assert log_in("right", "192.0.2.1")
