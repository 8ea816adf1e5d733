"""The charging profile of a remote start: sent with it, and linked to the transaction it starts."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from pytest_django import Settings

from ocpp import operations
from ocpp.choices import ProfileState
from ocpp.domain import commands
from ocpp.domain.charging_rates import Period
from ocpp.domain.errors import Invalid
from ocpp.models import Charger, ChargingProfile, Command
from ocpp.tests.commanding import make_charger
from ocpp.tests.factories import NOON, TAG, Reporter, at

pytestmark = pytest.mark.django_db
PERIODS = [Period(0, Decimal("16.3"), 3), Period(3600, Decimal(10))]


@pytest.fixture(autouse=True)
def _noon() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def charger(db: None) -> Charger:
    return make_charger()


@pytest.fixture
def reporter(charger: Charger) -> Reporter:
    return Reporter(charger)


def asked(charger: Charger, connector_id: int | None = 1, **more: Any) -> ChargingProfile:
    """The profile of a remote start that is on its way."""
    given = {"id_tag": TAG, "unit": "A", "periods": PERIODS} | more
    command = operations.remote_start(charger, connector_id=connector_id, **given)
    assert commands.claim_next(charger.pk, 1, NOON) == command
    return ChargingProfile.objects.get(command=command)


def now_of(row: ChargingProfile) -> tuple[Any, ...]:
    row.refresh_from_db()
    return row.state, row.transaction, row.reason


def answer(row: ChargingProfile, status: str) -> None:
    assert row.command is not None
    commands.answered(row.command.pk, 1, {"status": status}, NOON)


def test_it_is_sent_with_the_start(charger: Charger) -> None:
    row = asked(charger)
    assert row.command is not None
    profile = row.command.payload["charging_profile"]
    assert profile["purpose"] == "TxProfile"
    assert (profile["kind"], profile["transaction_id"]) == ("Relative", None)
    assert profile["periods"] == [
        {"start": 0, "limit": "16.3", "phases": 3},
        {"start": 3600, "limit": "10.0", "phases": None},
    ]


def test_without_one_nothing_is_sent_and_kept(charger: Charger) -> None:
    command = operations.remote_start(charger, id_tag=TAG)
    assert command.payload == {"id_tag": TAG, "connector_id": None}
    assert not ChargingProfile.objects.exists()


def test_limits_are_converted_where_the_charger_knows_only_w(
    charger: Charger, settings: Settings
) -> None:
    entry = {"value": "Power", "readonly": True}
    Charger.objects.update(config={"ChargingScheduleAllowedChargingRateUnit": entry})
    row = asked(charger, phases=3, voltage=230)
    assert (row.unit, row.converted_from) == ("W", "A")
    assert row.periods[0] == {"start": 0, "limit": "11247.0", "phases": 3}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"unit": "A"}, "periods"),
        ({"periods": PERIODS}, "unit"),
        ({"stack_level": 1}, "stack_level"),
        ({"phases": 3}, "phases"),
        ({"unit": "A", "periods": [Period(5, Decimal(1))]}, "periods[0]"),
        ({"unit": "A", "periods": PERIODS, "kind": "Recurring"}, "recurrency"),
        ({"unit": "A", "periods": PERIODS, "duration": 60}, "duration"),
    ],
)
def test_half_a_profile_and_a_wrong_one_are_refused(
    charger: Charger, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        operations.remote_start(charger, id_tag=TAG, **given)
    assert caught.value.field == field
    assert not Command.objects.exists()
    assert not ChargingProfile.objects.exists()


@pytest.mark.parametrize("connector_id", [1, None])
def test_the_transaction_that_results_is_linked(
    charger: Charger, reporter: Reporter, connector_id: int | None
) -> None:
    row = asked(charger, connector_id)
    answer(row, "Accepted")
    assert now_of(row) == (ProfileState.PENDING, None, "")
    started, _ = reporter.start(tag=TAG.lower(), time=at(2))
    assert now_of(row) == (ProfileState.INSTALLED, started, "")
    assert row.connector_id == 1
    assert reporter.start(tag=TAG.lower(), time=at(2))[0] == started  # said again
    reporter.stop(started.pk, time=at(30))
    assert now_of(row)[0] == ProfileState.CLEARED


def test_a_start_that_is_reported_before_the_answer_counts(
    charger: Charger, reporter: Reporter
) -> None:
    row = asked(charger)
    started, _ = reporter.start()
    answer(row, "Accepted")
    assert now_of(row) == (ProfileState.INSTALLED, started, "")


@pytest.mark.parametrize(
    ("tag", "connector", "time"),
    [("OTHER", 1, at(1)), (TAG, 2, at(1)), (TAG, 1, at(16)), (TAG, 1, at(-60))],
)
def test_another_transaction_is_not_linked(
    charger: Charger, reporter: Reporter, tag: str, connector: int, time: datetime
) -> None:
    row = asked(charger)
    answer(row, "Accepted")
    reporter.start(tag=tag, connector=connector, time=str(time), now=NOON + timedelta(hours=1))
    assert now_of(row) == (ProfileState.PENDING, None, "")


def test_what_was_refused_or_failed_is_kept_as_refused(charger: Charger) -> None:
    row = asked(charger)
    answer(row, "Rejected")
    assert now_of(row) == (ProfileState.REFUSED, None, "Rejected")
    row = asked(charger)
    assert row.command is not None
    commands.refused(row.command.pk, 1, "NotSupported", "", NOON)
    assert now_of(row) == (ProfileState.REFUSED, None, "NotSupported")


def test_of_two_requests_the_newer_one_counts(charger: Charger, reporter: Reporter) -> None:
    first = asked(charger)
    answer(first, "Accepted")
    second = asked(charger)
    answer(second, "Accepted")
    started, _ = reporter.start(time=at(1))
    assert now_of(second) == (ProfileState.INSTALLED, started, "")
    assert now_of(first) == (
        ProfileState.CLEARED,
        None,
        f"Replaced by profile {second.profile_id}",
    )
