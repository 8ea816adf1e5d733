"""Each operation: what it queues, for how long, and what it refuses before that."""

from datetime import timedelta
from typing import Any

import pytest
from model_bakery import baker

from accounts.models import User
from ocpp import operations
from ocpp.choices import TransactionState
from ocpp.domain.errors import Ambiguous, Conflict, Invalid, NotConnected, NotFound
from ocpp.models import Charger, Command, Transaction
from ocpp.tests.commanding import make_charger
from ocpp.tests.factories import NOON_TEXT

NO_FILTER = {"profile_id": None, "connector_id": None, "purpose": None, "stack_level": None}

URL = "sftp://user@files.example:2222/firmware/v2%20b.bin?x=1"
#: Operation, arguments as given, arguments as queued, time to live (s).
QUEUED = [
    (
        "remote_start",
        {"id_tag": "04A2B3C4", "connector_id": 2},
        {"id_tag": "04A2B3C4", "connector_id": 2},
        60,
    ),
    ("remote_start", {"id_tag": "A"}, {"id_tag": "A", "connector_id": None}, 60),
    ("remote_stop", {"transaction_id": -1}, {"transaction_id": -1}, 300),
    ("reset", {}, {"type": "Soft"}, 300),
    ("reset", {"type": None}, {"type": "Soft"}, 300),
    ("reset", {"type": "Hard"}, {"type": "Hard"}, 300),
    ("unlock", {"connector_id": 1}, {"connector_id": 1}, 300),
    (
        "change_availability",
        {"type": "Inoperative"},
        {"connector_id": 0, "type": "Inoperative"},
        300,
    ),
    (
        "trigger_message",
        {"requested_message": "Heartbeat"},
        {"requested_message": "Heartbeat", "connector_id": None},
        300,
    ),
    ("get_configuration", {}, {"keys": None}, 300),
    ("get_configuration", {"keys": []}, {"keys": None}, 300),
    ("get_configuration", {"keys": ["A"]}, {"keys": ["A"]}, 300),
    ("change_configuration", {"key": "A", "value": ""}, {"key": "A", "value": ""}, 300),
    ("clear_cache", {}, {}, 300),
    (
        "data_transfer",
        {"vendor_id": "V"},
        {"vendor_id": "V", "message_id": None, "data": None},
        300,
    ),
    (
        "data_transfer",
        {"vendor_id": "V", "message_id": "M", "data": "{}"},
        {"vendor_id": "V", "message_id": "M", "data": "{}"},
        300,
    ),
    ("cancel_reservation", {"reservation_id": 987654}, {"reservation_id": 987654}, 300),
    ("clear_charging_profile", {}, NO_FILTER, 300),
    (
        "clear_charging_profile",
        {"profile_id": 5, "connector_id": 0, "purpose": "TxProfile", "stack_level": 0},
        {"profile_id": 5, "connector_id": 0, "purpose": "TxProfile", "stack_level": 0},
        300,
    ),
    (
        "get_composite_schedule",
        {"connector_id": 0, "duration": 3600},
        {"connector_id": 0, "duration": 3600, "unit": None},
        300,
    ),
    (
        "update_firmware",
        {"location": URL, "retrieve_date": "2026-05-01T06:00:00.5-06:00", "retries": 3},
        {"location": URL, "retrieve_date": NOON_TEXT, "retries": 3, "retry_interval": None},
        300,
    ),
    (
        "get_diagnostics",
        {"location": URL, "start_time": NOON_TEXT, "stop_time": NOON_TEXT},
        {
            "location": URL,
            "start_time": NOON_TEXT,
            "stop_time": NOON_TEXT,
            "retries": None,
            "retry_interval": None,
        },
        300,
    ),
    (
        "extended_trigger_message",
        {"requested_message": "LogStatusNotification", "connector_id": 1},
        {"requested_message": "LogStatusNotification", "connector_id": 1},
        300,
    ),
    ("get_local_list_version", {}, {}, 300),
]
#: Operations that queue what they find in the database: tried in tests of their own.
OTHERS = {"get_log", "send_local_list"}

