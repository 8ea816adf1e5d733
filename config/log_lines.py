"""How a log record becomes one line: a JSON object, with nothing in it that can act on a reader."""

import logging
import re
from collections.abc import Iterable
from datetime import datetime

import msgspec

# What could end a line, move a terminal's cursor or show text in another order than it has:
# control (Cc), format (Cf) and line-separating characters, and lone surrogates.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000110bd\U000110cd"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)


def escaped(text: str) -> str:
    r"""`text` in one line that shows what it holds: unsafe characters as `\uXXXX`, as in JSON."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code > 0xFFFF:
        high, low = divmod(code - 0x10000, 0x400)
        return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
    return f"\\u{code:04x}"


class _Line(msgspec.Struct, omit_defaults=True):
    time: str
    level: str
    logger: str
    message: str | msgspec.Raw
    error: str = ""


class _FullLine(msgspec.Struct, omit_defaults=True):
    time: str
    level: str
    app: str
    logger: str
    message: str
    charger: str = ""
    error: str = msgspec.field(default="", name="exception")


_encode = msgspec.json.Encoder().encode
_object = msgspec.json.Decoder(msgspec.Raw)
_traceback = logging.Formatter().formatException
# What no line may hold as it is, of what ASCII has.
_CONTROL = bytes(range(0x20)) + b"\x7f"
# The second that was formatted last, and its two halves around the milliseconds.
_second: tuple[int, str, str] = (0, "", "")


def render(record: logging.LogRecord) -> bytes:
    """The line of `record`, with its end. A message that is a JSON object stays an object."""
    return _rendered(record, record.getMessage())


def _rendered(record: logging.LogRecord, message: str) -> bytes:
    line = _Line(_time(record.created), record.levelname, record.name, message, _error(record))
    if message[:1] == "{" and message[-1:] == "}" and message.isprintable():
        try:
            line.message = _object.decode(message)
        except (msgspec.DecodeError, UnicodeEncodeError):
            line.message = message
    return _safe(line, message)


def render_objects(record: logging.LogRecord, objects: Iterable[str]) -> list[bytes]:
    """A line for each of `objects`, texts of JSON objects, with what `record` says beside them.

    The same as `render` makes of a record for each of them, for a fraction of the time.
    """
    whole = _encode(_Line(_time(record.created), record.levelname, record.name, ""))
    before = whole.removesuffix(b'""}')
    lines = []
    for text in objects:
        data = text.encode() if text.isascii() else b"\n"
        if len(data.translate(None, _CONTROL)) == len(data):
            lines.append(before + data + b"}\n")
        else:
            lines.append(_rendered(record, text))
    return lines


def render_full(record: logging.LogRecord, app: str, charger: str) -> bytes:
    """The same for who collects logs: with the app and the charger, and the message always text."""
    message = record.getMessage()
    level, logger = record.levelname, record.name
    line = _FullLine(
        _time(record.created), level, app, logger, message, charger, error=_error(record)
    )
    return _safe(line, message)


def _error(record: logging.LogRecord) -> str:
    error = _traceback(record.exc_info) if record.exc_info else ""
    return f"{error}\n{record.stack_info}".lstrip("\n") if record.stack_info else error


def _safe(line: _Line | _FullLine, message: str) -> bytes:
    """`line` encoded, with nothing in it that can act on a reader, and with its end."""
    try:
        data = _encode(line)
    except UnicodeEncodeError:  # a lone surrogate
        line.message, line.error = escaped(message), escaped(line.error)
        line.logger = escaped(line.logger)
        if isinstance(line, _FullLine):
            line.charger = escaped(line.charger)
        data = _encode(line)
    if not data.isascii() or b"\x7f" in data:
        data = _UNSAFE.sub(_escape, data.decode()).encode()
    return data + b"\n"


def note(created: float, level: str, logger: str, message: str) -> bytes:
    """A line that comes from no record."""
    return _encode(_Line(_time(created), level, logger, message)) + b"\n"


def _time(created: float) -> str:
    """`created` in local time with its offset; only the milliseconds are new in a second."""
    global _second  # a cache: a thread that reads the old tuple formats the second again
    second = int(created)
    known, before, after = _second
    if known != second:
        text = datetime.fromtimestamp(second).astimezone().isoformat()
        before, after = text[:19], text[19:]
        _second = (second, before, after)
    return f"{before}.{int((created - second) * 1000):03d}{after}"
