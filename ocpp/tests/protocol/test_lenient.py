"""Each tolerance by name: what it reads, what it notes, and whether something was lost."""

import json
from typing import Any

import pytest

from ocpp.choices import AnomalyKind
from ocpp.domain.oddities import Odd
from ocpp.protocol import lenient
from ocpp.protocol.errors import CallFault, ErrorCode
from ocpp.protocol.payload import Payload
from ocpp.protocol.v16.messages.core import (
    Authorize,
    BootNotification,
    Heartbeat,
    MeterValues,
    StartTransaction,
    StatusNotification,
    StopTransaction,
)
from ocpp.protocol.v16.messages.smart_charging import ChargingSchedulePeriod
from ocpp.protocol.v16.messages.types import KeyValue, MeterValue, SampledValue

TIME = "2026-01-01T00:00:00Z"
START = {"connectorId": 1, "idTag": "CAFE0001", "meterStart": 5, "timestamp": TIME}
STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
GOOD = {"value": "1", "unit": "Wh"}


def values(*sampled: Any) -> dict[str, Any]:
    return {"connectorId": 1, "meterValue": [{"timestamp": TIME, "sampledValue": list(sampled)}]}


def shown(note: Odd) -> tuple[str, AnomalyKind]:
    return note.text, note.kind


def understood(kind: type[Payload], value: Any) -> tuple[Payload, Odd]:
    """What is read, with the one note that it leaves."""
    payload, notes = lenient.build(kind, value)
    assert len(notes) == 1, notes
    return payload, notes[0]


def first_sample(payload: Payload) -> SampledValue:
    assert isinstance(payload, MeterValues)
    return payload.meterValue[0].sampledValue[0]


@pytest.mark.parametrize("value", [None, []])
def test_nothing_for_an_empty_payload(value: Any) -> None:
    payload, note = understood(Heartbeat, value)
    assert payload == Heartbeat()
    assert shown(note) == (f"payload {json.dumps(value)} read as {{}}", AnomalyKind.TOLERATED)


@pytest.mark.parametrize("value", [[1], "x", 0, False, True, 1.5])
def test_anything_else_is_no_payload(value: Any) -> None:
    with pytest.raises(CallFault) as caught:
        lenient.build(Heartbeat, value)
    assert caught.value.code == ErrorCode.FORMATION_VIOLATION


def test_an_unknown_property_is_ignored() -> None:
    payload, note = understood(Authorize, {"idTag": "A", "vendorExtra": {"deep": [1, 2]}})
    assert payload == Authorize("A")
    assert shown(note) == ("$.vendorExtra: unknown property ignored", AnomalyKind.TOLERATED)


def test_null_is_read_as_absent() -> None:
    payload, note = understood(
        BootNotification, {"chargePointVendor": "V", "chargePointModel": "M", "iccid": None}
    )
    assert payload == BootNotification("V", "M")
    assert shown(note) == ("$.iccid: null read as absent", AnomalyKind.TOLERATED)


@pytest.mark.parametrize("value", [{}, {"idTag": None}])
def test_what_is_required_is_not_invented(value: Any) -> None:
    with pytest.raises(CallFault):
        lenient.build(Authorize, value)


def test_an_object_is_read_as_a_list_of_one() -> None:
    moment = {"timestamp": TIME, "sampledValue": [GOOD]}
    payload, note = understood(MeterValues, {"connectorId": 1, "meterValue": moment})
    assert payload == MeterValues(1, [MeterValue(TIME, [SampledValue("1", unit="Wh")])])
    assert shown(note) == ("$.meterValue: an object read as a list of one", AnomalyKind.TOLERATED)


@pytest.mark.parametrize("bad", [5, None, {"unit": "Wh"}, {"value": [1]}, {**GOOD, "unit": 7}])
def test_one_bad_value_among_good_ones_is_left_out_and_kept_in_the_note(bad: Any) -> None:
    payload, note = understood(MeterValues, values(GOOD, bad, {**GOOD, "value": "2"}))
    assert isinstance(payload, MeterValues)
    assert [one.value for one in payload.meterValue[0].sampledValue] == ["1", "2"]
    assert note.kind == AnomalyKind.BAD_VALUE
    assert "$.meterValue[0].sampledValue[1]" in note.text
    assert note.text.endswith(f"left out: {json.dumps(bad, separators=(',', ':'))}")


def test_words_of_a_meter_that_nobody_knows_are_kept() -> None:
    odd = {"value": "230.1", "measurand": "Voltage.L1", "unit": "x" * 20}
    payload, notes = lenient.build(MeterValues, values(GOOD, odd))
    kept = payload.meterValue[0].sampledValue[1]
    assert (kept.value, kept.measurand, kept.unit) == ("230.1", "Voltage.L1", "x" * 16)
    assert [note.kind for note in notes] == [AnomalyKind.TOLERATED] * 2