#: Tried in `test_reservation.py` and `test_charging_profiles.py`: what they queue has new numbers.
ELSEWHERE = {"reserve", "secure", "set_charging_profile"}
#: Tried in `test_certificates.py`: they need certificates.
ELSEWHERE |= {
    *("certificate_signed", "delete_certificate", "get_installed_certificate_ids"),
    *("install_certificate", "signed_update_firmware"),
}

#: Operation, arguments as given, what is said.
REFUSED = [
    ("remote_start", {}, "id_tag: is required."),
    ("remote_start", {"id_tag": None}, "id_tag: is required."),
    ("remote_start", {"id_tag": "A" * 21}, "id_tag: has 21 characters; 1 to 20 are allowed."),
    ("remote_start", {"id_tag": "A", "connector_id": 0}, "connector_id: must be a whole number"),
    ("remote_stop", {"transaction_id": "5"}, "transaction_id: must be a whole number."),
    ("reset", {"type": "hard"}, "type: must be one of: Soft, Hard."),
    ("unlock", {}, "connector_id: is required."),
    ("unlock", {"connector_id": 0}, "connector_id: must be a whole number from 1"),
    ("change_availability", {}, "type: is required."),
    ("change_availability", {"type": "Off"}, "type: must be one of: Operative, Inoperative."),
    (
        "change_availability",
        {"type": "Operative", "connector_id": -1},
        "connector_id: must be a whole number from 0",
    ),
    ("trigger_message", {"requested_message": "Authorize"}, "requested_message: must be one of:"),
    ("get_configuration", {"keys": "A"}, "keys: must be a list."),
    ("get_configuration", {"keys": ["A" * 51]}, "keys[0]: has 51 characters;"),
    ("change_configuration", {"key": "A"}, "value: is required."),
    ("change_configuration", {"key": "A", "value": 60}, "value: must be text."),
    ("change_configuration", {"key": "A", "value": "x" * 501}, "value: has 501 characters;"),
    ("data_transfer", {}, "vendor_id: is required."),
    ("data_transfer", {"vendor_id": "V" * 256}, "vendor_id: has 256 characters;"),
    ("data_transfer", {"vendor_id": "V", "message_id": "M" * 51}, "message_id: has 51 characters;"),
    ("cancel_reservation", {}, "reservation_id: is required."),
    ("clear_charging_profile", {"stack_level": -1}, "stack_level: must be a whole number from 0"),
    ("clear_charging_profile", {"purpose": "Tx"}, "purpose: must be one of:"),
    ("get_composite_schedule", {"connector_id": 1}, "duration: is required."),
    (
        "get_composite_schedule",
        {"connector_id": 1, "duration": 0},
        "duration: must be a whole number from 1",
    ),
    (
        "get_composite_schedule",
        {"connector_id": 1, "duration": 1, "unit": "kW"},
        "unit: must be one of: A, W.",
    ),
    ("update_firmware", {}, "location: is required, unless firmware is the number"),
    ("update_firmware", {"location": URL, "firmware": 1}, "firmware: cannot be given together"),
    ("update_firmware", {"location": "gopher://a/b"}, "location: must be a URL with a host"),
    (
        "update_firmware",
        {"location": "http://a/b", "retrieve_date": "2026-05-01T12:00:00"},
        "retrieve_date: must be a time with its zone, such as 2026-01-31T12:00:00Z.",
    ),
    (
        "get_diagnostics",
        {"start_time": "2026-05-01T12:00:00Z", "stop_time": "2026-05-01T12:00:00+01:00"},
        "stop_time: must not be before 2026-05-01T12:00:00Z.",
    ),
    ("get_log", {}, "log_type: is required."),
    ("get_log", {"log_type": "SecurityLog", "retries": -1}, "retries: must be a whole number"),
    ("send_local_list", {"update_type": "full"}, "update_type: must be one of: Full, Diff"),
    ("extended_trigger_message", {"requested_message": "X"}, "requested_message: must be one of:"),
    ("clear_cache", {"user": "root"}, "user: is not an argument of clear_cache"),
    ("reset", {"charger": 5}, "charger: is not an argument of reset, which takes: type."),
]


