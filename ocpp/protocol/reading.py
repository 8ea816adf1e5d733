"""From the JSON of a payload to the Struct of its message.

The fast way is one typed decoding, right for nearly every message. What the standard's schema
does not allow goes through `lenient`, which keeps what can be understood and notes the rest; in
strict mode it is refused with the error code that names the rule that was broken.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from msgspec import DecodeError, ValidationError
from msgspec.json import Decoder, Encoder

from ocpp.domain.oddities import Odd
from ocpp.protocol import jsontext, lenient
from ocpp.protocol.errors import CallFault, ErrorCode, classify
from ocpp.protocol.payload import Payload

P = TypeVar("P", bound=Payload)
_encoder = Encoder()


class Reading(NamedTuple, Generic[P]):
    """A payload that was read: the Struct, its JSON as understood, and what was odd."""

    payload: P
    json: bytes
    notes: list[Odd]


_NO_NOTES: list[Odd] = []


@cache
def _decode(kind: type[P]) -> Callable[[bytes], P]:
    return Decoder(kind).decode


def read(kind: type[P], raw: bytes | msgspec.Raw, *, strict: bool = False) -> Reading[P]:
    """Read the payload `raw` as `kind`.

    In strict mode exactly what the standard's schema allows is accepted. Raises CallFault.
    """
    data = bytes(raw)
    try:
        payload = _decode(kind)(data)
    except (ValidationError, DecodeError, RecursionError, UnicodeDecodeError):
        return _read_slowly(kind, data, strict)
    text = _encoder.encode(payload)
    # Unknown and repeated properties, and null for absent, are skipped by the decoder without a
    # word. Each makes the number of quotes differ from what was understood. A NUL would pass.
    if text.count(b'"') != data.count(b'"') or b"\\u" in data:
        return _read_slowly(kind, data, strict)
    return Reading(payload, text, _NO_NOTES)


def _read_slowly(kind: type[P], data: bytes, strict: bool) -> Reading[P]:
    try:
        value = jsontext.parse(data.decode())
    except UnicodeDecodeError:
        raise CallFault(ErrorCode.FORMATION_VIOLATION, "not UTF-8") from None
    if strict:
        payload = _convert_strictly(kind, value)
        return Reading(payload, _encoder.encode(payload), _NO_NOTES)
    payload, notes = lenient.build(kind, value)
    return Reading(payload, _encoder.encode(payload), notes)


def _convert_strictly(kind: type[P], value: Any) -> P:
    lenient.refuse_extras(kind, value)
    try:
        return msgspec.convert(value, kind, strict=True)
    except ValidationError as error:
        raise CallFault(classify(str(error)), str(error)) from None
