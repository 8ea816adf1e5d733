"""The message log: a row that every database takes, and a line that is one JSON object."""

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpp.connection import log
from ocpp.tests.connection.wire import connected
from ocpp.tests.factories import NOON


@given(st.text(st.characters()))
def test_any_text_becomes_one_that_both_databases_take(text: str) -> None:
    stored = log.storable(text)
    assert "\x00" not in stored
    assert stored.encode().decode() == stored
    if "\x00" not in text and not any("\ud800" <= c <= "\udfff" for c in text):
        assert stored == text


def test_what_was_taken_out_can_be_seen() -> None:
    assert log.storable("a\x00b\ud800c") == "a\\u0000b\\ud800c"


def test_a_text_is_bounded() -> None:
    assert len(log.storable("x" * (log.MAX_TEXT + 1))) == log.MAX_TEXT


def test_a_call_without_an_answer_was_not_answered() -> None:
    assert log.row(1, log.IN, "A", "m", "[]", "", "", NOON)[-1] is None
    assert log.row(1, log.IN, "A", "m", "[]", "[3]", "", NOON)[-1] is not None


@pytest.mark.parametrize(
    ("request_", "answer"), [('[2,"a","Heartbeat",{}]', '[3,"a",{}]'), ("", ""), ("[5]", "")]
)
def test_a_line_is_one_json_object(
    caplog: pytest.LogCaptureFixture, request_: str, answer: str
) -> None:
    with caplog.at_level(logging.INFO, logger="ocpp.messages"):
        log.line('C"P\n1', log.IN, request_, answer)
    (record,) = caplog.records
    assert json.loads(record.getMessage()) == {
        "charger": 'C"P\n1',
        "direction": "in",
        "call": json.loads(request_ or "null"),
        "answer": json.loads(answer or "null"),
    }


def test_lines_that_are_kept_are_written_together(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="ocpp.messages"):
        log.keep("CP1", log.IN, "[1]", "")
        log.keep("CP2", log.IN, "[2]", "")
        assert not caplog.records
        log.write()
        log.write()
    (record,) = caplog.records
    assert [json.loads(line)["call"] for line in record.getMessage().split("\n")] == [[1], [2]]


async def test_messages_and_frames_that_are_none_go_to_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO, logger="ocpp.messages"):
        async with connected() as wire:
            wire.put('no frame\n"')
            await wire.call("Heartbeat", "a")
    said = [r.getMessage() for r in caplog.records if r.name == "ocpp.messages"]
    lines = [json.loads(line) for text in said for line in text.split("\n")]
    assert [line["call"] for line in lines] == ['no frame\n"', [2, "a", "Heartbeat", {}]]
    assert [line["charger"] for line in lines] == ["CP1", "CP1"]
    assert lines[1]["answer"][:2] == [3, "a"]
