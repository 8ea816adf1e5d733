"""Valid calls of every action, and what becomes of them by chance."""

import json
import random
import re
from collections.abc import Callable
from typing import Any

TIME = "2026-01-01T12:00:00Z"
_SAMPLES = [
    {"value": "1000", "context": "Sample.Periodic", "measurand": "Energy.Active.Import.Register"},
    {"value": "7.4", "unit": "kW", "measurand": "Power.Active.Import", "phase": "L1"},
    {"value": "16", "format": "Raw", "measurand": "Current.Import", "location": "Outlet"},
]
_VALUES = [{"timestamp": TIME, "sampledValue": _SAMPLES}]

#: A payload of each action that a charge point sends.
PAYLOADS: dict[str, dict[str, Any]] = {
    "Authorize": {"idTag": "ABCD1234"},
    "BootNotification": {
        "chargePointVendor": "V",
        "chargePointModel": "M",
        "chargePointSerialNumber": "S1",
        "firmwareVersion": "1.0",
        "iccid": "8931",
        "imsi": "204",
        "meterType": "T",
    },
    "DataTransfer": {"vendorId": "V", "messageId": "M", "data": '{"a":1}'},
    "DiagnosticsStatusNotification": {"status": "Uploading"},
    "FirmwareStatusNotification": {"status": "Installing"},
    "Heartbeat": {},
    "LogStatusNotification": {"status": "Uploading", "requestId": 1},
    "MeterValues": {"connectorId": 1, "transactionId": 1, "meterValue": _VALUES},
    "SecurityEventNotification": {"type": "StartupOfTheDevice", "timestamp": TIME, "techInfo": "x"},
    "SignCertificate": {"csr": "-----BEGIN CERTIFICATE REQUEST-----\nAA==\n"},
    "SignedFirmwareStatusNotification": {"status": "Downloading", "requestId": 1},
    "StartTransaction": {
        "connectorId": 1,
        "idTag": "ABCD1234",
        "meterStart": 1000,
        "timestamp": TIME,
        "reservationId": 1,
    },
    "StatusNotification": {
        "connectorId": 1,
        "errorCode": "NoError",
        "status": "Available",
        "timestamp": TIME,
        "info": "x",
        "vendorId": "V",
        "vendorErrorCode": "E1",
    },
    "StopTransaction": {
        "transactionId": 1,
        "idTag": "ABCD1234",
        "meterStop": 2000,
        "timestamp": TIME,
        "reason": "Local",
        "transactionData": _VALUES,
    },
}
_ODD: list[Any] = [
    *(None, True, False, 0, -1, 1, 2, 3, 4, 5, 1.5, -0.0, 1e300, 2**31, 2**53 + 1, 2**63, 10**18),
    *("", " ", "0", "-1", "1e5", "NaN", "null", "Accepted", "\x00", "\u202e", "é", "😀", "'\"\\"),
    *("x" * 20, "x" * 21, "x" * 501, "x" * 5000, "<script>", "%s%n", "../../etc", TIME, "22222-01"),
    *("1970-01-01T00:00:00", "2026-02-30T00:00:00Z", "2026-01-01T23:59:60Z", "kWh", "ABCD1234"),
    *([], {}, [[]], [{}], {"a": {"b": {"c": [1, [2, [3, [4, [5, [6, [7, [8]]]]]]]]}}}),
]
_TOKENS = [
    *(
        '"',
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        "\\",
        "\\u0000",
        "\\ud83d",
        "\\udc00\\ud83d",
        "\n",
        "\x00",
    ),
    *("NaN", "-Infinity", "1e400", "9" * 19, "9" * 400, "null", "tru", "[" * 200, '{"a":' * 30),
    *('"idTag":"B",', "2,", "//", "\ufeff", "\x7f", "é", "😀", "\u2028", "-", "0x1", "00", "."),
]
#: Whatever its characters take, it is not too long to be read (256 KiB).
LONGEST = 60_000
_ID = re.compile(r"[!-~ ]{1,36}")


