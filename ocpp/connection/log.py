"""The message log: a row for each call and its answer, and a line in the project's log."""

import json
import logging
from datetime import UTC, datetime
from functools import lru_cache

from ocpp.models import Message
from ocpp.writer.batch import Row, stamp
from ocpp.writer.tables import Insert
from ocpp.writer.tickets import after_batch

MESSAGES = Insert(
    Message,
    (
        "charger_id",
        "direction",
        "action",
        "message_id",
        "request",
        "answer",
        "error_code",
        "time",
        "answer_time",
    ),
)

IN = Message.Direction.IN.value
OUT = Message.Direction.OUT.value

#: Longer texts are cut in the log: they are no messages of the standard.
MAX_TEXT = 256 * 1024

_logger = logging.getLogger("ocpp.messages")


def row(
    charger_pk: int,
    direction: str,
    action: str,
    message_id: str,
    request: str,
    answer: str,
    error_code: str,
    asked: datetime,
    answered: str = "",
) -> Row:
    """The row of a call; frames as they went over the wire.

    `answered` as `stamp` gives it; now, unless said.
    """
    return (
        charger_pk,
        direction,
        action[:64],
        message_id[:64],
        storable(request),
        storable(answer),
        error_code,
        stamp(asked),
        (answered or stamp(datetime.now(UTC))) if answer else None,
    )


def storable(text: str) -> str:
    """A text that both databases take: without NUL and lone surrogates, and of bounded length."""
    if "\x00" in text or not (text.isascii() or _encodes(text)):
        text = text.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\u0000")
    return text[:MAX_TEXT]


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def line(charger_id: str, direction: str, request: str, answer: str) -> None:
    """One line for the log: a JSON object with both frames, which are JSON themselves.

    `request` and `answer` may be "": then there is none.
    """
    if _logger.isEnabledFor(logging.INFO):
        _logger.handle(_Lines([_object(charger_id, direction, request, answer)]))


def keep(charger_id: str, direction: str, request: str, answer: str) -> None:
    """The same, to be written with all others of its COMMIT. In the writer's thread only."""
    if _logger.isEnabledFor(logging.INFO):
        _kept.append(_object(charger_id, direction, request, answer))


def write() -> None:
    """Write the lines that were kept. In the writer's thread only."""
    global _kept
    if _kept:
        lines, _kept = _kept, []
        _logger.handle(_Lines(lines))


#: Lines of what was committed together.
_kept: list[str] = []
after_batch.append(write)


def _object(charger_id: str, direction: str, request: str, answer: str) -> str:
    return (
        f'{{"charger": {_quoted(charger_id)}, "direction": "{direction}", '
        f'"call": {request or "null"}, "answer": {answer or "null"}}}'
    )


@lru_cache(maxsize=20_000)
def _quoted(charger_id: str) -> str:
    return json.dumps(charger_id)


class _Lines(logging.LogRecord):
    """A record for many lines: `config.log_files` writes one for each of its `objects`."""

    def __init__(self, objects: list[str]) -> None:
        super().__init__(_logger.name, logging.INFO, __file__, 0, "", (), None)
        self.objects = objects

    def getMessage(self) -> str:  # noqa: N802  (its name there)
        """All of them, for handlers that know nothing of this."""
        return "\n".join(self.objects)
