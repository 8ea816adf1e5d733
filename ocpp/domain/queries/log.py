"""The message log of a charger, newest first, page by page, without secrets."""

import json
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
#: How many messages are looked through for the actions to choose from.
ACTIONS_FROM = 1000


@dataclass(frozen=True)
class Filters:
    """Which messages; "" and False mean any."""

    action: str = ""
    direction: str = ""
    errors: bool = False


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
        entries=[_entry(message, now) for message in found],
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


def _chosen(charger: Charger, filters: Filters, now: datetime) -> QuerySet[Message]:
    messages = Message.objects.filter(charger=charger)
    if filters.action:
        messages = messages.filter(action=filters.action)
    if filters.direction:
        messages = messages.filter(direction=filters.direction)
    if filters.errors:
        overdue = Q(answer_time=None, time__lt=now - _patience())
        messages = messages.filter(~Q(error_code="") | overdue)
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
