"""Who waits, who was refused, and what staff make of it."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from ocpp.choices import Registration
from ocpp.domain import onboarding
from ocpp.domain.errors import Invalid, NotFound
from ocpp.domain.onboarding import Refusal
from ocpp.models import Charger, Command, ConnectionAttempt
from ocpp.tests.commanding import make_charger
from ocpp.tests.factories import NOON

pytestmark = pytest.mark.django_db

ACCEPTED, PENDING, REJECTED = Registration.ACCEPTED, Registration.PENDING, Registration.REJECTED


def refusal(
    charger_id: str = "CP9",
    address: str = "203.0.113.7",
    code: str = "unknown_closed",
    minutes: int = 0,
    count: int = 1,
) -> Refusal:
    when = NOON + timedelta(minutes=minutes)
    path = f"/ws/ocpp/{charger_id}"
    return Refusal(charger_id, address, code, "No.", path, when, when, count)


def ids() -> list[str]:
    return list(ConnectionAttempt.objects.order_by("pk").values_list("charger_id", flat=True))


def test_the_same_again_is_one_row() -> None:
    onboarding.record([refusal(count=2)])
    onboarding.record([refusal(minutes=5, count=3), refusal(code="bad_id")])
    onboarding.record([refusal(address="203.0.113.8")])
    assert ConnectionAttempt.objects.count() == 3
    row = ConnectionAttempt.objects.get(code="unknown_closed", address="203.0.113.7")
    assert (row.count, row.first, row.last) == (5, NOON, NOON + timedelta(minutes=5))


def test_of_a_flood_the_newest_are_kept(settings: Settings) -> None:
    settings.OCPP_ATTEMPTS_KEPT = 5
    settings.OCPP_ATTEMPTS_PER_ADDRESS = 3
    onboarding.record([refusal("mine", address="198.51.100.1")])
    onboarding.record([refusal(f"flood{n}", minutes=n + 1) for n in range(9)])
    assert ids() == ["mine", "flood6", "flood7", "flood8"]
    onboarding.record([refusal(f"b{n}", f"2001:db8::{n}", minutes=n + 20) for n in range(4)])
    assert ids() == ["flood8", "b0", "b1", "b2", "b3"]


def test_whatever_is_told_fits() -> None:
    long = "x" * 5000
    onboarding.record([Refusal(long, long, long, long, long, NOON, NOON, 1)])
    assert ConnectionAttempt.objects.get().charger_id == "x" * 64


def test_an_id_is_allowed_before_it_comes() -> None:
    onboarding.record([refusal(), refusal(code="bad_id"), refusal("CP8")])
    made = onboarding.decide("CP9", ACCEPTED)
    assert (made.charger_id, made.registration, made.discovered) == ("CP9", ACCEPTED, False)
    assert ids() == ["CP8"]


@pytest.mark.parametrize("decision", list(Registration))
def test_one_that_waits_is_decided_about(decision: Registration) -> None:
    make_charger("CP9", registration=PENDING, discovered=True)
    onboarding.decide("cp9", decision)
    known = Charger.objects.get()
    assert (known.charger_id, known.registration, known.discovered) == ("CP9", decision, False)
    assert Command.objects.exists() is (decision == ACCEPTED)


@pytest.mark.parametrize("charger_id", ["", "a b", "x" * 49, "a\x00", ".."])
def test_an_id_that_cannot_be_is_refused(charger_id: str) -> None:
    with pytest.raises(Invalid) as refused:
        onboarding.decide(charger_id, ACCEPTED)
    assert refused.value.field == "charger_id"
    assert not Charger.objects.exists()


def test_those_whom_nobody_has_looked_at_come_first() -> None:
    make_charger("seen", registration=PENDING, discovered=False)
    make_charger("new", registration=PENDING, discovered=True)
    make_charger("in", registration=ACCEPTED, discovered=True)
    make_charger("out", registration=REJECTED)
    assert [c.charger_id for c in onboarding.waiting()] == ["new", "seen"]
    assert onboarding.count_waiting() == 1


def test_one_that_was_seen_to_is_forgotten() -> None:
    onboarding.record([refusal()])
    number = ConnectionAttempt.objects.get().pk
    assert onboarding.forget(number).charger_id == "CP9"
    for gone in (number, 0, -1, 2**70):
        with pytest.raises(NotFound):
            onboarding.forget(gone)
