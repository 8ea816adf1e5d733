"""Charging profiles: what the charge point's answers, and its transactions, make of them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from ocpp import operations
from ocpp.choices import ProfileState
from ocpp.domain import commands
from ocpp.models import Charger, ChargingProfile, Command
from ocpp.tests.commanding import make_charger
from ocpp.tests.factories import NOON, Reporter, at

LATER = NOON + timedelta(seconds=5)
ACCEPTED = {"status": "Accepted"}
UNKNOWN = "Unknown: the charge point has no such profile"


@pytest.fixture(autouse=True)
def _from_noon_on() -> Any:
    with time_machine.travel(NOON, tick=True):
        yield


@pytest.fixture
def charger(db: None) -> Charger:
    return make_charger()


def _send(command: Command) -> Command:
    claimed = commands.claim_next(command.charger_id, 1, timezone.now())
    assert claimed is not None
    assert claimed.pk == command.pk
    return claimed


def _set(charger: Charger, **changed: Any) -> tuple[ChargingProfile, Command]:
    """A profile on its way to the charge point."""
    arguments: dict[str, Any] = {
        "connector_id": 1,
        "purpose": "TxDefaultProfile",
        "kind": "Relative",
        "unit": "A",
        "periods": [{"start": 0, "limit": 16}],
    }
    operation = operations.OPERATIONS["set_charging_profile"]
    command = operation.run(charger, arguments | changed, None)
    return ChargingProfile.objects.get(command=command), _send(command)


def _installed(charger: Charger, **changed: Any) -> ChargingProfile:
    made, command = _set(charger, **changed)
    commands.answered(command.pk, 1, ACCEPTED, LATER)
    return made


def _now(made: ChargingProfile) -> tuple[str, str]:
    made.refresh_from_db()
    return made.state, made.reason


# --- set -----------------------------------------------------------------------------------


def test_it_is_installed_when_it_is_accepted(charger: Charger) -> None:
    made, command = _set(charger)
    assert _now(made) == (ProfileState.PENDING, "")
    commands.answered(command.pk, 1, ACCEPTED, LATER)
    assert _now(made) == (ProfileState.INSTALLED, "")
    assert (made.installed, made.ended) == (LATER, None)


@pytest.mark.parametrize("status", ["Rejected", "NotSupported"])
def test_it_is_refused_with_the_charge_points_word(charger: Charger, status: str) -> None:
    kept = _installed(charger)
    made, command = _set(charger)
    commands.answered(command.pk, 1, {"status": status}, LATER)
    assert _now(made) == (ProfileState.REFUSED, status)
    assert (made.installed, made.ended) == (None, LATER)
    assert _now(kept) == (ProfileState.INSTALLED, "")


def _error(command: Command) -> None:
    commands.refused(command.pk, 1, "NotImplemented", "", LATER)


def _never_sent(command: Command) -> None:
    Command.objects.filter(pk=command.pk).update(state="queued", epoch=None)
    commands.expire_overdue(NOON + timedelta(hours=1))


def _silence(command: Command) -> None:
    commands.timed_out(command.pk, 1, LATER)


def _hang_up(command: Command) -> None:
    commands.connection_lost(command.charger_id, 1, LATER)


@pytest.mark.parametrize(
    ("end", "state", "reason"),
    [
        (_never_sent, ProfileState.REFUSED, "It could not be sent in time"),
        (_error, ProfileState.REFUSED, "NotImplemented"),
        # The charge point may have installed it all the same.
        (_silence, ProfileState.PENDING, ""),
        (_hang_up, ProfileState.PENDING, ""),
    ],
)
def test_without_an_answer(
    charger: Charger, end: Callable[[Command], None], state: str, reason: str
) -> None:
    made, command = _set(charger)
    end(command)
    assert _now(made) == (state, reason)


def test_a_late_error_refuses_it(charger: Charger) -> None:
    made, command = _set(charger)
    commands.timed_out(command.pk, 1, LATER)
    commands.answered_late(command.pk, 1, {"error": "InternalError"}, LATER)
    assert _now(made) == (ProfileState.REFUSED, "InternalError")


# --- replaced ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "replaced"),
    [
        ({}, True),  # the same purpose and stack level on the same connector
        ({"stack_level": 1}, False),
        ({"connector_id": 2}, False),
        ({"connector_id": 2, "stack_level": 5, "profile_id": 77}, True),  # the same number
    ],
)
def test_one_takes_the_place_of_another(
    charger: Charger, changed: dict[str, Any], replaced: bool
) -> None:
    old = _installed(charger, profile_id=77)
    other = _installed(make_charger("CP2"), profile_id=77)
    new = _installed(charger, **changed)
    if replaced:
        assert _now(old) == (ProfileState.CLEARED, f"Replaced by profile {new.profile_id}")
        assert old.ended == LATER
    else:
        assert _now(old) == (ProfileState.INSTALLED, "")
    assert _now(new) == _now(other) == (ProfileState.INSTALLED, "")


def test_an_answer_that_comes_after_that_of_its_successor(charger: Charger) -> None:
    old, command = _set(charger)
    commands.timed_out(command.pk, 1, LATER)
    new = _installed(charger)
    assert _now(old)[0] == ProfileState.CLEARED
    commands.answered_late(command.pk, 1, ACCEPTED, LATER)
    assert _now(old) == (ProfileState.CLEARED, f"Replaced by profile {new.profile_id}")
    assert _now(new) == (ProfileState.INSTALLED, "")


# --- cleared -------------------------------------------------------------------------------


def _clear(charger: Charger, response: dict[str, Any], **conditions: Any) -> None:
    command = _send(operations.clear_charging_profile(charger, **conditions))
    commands.answered(command.pk, 1, response, LATER)


@pytest.mark.parametrize(
    ("conditions", "cleared"),
    [
        ({}, {"whole", "low", "high"}),
        ({"profile_id": 1}, {"whole"}),
        ({"connector_id": 0}, {"whole"}),
        ({"connector_id": 1}, {"low", "high"}),
        ({"purpose": "TxDefaultProfile"}, {"low", "high"}),
        ({"connector_id": 1, "stack_level": 2}, {"high"}),
        ({"profile_id": 1, "stack_level": 2}, set()),
    ],
)
def test_what_all_conditions_fit_is_cleared(
    charger: Charger, conditions: dict[str, Any], cleared: set[str]
) -> None:
    profiles = {
        "whole": _installed(charger, connector_id=0, purpose="ChargePointMaxProfile", profile_id=1),
        "low": _installed(charger),
        "high": _installed(charger, stack_level=2),
    }
    other = _installed(make_charger("CP2"), profile_id=1)
    _clear(charger, ACCEPTED, **conditions)
    for name, made in profiles.items():
        expected = ProfileState.CLEARED if name in cleared else ProfileState.INSTALLED
        assert _now(made) == (expected, ""), name
        assert made.ended == (LATER if name in cleared else None)
    assert _now(other)[0] == ProfileState.INSTALLED


def test_what_the_charge_point_does_not_know_has_ended_too(charger: Charger) -> None:
    made = _installed(charger)
    _clear(charger, {"status": "Unknown"}, profile_id=made.profile_id)
    assert _now(made) == (ProfileState.CLEARED, UNKNOWN)


def test_an_unanswered_clearing_changes_nothing(charger: Charger) -> None:
    made = _installed(charger)
    command = _send(operations.clear_charging_profile(charger))
    commands.timed_out(command.pk, 1, LATER)
    commands.answered_late(command.pk, 1, {"error": "GenericError"}, LATER)
    assert _now(made) == (ProfileState.INSTALLED, "")


def test_a_late_clearing_leaves_what_was_set_since(charger: Charger) -> None:
    old = _installed(charger)
    command = _send(operations.clear_charging_profile(charger))
    commands.timed_out(command.pk, 1, LATER)
    new = _installed(charger, stack_level=1)
    commands.answered_late(command.pk, 1, ACCEPTED, LATER)
    assert (_now(old)[0], _now(new)[0]) == (ProfileState.CLEARED, ProfileState.INSTALLED)


# --- its transaction -----------------------------------------------------------------------


def _for(charger: Charger, transaction_id: int) -> ChargingProfile:
    return _installed(charger, purpose="TxProfile", transaction_id=transaction_id)


def test_it_ends_with_its_transaction(charger: Charger) -> None:
    reporter = Reporter(charger)
    started, _ = reporter.start()
    made, lasting = _for(charger, started.pk), _installed(charger)
    stopped = NOON + timedelta(hours=1)
    reporter.stop(started.pk, now=stopped)
    assert _now(made) == (ProfileState.CLEARED, "Its transaction has ended")
    assert made.ended == stopped
    assert _now(lasting) == (ProfileState.INSTALLED, "")


def test_it_ends_with_a_transaction_that_was_lost(charger: Charger) -> None:
    reporter = Reporter(charger)
    started, _ = reporter.start()
    made = _for(charger, started.pk)
    reporter.start(meter=2000, time=at(30), now=NOON + timedelta(minutes=30))
    assert _now(made) == (ProfileState.CLEARED, "Its transaction has ended")
