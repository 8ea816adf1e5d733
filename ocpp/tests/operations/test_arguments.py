"""The rules of arguments: what they take, and how they say what is wrong."""

from typing import Any

import pytest

from ocpp.domain.errors import Invalid
from ocpp.operations.arguments import ListOf, Number, OneOf, Rule, Text

KEYS = ListOf(Text(3), max_items=2)


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        (Text(3), "abc"),
        (Text(3, min_length=0), ""),
        (Text(3), "ñ€\U0001f50c"),
        (Number(), -(2**31)),
        (Number(1), 2**31 - 1),
        (OneOf("Soft", "Hard"), "Hard"),
        (KEYS, ["a", "b"]),
        (KEYS, []),
    ],
)
def test_what_keeps_the_rule_is_taken(rule: Rule, value: Any) -> None:
    assert rule.check("field", value) == value


@pytest.mark.parametrize(
    ("rule", "value", "sentence"),
    [
        (Text(3), "abcd", "field: has 4 characters; 1 to 3 are allowed."),
        (Text(3), "", "field: has 0 characters; 1 to 3 are allowed."),
        (Text(3), 5, "field: must be text."),
        (Text(3), "a\x00", "field: holds a character that is not allowed."),
        (Text(3), "\ud83d", "field: holds a character that is not allowed."),
        (Number(1), 0, "field: must be a whole number from 1 to 2147483647."),
        (Number(), 2**31, "field: must be a whole number from -2147483648 to 2147483647."),
        (Number(), 10**400, "field: must be a whole number from -2147483648 to 2147483647."),
        (Number(), True, "field: must be a whole number."),
        (Number(), 1.0, "field: must be a whole number."),
        (Number(), "1", "field: must be a whole number."),
        (OneOf("Soft", "Hard"), "soft", "field: must be one of: Soft, Hard."),
        (OneOf("Soft", "Hard"), ["Soft"], "field: must be one of: Soft, Hard."),
        (KEYS, "ab", "field: must be a list."),
        (KEYS, ["a", "b", "c"], "field: has 3 entries; at most 2 are allowed."),
        (KEYS, ["a", "long"], "field[1]: has 4 characters; 1 to 3 are allowed."),
    ],
)
def test_what_breaks_the_rule_is_named(rule: Rule, value: Any, sentence: str) -> None:
    with pytest.raises(Invalid) as caught:
        rule.check("field", value)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("rule", "text", "value"),
    [
        (Text(3), "7", "7"),
        (Number(1), "7", 7),
        (OneOf("Soft"), "Soft", "Soft"),
        (KEYS, "a, b", ["a", "b"]),
        (KEYS, "", []),
    ],
)
def test_values_on_a_command_line(rule: Rule, text: str, value: Any) -> None:
    assert rule.from_text("field", text) == value


def test_a_number_on_a_command_line_must_be_one() -> None:
    with pytest.raises(Invalid, match="field: must be a whole number"):
        Number().from_text("field", "one")
