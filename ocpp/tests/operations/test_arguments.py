"""The rules of arguments: what they take, and how they say what is wrong."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from ocpp.domain.errors import Invalid
from ocpp.operations.arguments import ListOf, Moment, Number, OneOf, Rule, Text, Url

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
KEYS = ListOf(Text(3), max_items=2)
LINK = Url(("http", "ftp"), max_length=30)
NO_LINK = "field: must be a URL with a host that begins with one of: http://, ftp://."
NO_CHARACTER = "field: holds a character that no URL has; write it in its %-encoded form."
NO_YEAR = "field: must be a time between the years 2000 and 2100."
NO_TIME = "field: must be a time with its zone, such as 2026-01-31T12:00:00Z."


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
        (LINK, "http://a"),
        (LINK, "ftp://u:p@[::1]:21/d/?q#f"),
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
        (LINK, 5, "field: must be text."),
        (LINK, "", "field: has 0 characters; 1 to 30 are allowed."),
        (LINK, "http://" + "a" * 24, "field: has 31 characters; 1 to 30 are allowed."),
        (LINK, "https://a/", NO_LINK),
        (LINK, "HTTP://a/", NO_LINK),
        (LINK, "http:a", NO_LINK),
        (LINK, "http://", NO_LINK),
        (LINK, "http://:80/", NO_LINK),
        (LINK, "http://a:99999/", NO_LINK),
        (LINK, "http://[::1/", NO_LINK),
        (LINK, "//a/b", NO_LINK),
        (LINK, "http://a/ b", NO_CHARACTER),
        (LINK, "http://a/\n", NO_CHARACTER),
        (LINK, "http://ñ/", NO_CHARACTER),
        (Moment(), 5, NO_TIME),
        (Moment(), "", NO_TIME),
        (Moment(), "tomorrow", NO_TIME),
        (Moment(), "2026-05-01", NO_TIME),
        (Moment(), "2026-05-01T12:00:00", NO_TIME),
        (Moment(), "0001-01-01T00:00:00+01:00", NO_YEAR),
        (Moment(), "1999-12-31T23:59:59Z", NO_YEAR),
        (Moment(), datetime(2026, 5, 1), NO_TIME),  # noqa: DTZ001  (that is what is tried)
    ],
)
def test_what_breaks_the_rule_is_named(rule: Rule, value: Any, sentence: str) -> None:
    with pytest.raises(Invalid) as caught:
        rule.check("field", value)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    "given",
    [
        "2026-05-01T12:00:00.999999Z",
        "2026-05-01T06:00:00-06:00",
        datetime(2026, 5, 1, 14, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_times_become_one_form(given: Any) -> None:
    assert Moment().check("field", given) == NOON


@pytest.mark.parametrize(
    ("rule", "text", "value"),
    [
        (Text(3), "7", "7"),
        (Number(1), "7", 7),
        (OneOf("Soft"), "Soft", "Soft"),
        (KEYS, "a, b", ["a", "b"]),
        (KEYS, "", []),
        (LINK, "http://a/?b=c", "http://a/?b=c"),
        (Moment(), "2026-05-01T12:00Z", NOON),
    ],
)
def test_values_on_a_command_line(rule: Rule, text: str, value: Any) -> None:
    assert rule.from_text("field", text) == value


def test_a_number_on_a_command_line_must_be_one() -> None:
    with pytest.raises(Invalid, match="field: must be a whole number"):
        Number().from_text("field", "one")
