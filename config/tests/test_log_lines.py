"""One record, one line, and nothing in it that can act on a reader."""

import json
import logging
import sys
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.log_lines import escaped, render, render_full, render_objects

DANGEROUS_CATEGORIES = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def record(message: str, *args: Any, name: str = "ocpp.session", exc: Any = None) -> Any:
    return logging.LogRecord(name, logging.INFO, __file__, 1, message, args, exc)


def test_says_when_how_grave_who_and_what() -> None:
    line = json.loads(render(record("charger %s connected", "CP1")))
    assert line["level"] == "INFO"
    assert line["logger"] == "ocpp.session"
    assert line["message"] == "charger CP1 connected"
    assert line["time"][10] == "T"
    assert line["time"][19] == "."


def test_time_is_local_with_milliseconds_and_offset(settings: Any) -> None:
    entry = record("x")
    entry.created = 1_763_700_000.25  # 2025-11-21 04:40:00.250 UTC
    assert settings.TIME_ZONE == "America/Monterrey"
    assert json.loads(render(entry))["time"] == "2025-11-20T22:40:00.250-06:00"


def test_a_message_that_is_a_json_object_stays_one() -> None:
    line = json.loads(
        render(record('{"charger": %s, "call": %s}', '"CP1"', '[2,"1","Heartbeat",{}]'))
    )
    assert line["message"] == {"charger": "CP1", "call": [2, "1", "Heartbeat", {}]}


@pytest.mark.parametrize("text", ['{"a": nonsense}', '{"a": 1}\n{"b": 2}', '{"a":"\x07"}', "{}}"])
def test_a_message_that_only_looks_like_json_is_text(text: str) -> None:
    assert json.loads(render(record("%s", text)))["message"] == text


@given(
    st.lists(
        st.builds(
            lambda value, raw: json.dumps({"call": value}, ensure_ascii=raw),
            st.text() | st.integers() | st.lists(st.text()),
            st.booleans(),
        )
        | st.sampled_from(['{"a":\t1}', '{"a": 1}\n{"b": 2}', '{"a":"\x7f"}', '{"a":"\x07"}'])
    )
)
def test_many_objects_give_the_lines_of_as_many_records(objects: list[str]) -> None:
    entry = record("")
    lines = render_objects(entry, objects)
    each = []
    for text in objects:
        single = record("%s", text)
        single.created = entry.created
        each.append(render(single))
    # Everything is the same but for white space between the parts of an object.
    assert [json.loads(line) for line in lines] == [json.loads(line) for line in each]
    for line in lines:
        assert line.count(b"\n") == 1
        text = line.decode().rstrip("\n")
        assert escaped(text) == text


def test_a_traceback_is_in_the_same_line() -> None:
    try:
        raise ValueError("broken\nin two")
    except ValueError:
        data = render(record("failed", exc=sys.exc_info()))
    assert data.count(b"\n") == 1
    assert "ValueError: broken\nin two" in json.loads(data)["error"]


def test_spanish_is_readable_in_the_file() -> None:
    assert "Estación añadida" in render(record("Estación añadida")).decode()


@pytest.mark.parametrize(
    "text", ["\u202etxt.exe", "a\u2028b", "\x1b[2J", "\x7f", "\ud800", "\U000e0041"]
)
def test_characters_that_act_on_a_reader_are_escaped(text: str) -> None:
    data = render(record("%s", text))
    assert not any(unicodedata.category(c) in DANGEROUS_CATEGORIES for c in data.decode()[:-1])


@given(st.text(alphabet=st.characters(), max_size=60))
def test_any_text_gives_one_safe_line_of_json(text: str) -> None:
    data = render(record("%s", text, name=text[:9]))
    line = data.decode()
    assert line.endswith("\n")
    assert not any(unicodedata.category(c) in DANGEROUS_CATEGORIES for c in line[:-1])
    message = json.loads(line)["message"]
    if isinstance(message, str) and not any("\ud800" <= c <= "\udfff" for c in text):
        assert message == text


def test_the_console_shows_escapes_instead_of_characters() -> None:
    assert escaped("a\x1b[31m\nb") == "a\\u001b[31m\\u000ab"
    assert escaped("\U000e0041") == "\\udb40\\udc41"
    assert escaped("¿Qué?") == "¿Qué?"


def test_a_full_line_names_the_app_and_the_charger() -> None:
    try:
        raise ValueError("broken\nin two")
    except ValueError:
        entry = record('{"a": %d}', 1, exc=sys.exc_info())
    data = render_full(entry, "ocpp", "CP\u202e1")
    assert data.count(b"\n") == 1
    line = json.loads(data)
    assert list(line) == ["time", "level", "app", "logger", "message", "charger", "exception"]
    assert (line["app"], line["charger"], line["message"]) == ("ocpp", "CP\u202e1", '{"a": 1}')
    assert "ValueError: broken\nin two" in line["exception"]
    assert b"\\u202e" in data


def test_a_full_line_has_no_more_than_is_known() -> None:
    line = json.loads(render_full(record("x"), "website", ""))
    assert list(line) == ["time", "level", "app", "logger", "message"]


@given(st.text(alphabet=st.characters(), max_size=60))
def test_any_text_gives_one_safe_full_line(text: str) -> None:
    line = render_full(record("%s", text, name=text[:9]), "ocpp", text).decode()
    assert line.endswith("\n")
    assert not any(unicodedata.category(c) in DANGEROUS_CATEGORIES for c in line[:-1])
    json.loads(line)
