"""The careful reader of JSON: what it refuses breaks other parsers, or one of the databases."""

import json
from typing import Any

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from ocpp.protocol import jsontext
from ocpp.protocol.errors import CallFault, ErrorCode
from ocpp.tests.protocol.strategies import json_values, nasty_text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": [1, -2.5, true, null, "x"]}', {"a": [1, -2.5, True, None, "x"]}),
        ("[" * 10 + "]" * 10, [[[[[[[[[[]]]]]]]]]]),
        ('"[[[[[[[[[[[[[[["', "[[[[[[[[[[[[[[["),
        (r'"\"[[[[[[\"[[[[[[[["', '"[[[[[["[[[[[[[['),
        (r'{"a\\": "{{{{{{{{{{{{{"}', {"a\\": "{{{{{{{{{{{{{"}),
        ("9" * 18, 10**18 - 1),
        ("-" + "9" * 18, 1 - 10**18),
        (r'"\ud83d\ude00"', "😀"),
        ("1e300", 1e300),
        ("1e-999", 0.0),
    ],
)
def test_read(text: str, value: Any) -> None:
    assert jsontext.parse(text) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[1,]", "not JSON"),
        ("{'a': 1}", "not JSON"),
        ("1 2", "not JSON"),
        ("[" * 11 + "]" * 11, "deeper than 10"),
        ('{"a":' * 11 + "1" + "}" * 11, "deeper than 10"),
        ("1" + "0" * 18, "19 digits"),
        ("9" * 5000, "5000 digits"),
        ("0." + "1" * 100, "a number of 102 characters"),
        ("1e999", "too large"),
        ("-1e999", "too large"),
        ("NaN", "NaN is not"),
        ("[Infinity]", "Infinity is not"),
        ("-Infinity", "-Infinity is not"),
        ('{"a":1,"b":2,"a":3}', "'a' stands twice"),
        ('"\x00"', "NUL"),
        (r'"\u0000"', "NUL"),
        (r'{"\u0000":1}', "NUL"),
        (r'[["\ud800"]]', "surrogate"),
        ('"\ud800"', "surrogate"),
    ],
)
def test_refused(text: str, reason: str) -> None:
    with pytest.raises(CallFault, match=reason) as caught:
        jsontext.parse(text)
    assert caught.value.code == ErrorCode.FORMATION_VIOLATION


@given(nasty_text() | json_values().map(json.dumps))
def test_whatever_is_read_can_be_stored(text: str) -> None:
    value = outcome(text)
    if isinstance(value, CallFault):
        assert value.code == ErrorCode.FORMATION_VIOLATION
    else:
        written = json.dumps(value, ensure_ascii=False, allow_nan=False)
        assert "\x00" not in written
        assert written.encode()


def outcome(text: str) -> Any:
    """The value, or the CallFault with which it was refused."""
    try:
        return jsontext.parse(text)
    except CallFault as fault:
        return fault


@given(st.integers(1, 30), st.sampled_from(["[", '{"a":']))
def test_the_depth_is_that_of_brackets(depth: int, opening: str) -> None:
    closing = "]" if opening == "[" else "}"
    text = opening * depth + "1" + closing * depth
    assert isinstance(outcome(text), CallFault) == (depth > settings.OCPP_JSON_DEPTH)