def test_one_bad_moment_among_good_ones_is_left_out() -> None:
    good = values(GOOD)["meterValue"]
    payload, note = understood(
        StopTransaction,
        {"meterStop": 1, "timestamp": TIME, "transactionId": 1, "transactionData": [{}, *good]},
    )
    assert isinstance(payload, StopTransaction)
    assert payload.transactionData is not None
    assert len(payload.transactionData) == 1
    assert note.kind == AnomalyKind.BAD_VALUE


@pytest.mark.parametrize("value", ["x", 5, True, None])
def test_other_lists_are_lists(value: Any) -> None:
    with pytest.raises(CallFault):
        lenient.build(MeterValues, {"connectorId": 1, "meterValue": value})


def test_an_empty_array_where_one_value_is_required() -> None:
    payload, note = understood(MeterValues, {"connectorId": 1, "meterValue": []})
    assert payload == MeterValues(1, [])
    assert shown(note) == ("$.meterValue: empty array", AnomalyKind.TOLERATED)


@pytest.mark.parametrize(
    ("field", "sent", "read_as"),
    [
        ("unit", "WH", "Wh"),
        ("unit", " kwh ", "kWh"),
        ("measurand", "energy.active.import.register", "Energy.Active.Import.Register"),
        ("phase", "l1", "L1"),
        ("format", "raw", "Raw"),
    ],
)
def test_a_word_in_another_case(field: str, sent: str, read_as: str) -> None:
    payload, note = understood(MeterValues, values({"value": "1", field: sent}))
    assert getattr(first_sample(payload), field) == read_as
    assert f'"{sent}" read as {read_as}' in note.text
    assert note.kind == AnomalyKind.TOLERATED


@pytest.mark.parametrize("field", ["unit", "measurand", "phase", "location", "context", "format"])
def test_an_empty_word_is_read_as_absent(field: str) -> None:
    payload, note = understood(MeterValues, values({"value": "1", field: ""}))
    assert first_sample(payload) == SampledValue("1")
    assert note.text.endswith("empty text read as absent")


@pytest.mark.parametrize("sent", ["OverHeated", 17])
def test_an_unknown_error_code_is_another_error(sent: Any) -> None:
    payload, note = understood(StatusNotification, {**STATUS, "errorCode": sent})
    assert payload == StatusNotification(1, "OtherError", "Available")
    assert shown(note) == (
        f"$.errorCode: {json.dumps(sent)} read as OtherError",
        AnomalyKind.BAD_VALUE,
    )


def test_an_unknown_reason_is_another_reason() -> None:
    stop = {"meterStop": 1, "timestamp": TIME, "transactionId": 1}
    payload, note = understood(StopTransaction, {**stop, "reason": "Timeout"})
    assert payload == StopTransaction(1, TIME, 1, reason="Other")
    assert note.kind == AnomalyKind.BAD_VALUE


@pytest.mark.parametrize("sent", ["Asleep", "", 5, None, [], {}])
def test_an_unknown_status_is_no_status(sent: Any) -> None:
    with pytest.raises(CallFault):
        lenient.build(StatusNotification, {**STATUS, "status": sent})


@pytest.mark.parametrize(("sent", "read_as"), [(12, "12"), (12.5, "12.5"), (-0.0, "-0.0")])
def test_a_number_is_read_as_text(sent: float, read_as: str) -> None:
    payload, note = understood(MeterValues, values({"value": sent}))
    assert first_sample(payload).value == read_as
    assert shown(note) == (
        f"$.meterValue[0].sampledValue[0].value: number {sent} read as text",
        AnomalyKind.TOLERATED,
    )


@pytest.mark.parametrize("sent", [True, None, [], {}])
def test_other_things_are_no_text(sent: Any) -> None:
    with pytest.raises(CallFault):
        lenient.build(Authorize, {"idTag": sent})


def test_an_informational_text_is_cut() -> None:
    boot = {"chargePointVendor": "V" * 30, "chargePointModel": "M"}
    payload, note = understood(BootNotification, boot)
    assert payload == BootNotification("V" * 20, "M")
    assert shown(note) == (
        f'$.chargePointVendor: 30 characters, 20 allowed: "{"V" * 30}"',
        AnomalyKind.TOLERATED,
    )


