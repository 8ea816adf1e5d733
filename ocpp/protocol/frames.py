"""Frames of OCPP-J 1.6 (section 4.2): CALL, CALLRESULT and CALLERROR.

They are the same in every later version that speaks JSON over WebSockets.
"""

import json
import re

from msgspec import DecodeError, Raw, Struct, ValidationError
from msgspec.json import Decoder, Encoder

from ocpp.protocol import jsontext
from ocpp.protocol.errors import CallFault, ErrorCode
from ocpp.protocol.payload import Payload


class Call(Struct, tag=2, array_like=True, gc=False):
    """`[2, message id, action, payload]`."""

    message_id: str
    action: str
    payload: Raw


class CallResult(Struct, tag=3, array_like=True, gc=False):
    """`[3, message id, payload]`."""

    message_id: str
    payload: Raw


class CallError(Struct, tag=4, array_like=True, gc=False):
    """`[4, message id, error code, description, details]`."""

    message_id: str
    code: str
    description: str = ""
    details: Raw = Raw(b"{}")


Frame = Call | CallResult | CallError

#: The standard says 36 characters; longer ones are met and do no harm.
MAX_MESSAGE_ID = 64

_decoder: Decoder[Frame] = Decoder(Frame)
_encoder = Encoder()
_CALL_START = re.compile(
    r'\s*\[\s*2\s*,\s*("(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9A-Fa-f]{4}){1,64}")'
)
_NO_DETAILS = Raw(b"{}")


class UnreadableFrame(Exception):
    """A frame that is no CALL, CALLRESULT or CALLERROR.

    `message_id` is the id of the CALL it was meant to be, or None when it cannot be told.
    """

    def __init__(self, reason: str, message_id: str | None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.message_id = message_id


def read(text: str) -> Frame:
    """The frame in `text`. Raises UnreadableFrame with the reason."""
    try:
        frame = _decoder.decode(text)
    except (ValidationError, DecodeError, RecursionError, UnicodeEncodeError):
        raise _unreadable(text) from None
    if not 0 < len(frame.message_id) <= MAX_MESSAGE_ID or not frame.message_id.isprintable():
        _check_message_id(frame.message_id)
    if type(frame) is Call and not frame.action.isprintable():
        _check_text(frame.action, frame.message_id)
    return frame


def _check_message_id(message_id: str) -> None:
    """Raise UnreadableFrame when the message id cannot be stored or repeated."""
    size = len(message_id)
    if not 0 < size <= MAX_MESSAGE_ID:
        raise UnreadableFrame(f"a message id of {size} characters", None)
    _check_text(message_id, None)


def _check_text(text: str, message_id: str | None) -> None:
    """Raise UnreadableFrame, with `message_id`, when `text` cannot be stored."""
    try:
        jsontext.check_characters(text)
    except CallFault as fault:
        raise UnreadableFrame(fault.description, message_id) from None


def _unreadable(text: str) -> UnreadableFrame:
    message_id = _message_id_of(text)
    try:
        value = jsontext.parse(text)
    except CallFault as fault:
        return UnreadableFrame(fault.description, message_id)
    if not isinstance(value, list):
        return UnreadableFrame(f"a JSON {type(value).__name__} instead of an array", None)
    if not value or value[0] not in (2, 3, 4):
        kind = repr(value[0])[:20] if value else "nothing"
        return UnreadableFrame(f"message type {kind} instead of 2, 3 or 4", None)
    return UnreadableFrame("the elements of the array are not those of its type", message_id)


def _message_id_of(text: str) -> str | None:
    """The id of the call that `text` begins to be, whatever comes after it."""
    match = _CALL_START.match(text[:512])
    if match is None:
        return None
    message_id: str = json.loads(match.group(1))
    try:
        _check_message_id(message_id)
    except UnreadableFrame:
        return None
    return message_id


def call(message_id: str, action: str, payload: Payload) -> str:
    """Text of a CALL."""
    return _encoder.encode((2, message_id, action, payload)).decode()


def result(message_id: str, payload: Payload) -> str:
    """Text of a CALLRESULT."""
    return _encoder.encode((3, message_id, payload)).decode()


def error(message_id: str, code: ErrorCode, description: str = "") -> str:
    """Text of a CALLERROR."""
    return _encoder.encode((4, message_id, code.value, description, _NO_DETAILS)).decode()
