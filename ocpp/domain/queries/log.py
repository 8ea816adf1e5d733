"""The message log of a charger, newest first, page by page, without secrets; and as a file."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from ocpp.domain.redaction import redact_text, written
from ocpp.models import Charger, Message

PAGE_SIZE = 50
#: Characters of a frame that a page shows. Firmware lists and the like are longer; nobody reads
#: them in a table, and fifty of them would be a page of megabytes.
MAX_SHOWN = 20_000
#: How many of its newest messages are searched for a text: no index helps there.
SEARCHED = 20_000
#: Messages in a file at most, and how many are read at once.
MOST_EXPORTED, AT_ONCE = 100_000, 500
#: How many messages are looked through for the actions to choose from.
ACTIONS_FROM = 1000


@dataclass(frozen=True)
class Filters:
    """Which messages; "" and False mean any."""

    action: str = ""
    direction: str = ""
    errors: bool = False
    #: Text in the request, the answer or the message id; secrets are not found.
    text: str = ""


@dataclass(frozen=True)
class Entry:
    """A message as people read it."""

    message: Message
    request: str
    answer: str
    #: From the call to its answer (ms); None while there is none.
    latency_ms: int | None
    #: The call has no answer, and none is to be expected any more.
    unanswered: bool

    @property
    def failed(self) -> bool:
        """Whether staff should look at it."""
        return bool(self.message.error_code) or self.unanswered


@dataclass(frozen=True)
class Page:
    """Some messages, and the ids from which the pages beside begin (None: there is none)."""

    entries: list[Entry]
    older: int | None
    newer: int | None


def page(
    charger: Charger,
    filters: Filters,
    *,
    before: int | None = None,
    after: int | None = None,
    size: int = PAGE_SIZE,
) -> Page:
    """The newest messages, or those just older than the id `before`, or just newer than `after`.

    A log grows without end, so nothing is counted: the pages are cut at ids.
    """
    now = timezone.now()
    chosen = _chosen(charger, filters, now)
    if after is not None:
        found = list(chosen.filter(pk__gt=after).order_by("pk")[: size + 1])
        more_newer, more_older = len(found) > size, True
        found = found[:size][::-1]
    else:
        if before is not None:
            chosen = chosen.filter(pk__lt=before)
        found = list(chosen.order_by("-pk")[: size + 1])
        more_newer, more_older = before is not None, len(found) > size
        found = found[:size]
    return Page(
        entries=[entry for entry in (_entry(one, now) for one in found) if _has(entry, filters)],
        older=found[-1].pk if found and more_older else None,
        newer=found[0].pk if found and more_newer else None,
    )


def actions(charger: Charger) -> list[str]:
    """The actions among the charger's newest messages, in alphabetical order."""
    newest = Message.objects.filter(charger=charger).order_by("-pk")
    return sorted(set(newest.values_list("action", flat=True)[:ACTIONS_FROM]) - {""})


def pretty(text: str) -> str:
    """JSON text without secrets, indented; text that is not JSON as it is. Cut when too long."""
    text = redact_text(text)
    if len(text) > MAX_SHOWN:
        return f"{text[:MAX_SHOWN]}\n… ({len(text)})"
    with suppress(ValueError, RecursionError):  # what is not JSON is shown as it came
        return written(json.loads(text), indent=2)
    return text


def export(charger: Charger, filters: Filters) -> Iterator[str]:
    """The newest messages as lines of JSON, the oldest of them first, in pieces of many lines."""
    now = timezone.now()
    chosen = _chosen(charger, filters, now)
    newest = chosen.order_by("-pk").values_list("pk", flat=True)
    last = newest.first()
    begin = newest[MOST_EXPORTED - 1 : MOST_EXPORTED].first() or 0
    while last is not None:
        rows = chosen.filter(pk__gte=begin, pk__lte=last).order_by("pk")[:AT_ONCE]
        found = list(rows)
        if not found:
            return
        begin = found[-1].pk + 1
        entries = (entry for one in found if _has(entry := _entry(one, now), filters))
        if piece := "".join(_line(entry) for entry in entries):
            yield piece


def _line(entry: Entry) -> str:
    message = entry.message
    told = {
        "time": message.time.isoformat(),
        "answered": message.answer_time.isoformat() if message.answer_time else None,
        "latency_ms": entry.latency_ms,
        "direction": message.direction,
        "action": message.action,
        "message_id": message.message_id,
        "error_code": message.error_code,
    }
    request, answer = redact_text(message.request), redact_text(message.answer)
    try:
        line = json.dumps({**told, "request": _value(request), "answer": _value(answer)})
    except RecursionError:
        line = json.dumps({**told, "request": request, "answer": answer})
    return line + "\n"


def _value(text: str) -> object:
    """The JSON that a text is; the text itself where it is none, as with `NaN` in it."""
    try:
        return json.loads(text, parse_constant=_no_number) if text else None
    except (ValueError, RecursionError):
        return text


def _no_number(word: str) -> object:
    raise ValueError(word)


def _has(entry: Entry, filters: Filters) -> bool:
    """Whether the searched text is in what may be shown: a secret that was found is not."""
    if not filters.text:
        return True
    message = entry.message
    told = (message.message_id, redact_text(message.request), redact_text(message.answer))
    return any(filters.text.casefold() in one.casefold() for one in told)


def _chosen(charger: Charger, filters: Filters, now: datetime) -> QuerySet[Message]:
    messages = Message.objects.filter(charger=charger)
    if filters.action:
        messages = messages.filter(action=filters.action)
    if filters.direction:
        messages = messages.filter(direction=filters.direction)
    if filters.errors:
        overdue = Q(answer_time=None, time__lt=now - _patience())
        messages = messages.filter(~Q(error_code="") | overdue)
    if filters.text:
        newest = Message.objects.filter(charger=charger).order_by("-pk")
        oldest = newest.values_list("pk", flat=True)[SEARCHED : SEARCHED + 1].first()
        if oldest is not None:
            messages = messages.filter(pk__gt=oldest)
        within = Q(message_id__icontains=filters.text)
        within |= Q(request__icontains=filters.text) | Q(answer__icontains=filters.text)
        messages = messages.filter(within)
    return messages


def _patience() -> timedelta:
    return timedelta(seconds=settings.OCPP_CALL_TIMEOUT_S)


def _entry(message: Message, now: datetime) -> Entry:
    latency_ms = None
    if message.answer_time is not None:
        latency_ms = round((message.answer_time - message.time) / timedelta(milliseconds=1))
    return Entry(
        message=message,
        request=pretty(message.request),
        answer=pretty(message.answer),
        latency_ms=latency_ms,
        unanswered=message.answer_time is None and message.time < now - _patience(),
    )
