"""The JSON schemas that the PyPI library `ocpp` ships, as the judge of how we read requests.

For every request that a charge point may send, payloads are made from the schema, changed at
random, and judged by both: in strict mode our verdict is theirs. Where it is not, the difference
is deliberate, and stands in `WORDS_THAT_DIFFER` or `REFUSED` by name, with a test. What the
tolerant mode (the default) forgives beyond that is in `test_oracle_tolerance.py`.
"""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator, Draft6Validator
from jsonschema.exceptions import ValidationError

from ocpp.protocol import reading
from ocpp.protocol.errors import CallFault, ErrorCode
from ocpp.protocol.v16 import VERSION
from tests.support.schemas import (
    changed_payloads,
    enumerated,
    judge,
    payloads,
    with_one_change,
)

ACTIONS = sorted(VERSION.calls)
EXAMPLES = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
#: Which error code names the rule of the schema that was broken (OCPP-J 1.6, 4.2.3).
CODES = {
    "required": ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION,
    "minItems": ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION,
    "additionalProperties": ErrorCode.FORMATION_VIOLATION,
    "type": ErrorCode.TYPE_CONSTRAINT_VIOLATION,
    "enum": ErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
    "maxLength": ErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
}
#: Words of the standard that we accept and a schema of the library does not list.
WORDS_THAT_DIFFER = {"StopTransaction": {"Hertz"}}
#: Nothing that a field of a request may be, or only some may.
ODD_VALUES: list[Any] = [
    *(None, True, False, 0, 1, -1, 2**31, 10**18 - 1, 1.0, -0.0, 1.5, 1e300),
    *("", " ", "1", "1.0", "true", "null", "x" * 1000, "2026-01-01T00:00:00Z", "not a time"),
    *([], [None], [1], ["x"], [[]], [{}], {}, {"value": "1"}, {"": {}}),
]


def validator(folder: Path, action: str) -> Draft4Validator:
    """The library's judgement of an action's request."""
    return judge(folder / f"{action}.json")


def encoded(payload: Any) -> bytes:
    """The payload as a charge point would send it."""
    return json.dumps(payload, ensure_ascii=False).encode()


def our_fault(action: str, raw: bytes, *, strict: bool = True) -> CallFault | None:
    """What we find wrong with a payload, None when nothing."""
    try:
        reading.read(VERSION.calls[action].request, raw, strict=strict)
    except CallFault as fault:
        return fault
    return None


@pytest.mark.parametrize("action", ACTIONS)
def test_valid_payloads_are_read_as_they_are(schema_folder: Path, action: str) -> None:
    requests = validator(schema_folder, action)

    @EXAMPLES
    @given(payload=payloads(requests.schema), strict=st.booleans())
    def check(payload: dict[str, Any], strict: bool) -> None:
        requests.validate(payload)
        result = reading.read(VERSION.calls[action].request, encoded(payload), strict=strict)
        assert result.notes == []
        assert json.loads(result.json) == payload

    check()


@pytest.mark.parametrize("action", ACTIONS)
def test_our_strict_verdict_is_that_of_the_schema(schema_folder: Path, action: str) -> None:
    requests = validator(schema_folder, action)

    @EXAMPLES
    @given(payload=changed_payloads(requests.schema))
    def check(payload: dict[str, Any]) -> None:
        check_verdict(requests, action, payload)

    check()


def check_verdict(requests: Draft4Validator, action: str, payload: Any) -> None:
    """Our verdict on a payload, and the error code, are those of the schema."""
    errors: list[ValidationError] = list(requests.iter_errors(payload))
    fault = our_fault(action, encoded(payload))
    assert (fault is None) == (not errors), f"{payload}; ours: {fault}; theirs: {errors}"
    if fault is not None and len(errors) == 1:
        assert fault.code == CODES[errors[0].validator], f"{payload}: {errors[0].message}"