def test_an_id_tag_is_never_cut() -> None:
    payload, note = understood(Authorize, {"idTag": "A" * 255})
    assert payload == Authorize("A" * 255)
    assert note.kind == AnomalyKind.TOLERATED
    with pytest.raises(CallFault, match="255") as caught:
        lenient.build(Authorize, {"idTag": "A" * 256})
    assert caught.value.code == ErrorCode.PROPERTY_CONSTRAINT_VIOLATION


@pytest.mark.parametrize(
    ("sent", "read_as"),
    [("7", 7), (" 7 ", 7), ("7.0", 7), ("7.9", 7), (7.0, 7), (7.9, 7), ("1e3", 1000), (-0.5, 0)],
)
def test_a_text_or_a_fraction_is_read_as_a_whole_number(sent: Any, read_as: int) -> None:
    payload, note = understood(StartTransaction, {**START, "meterStart": sent})
    assert payload == StartTransaction(1, "CAFE0001", read_as, TIME)
    assert shown(note) == (
        f"$.meterStart: {json.dumps(sent)} read as {read_as}",
        AnomalyKind.TOLERATED,
    )


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (True, ErrorCode.TYPE_CONSTRAINT_VIOLATION),
        (None, ErrorCode.TYPE_CONSTRAINT_VIOLATION),
        ("five", ErrorCode.TYPE_CONSTRAINT_VIOLATION),
        ("", ErrorCode.TYPE_CONSTRAINT_VIOLATION),
        ("٣", ErrorCode.TYPE_CONSTRAINT_VIOLATION),
        ([5], ErrorCode.TYPE_CONSTRAINT_VIOLATION),
        ("nan", ErrorCode.PROPERTY_CONSTRAINT_VIOLATION),
        ("1e999", ErrorCode.PROPERTY_CONSTRAINT_VIOLATION),
        (1e18, ErrorCode.PROPERTY_CONSTRAINT_VIOLATION),
        (10**18, ErrorCode.PROPERTY_CONSTRAINT_VIOLATION),
        (str(-(10**18)), ErrorCode.TYPE_CONSTRAINT_VIOLATION),
    ],
)
def test_other_things_are_no_whole_number(sent: Any, code: ErrorCode) -> None:
    with pytest.raises(CallFault) as caught:
        lenient.build(StartTransaction, {**START, "meterStart": sent})
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("sent", "read_as"),
    [(0, False), (1, True), ("0", False), ("1", True), ("False", False), (" TRUE ", True)],
)
def test_readonly_as_number_or_text(sent: Any, read_as: bool) -> None:
    payload, note = understood(KeyValue, {"key": "K", "readonly": sent})
    assert payload == KeyValue("K", read_as)
    assert shown(note) == (
        f"$.readonly: {json.dumps(sent)} read as {read_as}",
        AnomalyKind.TOLERATED,
    )


@pytest.mark.parametrize("sent", [2, "yes", None, [], {}, 0.5])
def test_other_things_are_not_true_or_false(sent: Any) -> None:
    with pytest.raises(CallFault):
        lenient.build(KeyValue, {"key": "K", "readonly": sent})


def test_a_note_is_of_bounded_length() -> None:
    _, notes = lenient.build(Authorize, {"idTag": "A", "x" * 5000: 1})
    assert all(len(note.text) < 1000 for note in notes)
    _, note = understood(
        BootNotification, {"chargePointVendor": "V" * 90_000, "chargePointModel": "M"}
    )
    assert len(note.text) < 1000


@pytest.mark.parametrize(("sent", "read_as"), [("16.5", 16.5), ("16", 16), (" 6 ", 6)])
def test_text_where_a_number_is_meant(sent: str, read_as: float) -> None:
    payload, note = understood(ChargingSchedulePeriod, {"startPeriod": 0, "limit": sent})
    assert payload == ChargingSchedulePeriod(startPeriod=0, limit=read_as)
    assert shown(note) == (
        f"$.limit: {json.dumps(sent)} read as {float(read_as)}",
        AnomalyKind.TOLERATED,
    )


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("much", ErrorCode.TYPE_CONSTRAINT_VIOLATION),
        (True, ErrorCode.TYPE_CONSTRAINT_VIOLATION),
        ([1], ErrorCode.TYPE_CONSTRAINT_VIOLATION),
        (1e300, ErrorCode.PROPERTY_CONSTRAINT_VIOLATION),
        ("nan", ErrorCode.PROPERTY_CONSTRAINT_VIOLATION),
        ("inf", ErrorCode.PROPERTY_CONSTRAINT_VIOLATION),
    ],
)
def test_what_is_no_number_is_refused(sent: Any, code: ErrorCode) -> None:
    with pytest.raises(CallFault) as caught:
        lenient.build(ChargingSchedulePeriod, {"startPeriod": 0, "limit": sent})
    assert caught.value.code == code
