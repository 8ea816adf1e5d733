"""Every liberty that the tolerant mode takes, by name: what is sent, and what is understood.

Each payload here breaks its schema, is refused in strict mode, and is understood in the tolerant
mode with a note, because real charge points send such things.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from ocpp.protocol import reading
from ocpp.protocol.errors import CallFault
from ocpp.protocol.v16 import VERSION
from ocpp.protocol.v16.messages.core_orders import GetConfigurationResponse
from tests.test_oracle import encoded, our_fault, validator

TIME = "2026-01-01T00:00:00Z"
START = {"connectorId": 1, "idTag": "CAFE0001", "meterStart": 5, "timestamp": TIME}
STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
STOP = {"transactionId": 1, "meterStop": 9, "timestamp": TIME}
BOOT = {"chargePointVendor": "V", "chargePointModel": "M"}
GOOD = {"value": "1", "unit": "Wh"}


def values(*sampled: Any) -> dict[str, Any]:
    """A MeterValues payload."""
    return {"connectorId": 1, "meterValue": [{"timestamp": TIME, "sampledValue": list(sampled)}]}


#: What is forgiven -> action, payload as sent, payload as understood.
TOLERANCES: dict[str, tuple[str, Any, Any]] = {
    "null for an empty payload": ("Heartbeat", None, {}),
    "an empty array for an empty payload": ("Heartbeat", [], {}),
    "an unknown property": ("Authorize", {"idTag": "A", "custom": {"x": 1}}, {"idTag": "A"}),
    "an unknown property deep inside": ("MeterValues", values({**GOOD, "x": 1}), values(GOOD)),
    "null for absent": ("BootNotification", {**BOOT, "iccid": None}, BOOT),
    "null for absent deep inside": ("MeterValues", values({**GOOD, "phase": None}), values(GOOD)),
    "an object for a list of one": (
        "MeterValues",
        {"connectorId": 1, "meterValue": values(GOOD)["meterValue"][0]},
        values(GOOD),
    ),
    "no sampled value": ("MeterValues", values(), values()),
    "no meter value": (
        "MeterValues",
        {"connectorId": 1, "meterValue": []},
        {"connectorId": 1, "meterValue": []},
    ),
    "one sampled value without its value": (
        "MeterValues",
        values(GOOD, {"unit": "Wh"}),
        values(GOOD),
    ),
    "one sampled value of a unit that nobody knows": (
        "MeterValues",
        values({"value": "1", "unit": "furlong"}, GOOD),
        values({"value": "1", "unit": "furlong"}, GOOD),
    ),
    "one sampled value that is null": ("MeterValues", values(None, GOOD), values(GOOD)),
    "one meter value without its time": (
        "MeterValues",
        {"connectorId": 1, "meterValue": [{"sampledValue": [GOOD]}, *values(GOOD)["meterValue"]]},
        values(GOOD),
    ),
    "one bad item of the transaction's data": (
        "StopTransaction",
        {**STOP, "transactionData": [{"timestamp": TIME}, values(GOOD)["meterValue"][0]]},
        {**STOP, "transactionData": values(GOOD)["meterValue"]},
    ),
    "an empty unit": ("MeterValues", values({"value": "1", "unit": ""}), values({"value": "1"})),
    "an empty measurand": (
        "MeterValues",
        values({**GOOD, "measurand": ""}),
        values(GOOD),
    ),
    "a word in another case": (
        "MeterValues",
        values({"value": "1", "unit": "WH"}),
        values(GOOD),
    ),
    "a status in another case": ("StatusNotification", {**STATUS, "status": "AVAILABLE"}, STATUS),
    "an unknown error code": (
        "StatusNotification",
        {**STATUS, "errorCode": "OverHeated"},
        {**STATUS, "errorCode": "OtherError"},
    ),
    "an empty error code": (
        "StatusNotification",
        {**STATUS, "errorCode": ""},
        {**STATUS, "errorCode": "OtherError"},
    ),
    "an unknown reason of a stop": (
        "StopTransaction",
        {**STOP, "reason": "Timeout"},
        {**STOP, "reason": "Other"},
    ),
    "an empty reason of a stop": (
        "StopTransaction",
        {**STOP, "reason": ""},
        {**STOP, "reason": "Other"},
    ),
    "a number for a text": (
        "MeterValues",
        values({"value": 12.5, "unit": "Wh"}),
        values({"value": "12.5", "unit": "Wh"}),
    ),
    "a text for a number": ("StartTransaction", {**START, "meterStart": "5"}, START),
    "a text with a fraction for a whole number": (
        "StartTransaction",
        {**START, "meterStart": "5.00"},
        START,
    ),
    "a fraction for a whole number": ("StartTransaction", {**START, "meterStart": 5.0}, START),
    "part of a Wh, which is cut off": ("StartTransaction", {**START, "meterStart": 5.9}, START),
    "an informational text that is too long": (
        "BootNotification",
        {**BOOT, "firmwareVersion": "f" * 60},
        {**BOOT, "firmwareVersion": "f" * 50},
    ),
    "an id tag that is too long, never cut": (
        "Authorize",
        {"idTag": "0123456789ABCDEF01234567"},
        {"idTag": "0123456789ABCDEF01234567"},
    ),
}


@pytest.mark.parametrize("name", TOLERANCES)
def test_tolerated(schema_folder: Path, name: str) -> None:
    action, sent, understood = TOLERANCES[name]
    raw = encoded(sent)
    assert not validator(schema_folder, action).is_valid(sent)
    assert our_fault(action, raw) is not None
    result = reading.read(VERSION.calls[action].request, raw)
    assert json.loads(result.json) == understood
    assert result.notes


#: What even the tolerant mode refuses: it would have to invent a fact.
NOT_FORGIVEN: dict[str, tuple[str, Any]] = {
    "a required field missing": ("Authorize", {}),
    "null for a required field": ("Authorize", {"idTag": None}),
    "an unknown status": ("StatusNotification", {**STATUS, "status": "Asleep"}),
    "an empty status": ("StatusNotification", {**STATUS, "status": ""}),
    "true for a number": ("StartTransaction", {**START, "meterStart": True}),
    "a word for a number": ("StartTransaction", {**START, "meterStart": "five"}),
    "an object for a text": ("Authorize", {"idTag": {"id": "A"}}),
    "an id tag of 256 characters": ("Authorize", {"idTag": "A" * 256}),
    "a text for the payload": ("Heartbeat", "x"),
    "a filled array for the payload": ("Heartbeat", [1]),
}


@pytest.mark.parametrize("name", NOT_FORGIVEN)
def test_not_forgiven(schema_folder: Path, name: str) -> None:
    action, sent = NOT_FORGIVEN[name]
    assert not validator(schema_folder, action).is_valid(sent)
    assert our_fault(action, encoded(sent), strict=True) is not None
    assert our_fault(action, encoded(sent), strict=False) is not None


@pytest.mark.parametrize("sent", [True, 1, "true", "True", "1"])
def test_readonly_in_a_configuration_answer_is_read_from_numbers_and_texts(sent: Any) -> None:
    raw = encoded({"configurationKey": [{"key": "K", "readonly": sent}]})
    result = reading.read(GetConfigurationResponse, raw)
    assert result.payload.configurationKey is not None
    assert result.payload.configurationKey[0].readonly is True
    assert bool(result.notes) == (sent is not True)
    if sent is not True:
        with pytest.raises(CallFault):
            reading.read(GetConfigurationResponse, raw, strict=True)
