"""A careful reading of JSON text, for what the fast path has turned down.

Deep nesting, endless digits, NaN, repeated keys, NUL and lone surrogates each break a parser or
one of the databases, so each is refused here, before anything else sees the value.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from django.conf import settings

from ocpp import limits_hit
from ocpp.protocol.errors import CallFault, ErrorCode

MAX_DIGITS = 18

# Possessive, and with or without its end: each character is looked at once, whatever is sent.
_STRINGS = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_BRACKETS = re.compile(r"[\[\]{}]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def _fault(description: str) -> CallFault:
    limits_hit.hit("message_shape")
    return CallFault(ErrorCode.FORMATION_VIOLATION, description)


def check_depth(text: str) -> None:
    """Raise CallFault when arrays and objects nest deeper than OCPP_JSON_DEPTH."""
    most = settings.OCPP_JSON_DEPTH
    if text.count("[") + text.count("{") <= most:
        return
    depth = 0
    for bracket in _BRACKETS.finditer(_STRINGS.sub("", text)):
        depth += 1 if bracket.group() in "[{" else -1
        if depth > most:
            raise _fault(f"arrays and objects nest deeper than {most}")


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > MAX_DIGITS:
        raise _fault(f"a whole number of {len(digits)} digits; at most {MAX_DIGITS} are read")
    return int(digits)


def _real(digits: str) -> float:
    if len(digits) > 64:
        raise _fault(f"a number of {len(digits)} characters")
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise _fault("a number too large to be held")
    return value


def _constant(word: str) -> Any:
    raise _fault(f"{word} is not a JSON value")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _fault(f"the property {key[:50]!a} stands twice")
            seen.add(key)
    return result


_DECODER = json.JSONDecoder(
    parse_int=_integer,
    parse_float=_real,
    parse_constant=_constant,
    object_pairs_hook=_object,
)


def check_characters(text: str) -> None:
    """Raise CallFault when `text` holds a NUL or half a surrogate pair."""
    if "\x00" in text or _SURROGATE.search(text):
        raise _fault("a NUL or half a surrogate pair in the text")


def parse(text: str) -> Any:
    """The value of JSON `text`. Raises CallFault (FormationViolation) with the reason."""
    check_characters(text)
    check_depth(text)
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise _fault(f"not JSON: {error.msg} at character {error.pos}") from None
    except RecursionError:
        raise _fault("nested too deeply") from None
    if "\\u" in text:
        for string in _strings(value):
            check_characters(string)
    return value


def _strings(value: Any) -> Iterator[str]:
    """Every string in a JSON value, keys too. Its depth is bounded by check_depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