@pytest.fixture
def charger(db: None) -> Charger:
    return make_charger()


def _transaction(charger: Charger, connector_id: int = 1, **fields: Any) -> Transaction:
    made: Transaction = baker.make(
        Transaction, charger=charger, connector_id=connector_id, meter_start=0, **fields
    )
    return made


@pytest.mark.parametrize(("name", "given", "queued", "time_to_live_s"), QUEUED)
def test_it_queues_its_arguments(
    charger: Charger,
    name: str,
    given: dict[str, Any],
    queued: dict[str, Any],
    time_to_live_s: int,
) -> None:
    user = baker.make(User)
    command = operations.OPERATIONS[name].run(charger, given, user)
    command.refresh_from_db()
    assert (command.charger, command.action, command.payload) == (charger, name, queued)
    assert command.created_by == user
    lives = command.expires - command.created
    assert abs(lives - timedelta(seconds=time_to_live_s)) < timedelta(seconds=2)


@pytest.mark.parametrize(("name", "given", "sentence"), REFUSED)
def test_it_refuses_before_anything_is_queued(
    charger: Charger, name: str, given: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Invalid) as caught:
        operations.OPERATIONS[name].run(charger, given, None)
    assert str(caught.value).startswith(sentence)
    assert not Command.objects.exists()


def test_every_operation_is_tried_here() -> None:
    assert {case[0] for case in QUEUED} | ELSEWHERE | OTHERS == set(operations.OPERATIONS)
    assert all(operation.__doc__ for operation in operations.OPERATIONS.values())


def test_it_is_called_like_the_function_it_is(charger: Charger) -> None:
    command = operations.reset(charger, type="Hard")
    assert command.payload == {"type": "Hard"}
    with pytest.raises(Invalid, match="type: must be one of"):
        operations.reset(charger, type="Warm")


def test_a_disconnected_charger_is_refused_at_once(db: None) -> None:
    with pytest.raises(NotConnected, match="CP1 is not connected"):
        operations.reset(make_charger(connected=False))


# --- remote stop ---------------------------------------------------------------------------


def test_the_only_active_transaction_is_meant(charger: Charger) -> None:
    _transaction(charger, state=TransactionState.COMPLETED)
    active = _transaction(charger)
    _transaction(make_charger("CP2"))
    assert operations.remote_stop(charger).payload == {"transaction_id": active.pk}


def test_without_an_active_transaction_there_is_nothing_to_stop(charger: Charger) -> None:
    _transaction(charger, state=TransactionState.COMPLETED)
    with pytest.raises(Conflict, match="CP1 has no active transaction"):
        operations.remote_stop(charger)


def test_of_several_the_candidates_are_named(charger: Charger) -> None:
    first, second = _transaction(charger, 1), _transaction(charger, 2)
    with pytest.raises(Ambiguous) as caught:
        operations.remote_stop(charger)
    assert f"{first.pk} (connector 1), {second.pk} (connector 2)" in str(caught.value)
    command = operations.remote_stop(charger, transaction_id=second.pk)
    assert command.payload == {"transaction_id": second.pk}


def test_another_chargers_transaction_is_not_stopped(charger: Charger) -> None:
    other = _transaction(make_charger("CP2"))
    with pytest.raises(NotFound, match=f"CP1 has no transaction {other.pk}"):
        operations.remote_stop(charger, transaction_id=other.pk)


def test_a_number_that_is_unknown_here_is_passed_on(charger: Charger) -> None:
    command = operations.remote_stop(charger, transaction_id=987654)
    assert command.payload == {"transaction_id": 987654}