@pytest.mark.parametrize("action", ACTIONS)
def test_every_field_with_every_odd_value(schema_folder: Path, action: str) -> None:
    requests = validator(schema_folder, action)
    ours = msgspec.json.schema(VERSION.calls[action].request)
    words = (enumerated(requests.schema) | enumerated(ours)) - WORDS_THAT_DIFFER.get(action, set())
    odd = [*ODD_VALUES, *sorted(words), *sorted(word.lower() for word in words)]
    for payload in with_one_change(requests.schema, odd):
        check_verdict(requests, action, payload)


@pytest.mark.parametrize(("action", "word"), [("StopTransaction", "Hertz")])
def test_a_unit_of_the_standard_that_one_schema_lacks(
    schema_folder: Path, action: str, word: str
) -> None:
    assert word in WORDS_THAT_DIFFER[action]
    sampled = {"value": "50.01", "measurand": "Frequency", "unit": word}
    values = [{"timestamp": "2026-01-01T00:00:00Z", "sampledValue": [sampled]}]
    elsewhere = {"connectorId": 1, "meterValue": values}
    assert validator(schema_folder, "MeterValues").is_valid(elsewhere)

    payload = {"transactionId": 1, "meterStop": 1, "timestamp": "x", "transactionData": values}
    assert not validator(schema_folder, action).is_valid(payload)
    assert our_fault(action, encoded(payload)) is None


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("LogStatusNotification", {"status": "Idle", "requestId": 1.0}),
        ("SignedFirmwareStatusNotification", {"status": "Idle", "requestId": 1.0}),
    ],
)
def test_a_whole_number_with_a_point_is_an_integer_only_in_newer_drafts(
    schema_folder: Path, action: str, payload: dict[str, Any]
) -> None:
    old = validator(schema_folder, action)
    assert Draft6Validator(old.schema).is_valid(payload)
    assert not old.is_valid(payload)
    fault = our_fault(action, encoded(payload))
    assert fault is not None
    assert fault.code == ErrorCode.TYPE_CONSTRAINT_VIOLATION
    assert our_fault(action, encoded(payload), strict=False) is None


#: What the schemas allow and we refuse, in both modes: a parser or a database would break on it.
REFUSED = {
    "an integer of 19 digits": b'{"connectorId": 1000000000000000000, "idTag": "A"%s}',
    "an integer of 5,000 digits": b'{"connectorId": ' + b"9" * 5000 + b', "idTag": "A"%s}',
    "a NUL": b'{"connectorId": 1, "idTag": "A\\u0000"%s}',
    "half of a surrogate pair": b'{"connectorId": 1, "idTag": "A\\ud83d"%s}',
    "a property twice": b'{"connectorId": 1, "idTag": "A", "idTag": "B"%s}',
}


@pytest.mark.parametrize("strict", [True, False], ids=["strict", "tolerant"])
@pytest.mark.parametrize("name", REFUSED)
def test_refused_although_the_schema_allows_it(
    schema_folder: Path, name: str, strict: bool
) -> None:
    raw = REFUSED[name] % b', "meterStart": 0, "timestamp": "2026-01-01T00:00:00Z"'
    # Python's own reader has a limit of digits as well; to the schema any number of them is one.
    payload = json.loads(raw, parse_int=lambda digits: int(digits[:20]))
    assert validator(schema_folder, "StartTransaction").is_valid(payload)
    fault = our_fault("StartTransaction", raw, strict=strict)
    assert fault is not None
    assert fault.code in (ErrorCode.FORMATION_VIOLATION, ErrorCode.PROPERTY_CONSTRAINT_VIOLATION)


@pytest.mark.parametrize("action", ACTIONS)
def test_the_tolerant_mode_never_fails_but_with_an_error_code(
    schema_folder: Path, action: str
) -> None:
    requests = validator(schema_folder, action)

    @EXAMPLES
    @given(payload=changed_payloads(requests.schema))
    def check(payload: dict[str, Any]) -> None:
        raw = encoded(payload)
        if our_fault(action, raw, strict=False) is None:
            result = reading.read(VERSION.calls[action].request, raw)
            assert requests.is_valid(payload) == (result.notes == []), result.notes

    check()
