"""Setting charging profiles from here: the standard's rules, the row, and what is queued."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import override_settings
from model_bakery import baker

from accounts.models import User
from ocpp import operations
from ocpp.choices import ProfileState, TransactionState
from ocpp.domain.errors import Conflict, DomainError, Invalid, NotConnected, NotFound
from ocpp.models import Charger, ChargingProfile, Command, Transaction
from ocpp.tests.commanding import make_charger

PERIODS = [{"start": 0, "limit": 16}]
DEFAULT: dict[str, Any] = {
    "connector_id": 1,
    "purpose": "TxDefaultProfile",
    "kind": "Relative",
    "unit": "A",
    "periods": PERIODS,
}
DAILY = {"kind": "Recurring", "recurrency": "Daily", "schedule_start": "2026-05-01T00:00:00Z"}


@pytest.fixture
def charger(db: None) -> Charger:
    return make_charger()


def _set(charger: Charger, **changed: Any) -> Command:
    return operations.OPERATIONS["set_charging_profile"].run(charger, DEFAULT | changed, None)


def _transaction(charger: Charger, **fields: Any) -> Transaction:
    values = {"connector_id": 1, "meter_start": 0} | fields
    made: Transaction = baker.make(Transaction, charger=charger, **values)
    return made


def _configure(**values: str) -> None:
    config = {key: {"value": value, "readonly": True} for key, value in values.items()}
    Charger.objects.update(config=config)


def test_a_profile_is_kept_and_queued(charger: Charger) -> None:
    user = baker.make(User)
    command = operations.OPERATIONS["set_charging_profile"].run(
        charger,
        DEFAULT
        | DAILY
        | {
            "stack_level": 3,
            "valid_from": "2026-05-01T00:00:00-06:00",
            "valid_to": "2026-06-01T00:00:00Z",
            "duration": 86400,
            "min_rate": 6,
            "periods": [{"start": 0, "limit": 16.1, "phases": 3}, {"start": 3600, "limit": 0}],
        },
        user,
    )
    made = ChargingProfile.objects.get()
    periods = [
        {"start": 0, "limit": "16.1", "phases": 3},
        {"start": 3600, "limit": "0.0", "phases": None},
    ]
    assert command.payload == {
        "connector_id": 1,
        "profile_id": made.pk,
        "purpose": "TxDefaultProfile",
        "stack_level": 3,
        "kind": "Recurring",
        "recurrency": "Daily",
        "transaction_id": None,
        "unit": "A",
        "periods": periods,
        "duration": 86400,
        "min_rate": "6.0",
        "valid_from": "2026-05-01T06:00:00Z",
        "valid_to": "2026-06-01T00:00:00Z",
        "schedule_start": "2026-05-01T00:00:00Z",
    }
    assert (made.charger, made.command, made.created_by) == (charger, command, user)
    assert (made.state, made.installed, made.ended) == (ProfileState.PENDING, None, None)
    assert (made.periods, made.unit, made.converted_from) == (periods, "A", "")
    assert made.valid_from == datetime(2026, 5, 1, 6, tzinfo=UTC)
    assert made.min_rate == Decimal(6)


def test_a_profile_of_a_transaction(charger: Charger) -> None:
    running = _transaction(charger)
    command = _set(charger, purpose="TxProfile", transaction_id=running.pk)
    assert command.payload["transaction_id"] == running.pk
    assert ChargingProfile.objects.get().transaction == running


def test_a_number_of_its_own_never_meets_one_that_was_given(charger: Charger) -> None:
    first = _set(charger)
    taken = first.payload["profile_id"] + 2
    _set(charger, profile_id=taken)
    assert _set(charger).payload["profile_id"] == taken + 1
    assert _set(make_charger("CP2")).payload["profile_id"] == taken + 1


def _past(charger: Charger) -> dict[str, Any]:
    return {"transaction_id": _transaction(charger, state=TransactionState.COMPLETED).pk}


def _others(charger: Charger) -> dict[str, Any]:
    return {"transaction_id": _transaction(make_charger("CP2")).pk}


def _elsewhere(charger: Charger) -> dict[str, Any]:
    return {"transaction_id": _transaction(charger, connector_id=2).pk}


@pytest.mark.parametrize(
    ("transaction", "error", "sentence"),
    [
        (_past, Conflict, "of CP1 is over."),
        (_others, NotFound, "CP1 has no transaction"),
        (_elsewhere, Invalid, "connector_id: must be 2, where transaction"),
    ],
)
def test_the_transaction_must_run_there(
    charger: Charger, transaction: Any, error: type[DomainError], sentence: str
) -> None:
    with pytest.raises(error) as caught:
        _set(charger, purpose="TxProfile", **transaction(charger))
    assert sentence in str(caught.value)
    assert not ChargingProfile.objects.exists()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"purpose": "ChargePointMaxProfile"}, "connector_id: must be 0 for a ChargePointMaxP"),
        ({"purpose": "TxProfile"}, "transaction_id: is required for a TxProfile."),
        (
            {"purpose": "TxProfile", "connector_id": 0, "transaction_id": 1},
            "connector_id: must be 1 or more for a TxProfile.",
        ),
        ({"transaction_id": 1}, "transaction_id: is only for a TxProfile."),
        ({"recurrency": "Daily"}, "recurrency: is only for a Recurring profile."),
        (
            {"kind": "Recurring", "schedule_start": "2026-05-01T00:00:00Z"},
            "recurrency: is required for a Recurring profile.",
        ),
        (
            {"kind": "Recurring", "recurrency": "Daily"},
            "schedule_start: is required for a Recurring profile.",
        ),
        (
            {"schedule_start": "2026-05-01T00:00:00Z"},
            "schedule_start: is not for a Relative profile.",
        ),
        (
            {"valid_from": "2026-05-01T00:00:00Z", "valid_to": "2026-05-01T00:00:00Z"},
            "valid_to: must be later than valid_from.",
        ),
        ({"periods": []}, "periods: must have at least one entry."),
        ({"periods": [{"start": 1, "limit": 16}]}, "periods[0]: must start at 0."),
        (
            {"periods": [*PERIODS, {"start": 9, "limit": 1}, {"start": 9, "limit": 2}]},
            "periods[2]: must start after the one before it.",
        ),
        (
            {"periods": [*PERIODS, {"start": 60, "limit": 1}], "duration": 60},
            "duration: must be longer than the start of the last period.",
        ),
        ({"duration": 0}, "duration: must be a whole number from 1"),
        ({"stack_level": -1}, "stack_level: must be a whole number from 0"),
        ({"periods": [{"start": 0, "limit": -1}]}, "periods[0].limit: must be a number from 0"),
        ({"periods": [{"start": 0, "limit": 16.05}]}, "periods[0].limit: has more than one dec"),
        ({"periods": [{"start": 0, "limit": 1, "phases": 4}]}, "periods[0].phases: must be"),
        ({"purpose": "Max"}, "purpose: must be one of: ChargePointMaxProfile,"),
        ({"kind": "Weekly"}, "kind: must be one of: Absolute, Recurring, Relative."),
        ({"unit": "kW"}, "unit: must be one of: A, W."),
        ({"profile_id": 0}, "profile_id: must be a whole number from 1"),
        ({"voltage": 0}, "voltage: must be a whole number from 1 to 1000."),
        ({"phases": 4}, "phases: must be a whole number from 1 to 3."),
        ({"profile": {}}, "profile: is not an argument of set_charging_profile"),
    ],
)
def test_it_refuses_before_anything_is_kept(
    charger: Charger, changed: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Invalid) as caught:
        _set(charger, **changed)
    assert str(caught.value).startswith(sentence)
    assert not ChargingProfile.objects.exists()
    assert not Command.objects.exists()


@pytest.mark.parametrize("name", ["connector_id", "purpose", "kind", "unit", "periods"])
def test_what_it_cannot_do_without(charger: Charger, name: str) -> None:
    with pytest.raises(Invalid, match=f"{name}: is required."):
        _set(charger, **{name: None})


def test_the_limits_of_a_charger_are_kept(charger: Charger) -> None:
    _configure(ChargeProfileMaxStackLevel="2", ChargingScheduleMaxPeriods="1")
    _set(charger, stack_level=2)
    with pytest.raises(Invalid, match="stack_level: is at most 2 for CP1"):
        _set(charger, stack_level=3)
    with pytest.raises(Invalid, match="periods: has 2 entries; CP1 takes at most 1"):
        _set(charger, periods=[*PERIODS, {"start": 60, "limit": 6}])


@pytest.mark.parametrize("value", ["", "many", "-1", "²", "9" * 5000])
def test_a_limit_that_cannot_be_read_is_none(charger: Charger, value: str) -> None:
    _configure(ChargeProfileMaxStackLevel=value, ChargingScheduleMaxPeriods=value)
    _set(charger, stack_level=50, periods=[*PERIODS, {"start": 60, "limit": 6}])


def test_without_a_connection_nothing_is_kept(db: None) -> None:
    with pytest.raises(NotConnected):
        _set(make_charger(connected=False))
    assert not ChargingProfile.objects.exists()


# --- A and W -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "unit"),
    [
        (None, "W"),
        ("", "W"),
        ("Something", "W"),
        ("Power", "W"),
        ("Current,Power", "W"),
        ("Current", "A"),
        (" current ", "A"),
        ("A", "A"),
    ],
)
def test_it_is_sent_in_a_unit_that_the_charger_knows(
    charger: Charger, known: str | None, unit: str
) -> None:
    if known is not None:
        _configure(ChargingScheduleAllowedChargingRateUnit=known)
    _set(charger, unit="W", periods=[{"start": 0, "limit": 11040}])
    made = ChargingProfile.objects.get()
    assert made.unit == unit
    assert made.converted_from == ("" if unit == "W" else "W")
    assert made.periods[0]["limit"] == ("11040.0" if unit == "W" else "16.0")


@pytest.mark.parametrize(
    ("given", "periods", "min_rate"),
    [
        ({}, [("15.9", 3), ("47.8", 1)], "6.1"),
        ({"phases": 1, "voltage": 110}, [("100.0", 1), ("100.0", 1)], "38.2"),
        ({"phases": 2}, [("23.9", 2), ("47.8", 1)], "9.2"),
    ],
)
def test_from_watts_to_amperes_never_more_than_was_asked(
    charger: Charger, given: dict[str, Any], periods: list[tuple[str, int]], min_rate: str
) -> None:
    _configure(ChargingScheduleAllowedChargingRateUnit="Current")
    asked = [{"start": 0, "limit": 11000}, {"start": 60, "limit": 11000, "phases": 1}]
    command = _set(charger, unit="W", periods=asked, min_rate=4200, **given)
    told = [(period["limit"], period["phases"]) for period in command.payload["periods"]]
    assert (told, command.payload["min_rate"]) == (periods, min_rate)


def test_from_amperes_to_watts(charger: Charger) -> None:
    _configure(ChargingScheduleAllowedChargingRateUnit="Power")
    asked = [{"start": 0, "limit": 16}, {"start": 60, "limit": 0.1, "phases": 1}]
    with override_settings(OCPP_PHASES=2, OCPP_VOLTAGE=127):
        payload = _set(charger, periods=asked, min_rate=6).payload
    assert (payload["unit"], payload["min_rate"]) == ("W", "1524.0")
    assert payload["periods"] == [
        {"start": 0, "limit": "4064.0", "phases": 2},
        {"start": 60, "limit": "12.7", "phases": 1},
    ]


@pytest.mark.parametrize(
    ("own", "given", "limit"),
    [
        ({}, {}, "7360.0"),  # 16 A x 2 x 230 V
        ({"phases": 1}, {}, "3680.0"),
        ({"voltage": 127}, {}, "4064.0"),
        ({"phases": 1, "voltage": 127}, {"phases": 3, "voltage": 120}, "5760.0"),
    ],
)
def test_what_a_charger_is_fed_with_goes_before_the_settings(
    charger: Charger, own: dict[str, int], given: dict[str, int], limit: str
) -> None:
    _configure(ChargingScheduleAllowedChargingRateUnit="Power")
    Charger.objects.update(**own)
    charger.refresh_from_db()
    with override_settings(OCPP_PHASES=2, OCPP_VOLTAGE=230):
        assert _set(charger, **given).payload["periods"][0]["limit"] == limit