def attributable(text: str) -> tuple[str | None, bool]:
    """The message id that `text` has as a call, and whether it must have an answer.

    A frame that is no JSON may be answered with an error, where an id can be read at its beginning;
    a call with an id that is longer or odder than the standard has it may be answered.
    """
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return None, False
    match frame:
        case [int(kind), str(number), *_] if kind == 2:
            return number, _ID.fullmatch(number) is not None
    return None, False


def mutated(rng: random.Random, number: str) -> str:
    """A frame that was a valid call, or an answer to none of ours, with the id `number`."""
    action = rng.choice(list(PAYLOADS))
    frame: list[Any] = [2, number, action, json.loads(json.dumps(PAYLOADS[action]))]
    if rng.random() < 0.03:
        answers: list[list[Any]] = [
            [3, number, {"status": "Accepted"}],
            [4, number, "GenericError"],
        ]
        frame = rng.choice(answers)
    for _ in range(rng.choice((0, 1, 1, 1, 2, 3, 8))):
        _change_value(rng, frame)
    text = json.dumps(frame, ensure_ascii=rng.random() < 0.5, separators=(",", ":"))
    for _ in range(rng.choice((0, 0, 0, 1, 1, 2, 6))):
        text = rng.choice(_TEXT_CHANGES)(rng, text)
    # Surrogates are no UTF-8; one without text would be ignored before it is read.
    return text[:LONGEST].encode("utf-8", "replace").decode() or "[]"


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every place of a value: a list or a dict, and an index or a name in it."""
    if isinstance(value, list):
        keys: list[Any] = list(range(len(value)))
    elif isinstance(value, dict):
        keys = list(value)
    else:
        return []
    return [(value, key) for key in keys] + [p for key in keys for p in _places(value[key])]


def _change_value(rng: random.Random, frame: list[Any]) -> None:
    places = _places(frame)
    # The message id stays most of the time, so that there is something to be answered.
    if rng.random() < 0.9:
        places = [place for place in places if place[0] is not frame or place[1] == 3]
    if not places:
        return
    inside, key = rng.choice(places)
    kind = rng.randrange(6)
    if kind == 0:
        del inside[key]
    elif kind == 1 and isinstance(inside[key], list | str):
        inside[key] = inside[key] * rng.choice((0, 2, 3, 50))
    elif kind == 2 and isinstance(inside, dict):
        inside[rng.choice(("x", key.upper(), key + "s", "", "idTag", "timestamp"))] = inside[key]
    elif kind == 3:
        inside[key] = str(inside[key])
    elif kind == 4:
        inside[key] = [inside[key]]
    else:
        inside[key] = json.loads(json.dumps(rng.choice(_ODD)))


def _delete(rng: random.Random, text: str) -> str:
    begin = rng.randrange(len(text) + 1)
    return text[:begin] + text[begin + rng.choice((1, 1, 2, 5, 40)) :]


def _repeat(rng: random.Random, text: str) -> str:
    begin = rng.randrange(len(text) + 1)
    end = begin + rng.choice((1, 2, 5, 40))
    return text[:end] + text[begin:end] * rng.choice((1, 1, 2, 20)) + text[end:]


def _insert(rng: random.Random, text: str) -> str:
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice(_TOKENS) + text[at:]


def _replace(rng: random.Random, text: str) -> str:
    at = rng.randrange(len(text) + 1)
    return text[:at] + chr(rng.choice((rng.randrange(128), rng.randrange(0x3000)))) + text[at + 1 :]


def _cut_short(rng: random.Random, text: str) -> str:
    return text[: rng.randrange(len(text) + 1)]


_TEXT_CHANGES: list[Callable[[random.Random, str], str]] = [
    *(_delete, _repeat, _insert, _replace, _cut_short)
]
