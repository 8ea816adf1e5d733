"""What staff decide about a charger, and how it learns it."""

from typing import Any

import pytest
from pytest_django import Settings

from ocpp.choices import Registration
from ocpp.domain import registration
from ocpp.models import Charger, Command
from ocpp.tests.commanding import make_charger

pytestmark = pytest.mark.django_db

ACCEPTED, PENDING, REJECTED = Registration.ACCEPTED, Registration.PENDING, Registration.REJECTED


def told() -> list[tuple[str, dict[str, Any]]]:
    return list(Command.objects.order_by("pk").values_list("action", "payload"))


BOOT = ("trigger_message", {"requested_message": "BootNotification"})


@pytest.mark.parametrize("decision", list(Registration))
def test_a_charger_that_is_decided_about_is_no_discovery_any_more(decision: Registration) -> None:
    charger = Charger.objects.create(charger_id="CP1", discovered=True, name="kept")
    Charger.objects.update(name="newer")
    registration.decide(charger, decision)
    charger.refresh_from_db()
    assert (charger.registration, charger.discovered) == (decision, False)
    assert charger.name == "newer"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (PENDING, ACCEPTED, [BOOT]),
        (REJECTED, ACCEPTED, [BOOT]),
        (ACCEPTED, PENDING, [BOOT]),
        (ACCEPTED, REJECTED, []),
        (ACCEPTED, ACCEPTED, []),
    ],
)
def test_a_connected_charger_is_asked_to_boot_again(
    before: str, after: Registration, expected: list[Any]
) -> None:
    registration.decide(make_charger(registration=before), after)
    assert told() == expected


def test_one_that_is_offline_learns_it_when_it_comes_back() -> None:
    registration.decide(make_charger(connected=False, registration=PENDING), ACCEPTED)
    assert told() == []


def test_what_staff_decide_is_marked_for_other_processes() -> None:
    charger = make_charger(registration=PENDING)
    assert charger.revised is None
    registration.decide(charger, ACCEPTED)
    charger.refresh_from_db()
    assert charger.revised is not None
    before = charger.revised
    charger.save()
    charger.refresh_from_db()
    assert charger.revised >= before


@pytest.mark.parametrize(
    ("state", "facts", "expected"),
    [
        (ACCEPTED, {}, 300),
        (PENDING, {}, 60),
        (REJECTED, {}, 3600),
        (ACCEPTED, {"heartbeat_s": 900, "retry_s": 30}, 900),
        (PENDING, {"heartbeat_s": 900, "retry_s": 30}, 30),
        (REJECTED, {"retry_s": 30}, 30),
        (REJECTED, {"retry_s": 10**9}, 86400),
        (ACCEPTED, {"heartbeat_s": 1}, 10),
    ],
)
def test_the_interval(state: str, facts: dict[str, int], expected: int) -> None:
    told = {"heartbeat_s": None, "retry_s": None, **facts}
    assert registration.interval_s(state, **told) == expected


def test_no_setting_makes_a_charger_ask_at_once(settings: Settings) -> None:
    settings.OCPP_PENDING_INTERVAL_S = settings.OCPP_REJECTED_INTERVAL_S = 0
    settings.OCPP_HEARTBEAT_INTERVAL_S = 0
    for state in Registration:
        assert registration.interval_s(state, None, None) == 10


def test_another_heartbeat_interval_reaches_a_connected_charger() -> None:
    registration.tell_interval(make_charger(heartbeat_interval=120))
    assert told() == [("change_configuration", {"key": "HeartbeatInterval", "value": "120"})]


def test_another_interval_reaches_one_that_waits_with_its_next_boot() -> None:
    registration.tell_interval(make_charger(registration=PENDING, retry_interval=120))
    assert told() == [BOOT]
