"""Frames of OCPP-J: every malformed kind is named, and no text whatsoever breaks the reader."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpp.protocol import frames, jsontext
from ocpp.protocol.errors import CallFault, ErrorCode
from ocpp.protocol.frames import Call, CallError, CallResult, Frame, UnreadableFrame
from ocpp.protocol.v16.messages.core import AuthorizeResponse, Heartbeat, HeartbeatResponse
from ocpp.protocol.v16.messages.types import IdTagInfo
from ocpp.tests.protocol.strategies import json_values, nasty_text


def test_a_call_is_read() -> None:
    frame = frames.read('[2, "19223201", "BootNotification", {"chargePointVendor": "V"}]')
    assert isinstance(frame, Call)
    assert (frame.message_id, frame.action) == ("19223201", "BootNotification")
    assert json.loads(bytes(frame.payload)) == {"chargePointVendor": "V"}


def test_a_result_is_read() -> None:
    frame = frames.read('[3,"a",{"status":"Accepted"}]')
    assert isinstance(frame, CallResult)
    assert (frame.message_id, bytes(frame.payload)) == ("a", b'{"status":"Accepted"}')


@pytest.mark.parametrize("text", ['[4,"a","GenericError"]', '[4,"a","GenericError","",{}]'])
def test_an_error_is_read_with_or_without_its_last_parts(text: str) -> None:
    frame = frames.read(text)
    assert isinstance(frame, CallError)
    assert (frame.message_id, frame.code, frame.description) == ("a", "GenericError", "")


def test_blanks_and_further_elements_do_no_harm() -> None:
    frame = frames.read(' [ 2 , "a" , "Heartbeat" , { } , "later version" ] \n')
    assert isinstance(frame, Call)
    assert frame.action == "Heartbeat"


@pytest.mark.parametrize(
    ("text", "reason", "message_id"),
    [
        ("", "not JSON", None),
        ("hello", "not JSON", None),
        ("[", "not JSON", None),
        ("{}", "a JSON dict instead of an array", None),
        ('"text"', "a JSON str instead of an array", None),
        ("7", "a JSON int instead of an array", None),
        ("null", "a JSON NoneType instead of an array", None),
        ("[]", "message type nothing", None),
        ('[7,"a","Heartbeat",{}]', "message type 7", None),
        ('["2","a","Heartbeat",{}]', "message type '2'", None),
        ('[[2],"a","Heartbeat",{}]', "message type [2]", None),
        ('[null,"a","Heartbeat",{}]', "message type None", None),
        ("[2]", "elements", None),
        ('[2,"a"]', "elements", "a"),
        ('[2,"a","Heartbeat"]', "elements", "a"),
        ('[2,"a",5,{}]', "elements", "a"),
        ('[2,5,"Heartbeat",{}]', "elements", None),
        ('[2,null,"Heartbeat",{}]', "elements", None),
        ('[2.5,"a","Heartbeat",{}]', "message type 2.5", None),
        ('[3,"a"]', "elements", None),
        ('[4,"a"]', "elements", None),
        ('[2,"","Heartbeat",{}]', "a message id of 0 characters", None),
        (f'[2,"{"x" * 65}","Heartbeat",{{}}]', "a message id of 65 characters", None),
        # The id may be written with escapes.
        ('[2,"\\"\\\\\\u0041","Heartbeat"]', "elements", '"\\A'),
        ('[2,"a\\u0000","Heartbeat"]', "a NUL", None),
        ('[2,"a","\\u0000",{}]', "a NUL", "a"),
        # An invalid value such as a missing one: the call is still answered (lb#2032).
        ('[2,"a","StopTransaction",{"transactionId":,"meterStop":1}]', "not JSON", "a"),
        ('[2,"a","Heartbeat",{}', "not JSON", "a"),
        ('[2,"a","Heartbeat",{"x":NaN}]', "NaN is not a JSON value", "a"),
        ('[2,"a","Heartbeat",{"x":-Infinity}]', "-Infinity is not a JSON value", "a"),
        ('[2,"a","Heartbeat",{"x":\x00}]', "a NUL", "a"),
        ('[2,"a","Heartbeat",{"x":"\\ud800"}]', "half a surrogate pair", "a"),
        ('[2,"\ud800","Heartbeat",{}', "half a surrogate pair", None),
        ('[2,"a","Heartbeat",' + "[" * 100_000 + "]" * 100_000 + "]", "nest deeper", "a"),
        ('[2,"a","Heartbeat",' + '{"x":' * 100_000, "nest deeper", "a"),
    ],
)
def test_malformed(text: str, reason: str, message_id: str | None) -> None:
    with pytest.raises(UnreadableFrame, match="^.*" + reason.replace("[", r"\[")) as caught:
        frames.read(text)
    assert caught.value.message_id == message_id


@pytest.mark.parametrize("character", ["\\u0000", "\\ud800", "\\udfff\\ud800"])
@pytest.mark.parametrize("blanks", ["", " " * 2000])
def test_a_message_id_or_action_that_no_database_takes(character: str, blanks: str) -> None:
    for text in (
        f'[2,{blanks}"x{character}","Heartbeat",{{}}]',
        f'[2,{blanks}"x","Heart{character}beat",{{}}]',
        f'[3,{blanks}"x{character}",{{}}]',
        f'[4,{blanks}"x{character}","GenericError"]',
    ):
        with pytest.raises(UnreadableFrame) as caught:
            frames.read(text)
        assert caught.value.message_id is None or caught.value.message_id == "x"


def test_a_message_id_of_64_characters_is_read() -> None:
    """The standard says 36; an id that is longer is met in the field and can be repeated."""
    assert frames.read(f'[2,"{"é" * 64}","Heartbeat",{{}}]').message_id == "é" * 64


def tried(text: str) -> Frame | UnreadableFrame:
    """What a text is read as. Any other exception ends the test."""
    try:
        return frames.read(text)
    except UnreadableFrame as unreadable:
        return unreadable


@given(nasty_text())
def test_any_text_is_a_frame_or_unreadable(text: str) -> None:
    found = tried(text)
    if not isinstance(found, UnreadableFrame):
        assert 0 < len(found.message_id) <= frames.MAX_MESSAGE_ID
        jsontext.check_characters(found.message_id)
        return
    assert found.reason
    if found.message_id is not None:
        # Its answer can be written, and is a CALLERROR with that very id.
        answer = frames.error(found.message_id, ErrorCode.FORMATION_VIOLATION, found.reason)
        assert json.loads(answer)[:3] == [4, found.message_id, "FormationViolation"]


@given(json_values())
def test_any_json_is_a_frame_or_unreadable(value: Any) -> None:
    as_frame = tried(json.dumps(value))
    assert isinstance(as_frame, UnreadableFrame)
    as_payload = tried(json.dumps([2, "id", "Heartbeat", value]))
    assert as_payload.message_id == "id"


@pytest.mark.parametrize(
    "text",
    [
        "[" * 11 + '\\"' * 100_000,
        "[" * 11 + '"' * 200_001,
        "[" * 11 + "\\" * 200_000 + '"',
        '[2,"a","Heartbeat",' + '["\\' * 60_000,
        '[2,"a","Heartbeat",' + "9" * 250_000 + "]",
        '[2,"a","Heartbeat",{' + ",".join(f'"k{n}":{n}' for n in range(20_000)) + ",}]",
        '[2,"' + "a" * 250_000,
        "[" + " " * 250_000,
    ],
)
def test_no_text_of_the_largest_size_takes_long(text: str) -> None:
    """The event loop reads frames: what takes seconds here stops every other charge point."""
    began = time.thread_time()
    frame = tried(text)
    if isinstance(frame, Call):
        with pytest.raises(CallFault):
            jsontext.parse(bytes(frame.payload).decode())
    assert time.thread_time() - began < 1


def test_frames_are_written_as_the_standard_spells_them() -> None:
    assert frames.call("a", "Heartbeat", Heartbeat()) == '[2,"a","Heartbeat",{}]'
    accepted = AuthorizeResponse(idTagInfo=IdTagInfo(status="Accepted"))
    assert frames.result("a", accepted) == '[3,"a",{"idTagInfo":{"status":"Accepted"}}]'
    assert (
        frames.error("a", ErrorCode.NOT_IMPLEMENTED, 'no "x"')
        == r'[4,"a","NotImplemented","no \"x\"",{}]'
    )


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=64))
def test_a_message_id_comes_back_as_it_was(message_id: str) -> None:
    frame = frames.read(json.dumps([2, message_id, "Heartbeat", {}]))
    assert frame.message_id == message_id
    answer = frames.result(message_id, HeartbeatResponse(currentTime="t"))
    assert json.loads(answer)[1] == message_id
