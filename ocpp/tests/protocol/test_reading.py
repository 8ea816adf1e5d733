"""Reading payloads: the fast way, the careful way, and strictly."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpp.protocol.errors import CallFault, ErrorCode
from ocpp.protocol.reading import Reading, read
from ocpp.protocol.v16 import VERSION
from ocpp.protocol.v16.messages.core import Authorize, BootNotification, Heartbeat, MeterValues
from ocpp.tests.protocol.strategies import json_values, nasty_text

ACTIONS = sorted(VERSION.calls)


def test_what_is_as_the_standard_says_has_no_notes() -> None:
    raw = b' { "chargePointVendor" : "V" , "chargePointModel" : "M", "iccid": "1" } '
    found = read(BootNotification, raw)
    assert found.payload == BootNotification("V", "M", iccid="1")
    assert json.loads(found.json) == json.loads(raw)
    assert found.notes == []


def test_the_json_is_what_was_understood() -> None:
    found = read(Authorize, b'{"idTag": 1234, "vendor": {"x": [1]}}')
    assert found.payload == Authorize("1234")
    assert found.json == b'{"idTag":"1234"}'
    assert len(found.notes) == 2


# The fast decoder passes over all of these without a word.
UNSAID = [
    b'{"idTag":"A","x":1}',
    b'{"x":{"idTag":"B"},"idTag":"A"}',
    b'{"idTag" :"A","x":1}',
    b'{"idTag"\n:"A","x":1}',
    b'{"idTag":"A","x":"\\":"}',
    b'{"idTag":"A","":0}',
]


@pytest.mark.parametrize("raw", UNSAID)
def test_an_extra_property_is_noticed_however_it_is_written(raw: bytes) -> None:
    found = read(Authorize, raw)
    assert found.payload == Authorize("A")
    assert len(found.notes) == 1
    assert "unknown property" in found.notes[0].text
    with pytest.raises(CallFault, match="unknown property") as caught:
        read(Authorize, raw, strict=True)
    assert caught.value.code == ErrorCode.FORMATION_VIOLATION


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(
    "raw", [b'{"idTag":"A","idTag":"B"}', b'{"idTag" :"A","idTag":"A"}', b'{"x":{"a":1,"a":2}}']
)
def test_a_repeated_property_is_refused(raw: bytes, strict: bool) -> None:
    with pytest.raises(CallFault, match="stands twice") as caught:
        read(Authorize, raw, strict=strict)
    assert caught.value.code == ErrorCode.FORMATION_VIOLATION


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("tag", [rb"\u0000", rb"A\ud800", b"\xff", b"\x00"])
def test_a_text_that_no_database_takes_is_refused(tag: bytes, strict: bool) -> None:
    with pytest.raises(CallFault) as caught:
        read(Authorize, b'{"idTag":"' + tag + b'"}', strict=strict)
    assert caught.value.code == ErrorCode.FORMATION_VIOLATION


@pytest.mark.parametrize("strict", [True, False])
def test_escapes_in_a_good_payload_are_no_fault(strict: bool) -> None:
    found = read(Authorize, rb'{"idTag":"\u0041\ud83d\ude00\"\\"}', strict=strict)
    assert found == Reading(Authorize('A😀"\\'), found.json, [])
    assert json.loads(found.json) == {"idTag": 'A😀"\\'}


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{}", ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION),
        (b'{"idTag":5}', ErrorCode.TYPE_CONSTRAINT_VIOLATION),
        (b'{"idTag":null}', ErrorCode.TYPE_CONSTRAINT_VIOLATION),
        (b'{"idTag":"' + b"x" * 21 + b'"}', ErrorCode.PROPERTY_CONSTRAINT_VIOLATION),
        (b'{"idTag":"A","x":1}', ErrorCode.FORMATION_VIOLATION),
        (b'["idTag"]', ErrorCode.FORMATION_VIOLATION),
        (b"[]", ErrorCode.FORMATION_VIOLATION),
        (b"null", ErrorCode.FORMATION_VIOLATION),
        (b"", ErrorCode.FORMATION_VIOLATION),
    ],
)
def test_strict_mode_names_the_rule_that_was_broken(raw: bytes, code: ErrorCode) -> None:
    with pytest.raises(CallFault) as caught:
        read(Authorize, raw, strict=True)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b'{"connectorId":1,"meterValue":[5]}', ErrorCode.TYPE_CONSTRAINT_VIOLATION),
        (b'{"connectorId":1,"meterValue":[]}', ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION),
        (
            b'{"connectorId":1,"meterValue":[{"timestamp":"t","sampledValue":'
            b'[{"value":"1","unit":"furlong"}]}]}',
            ErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
        ),
    ],
)
def test_strict_mode_looks_inside(raw: bytes, code: ErrorCode) -> None:
    with pytest.raises(CallFault) as caught:
        read(MeterValues, raw, strict=True)
    assert caught.value.code == code


@pytest.mark.parametrize("digits", [19, 30, 5000])
@pytest.mark.parametrize("strict", [True, False])
def test_a_whole_number_of_more_than_18_digits_is_refused(digits: int, strict: bool) -> None:
    raw = b'{"connectorId":' + b"9" * digits + b',"meterValue":[]}'
    with pytest.raises(CallFault):
        read(MeterValues, raw, strict=strict)


def test_a_raw_of_a_frame_is_read_like_its_bytes() -> None:
    assert read(Heartbeat, msgspec.Raw(b"{}")) == read(Heartbeat, b"{}")


def outcome(action: str, raw: bytes, *, strict: bool) -> Reading[Any] | CallFault:
    """What a payload is read as; any other exception ends the test."""
    try:
        return read(VERSION.calls[action].request, raw, strict=strict)
    except CallFault as fault:
        return fault


def check(action: str, raw: bytes) -> None:
    """Whatever comes is understood, or refused; and what strict mode takes is taken as it is."""
    strictly = outcome(action, raw, strict=True)
    leniently = outcome(action, raw, strict=False)
    if isinstance(strictly, Reading):
        assert leniently == strictly
        assert strictly.notes == []
    if isinstance(leniently, Reading):
        # It can be written, and reads as itself: what was understood is within the standard.
        again = outcome(action, leniently.json, strict=False)
        assert isinstance(again, Reading)
        assert again.payload == leniently.payload


@pytest.mark.parametrize("action", ACTIONS)
def test_no_payload_raises_anything_but_a_fault(action: str) -> None:
    kind = VERSION.calls[action].request
    names = [field.encode_name for field in msgspec.structs.fields(kind)] or ["x"]

    @given(
        st.dictionaries(st.sampled_from(names) | st.text(max_size=3), json_values(), max_size=6)
        | json_values()
    )
    def any_json(value: Any) -> None:
        check(action, json.dumps(value).encode())

    @given(nasty_text())
    def any_text(text: str) -> None:
        check(action, text.encode("utf-8", "surrogatepass"))

    any_json()
    any_text()


@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "timestamp": json_values() | st.just("2026-01-01T00:00:00Z"),
                "sampledValue": st.lists(
                    st.fixed_dictionaries(
                        {},
                        optional={
                            name: json_values()
                            for name in ("value", "unit", "measurand", "phase", "format", "odd")
                        },
                    )
                    | json_values(),
                    max_size=3,
                )
                | json_values(),
            },
        ),
        max_size=3,
    )
)
def test_no_meter_values_raise_anything_but_a_fault(moments: list[Any]) -> None:
    check("MeterValues", json.dumps({"connectorId": 1, "meterValue": moments}).encode())
