"""What listeners are told: events that are stored, and messages as they are logged."""

import json
from collections.abc import Collection
from typing import Any, NamedTuple

from django.db.models import Max, Min

from events.domain import describing
from events.models import Event, EventType
from ocpp.domain.redaction import redact_text
from ocpp.models import Message

#: Sorts that are not stored as events: any message, and those with meter values.
MESSAGE, METER = "message", "meter.values"
LIVE_ONLY = (MESSAGE, METER)
ALL_TYPES = (*EventType.values, *LIVE_ONLY)

#: What each sort needs beside `ocpp.view_charger`.
PERMISSIONS = {
    EventType.SESSION_STARTED: "ocpp.view_transaction",
    EventType.SESSION_ENDED: "ocpp.view_transaction",
    EventType.REVIEW_NEEDED: "ocpp.view_transaction",
    EventType.SECURITY_EVENT: "ocpp.view_securityevent",
    MESSAGE: "ocpp.view_message",
    METER: "ocpp.view_meterreading",
}

#: Events in one look, and messages.
MOST, MOST_MESSAGES = 2000, 1000

Told = dict[str, Any]


class Messages(NamedTuple):
    """How far messages were read: the newest at the last two looks, and what was told since."""

    before: int
    newest: int
    told: frozenset[int]


def newest_id() -> int:
    """The id of the newest event; 0 for none."""
    return Event.objects.aggregate(newest=Max("pk"))["newest"] or 0


def oldest_id() -> int:
    """The id of the oldest event that is kept; 0 for none."""
    return Event.objects.aggregate(oldest=Min("pk"))["oldest"] or 0


def after(
    event_id: int,
    *,
    types: Collection[str] | None = None,
    chargers: Collection[str] | None = None,
    limit: int = MOST,
) -> list[Told]:
    """Events after that one, oldest first, `limit` at most; None: of all types, all chargers."""
    rows = Event.objects.filter(pk__gt=event_id)
    if types is not None:
        rows = rows.filter(type__in=types)
    if chargers is not None:
        rows = rows.filter(cid__in=chargers)
    return [describing.told(row) for row in rows.order_by("pk")[:limit]]


def newest_message() -> Messages:
    """From where messages are told to somebody who begins to listen."""
    newest = Message.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return Messages(newest, newest, frozenset())


def messages(last: Messages) -> tuple[list[Told], Messages, bool]:
    """Messages that were not told, oldest first; how far that is; whether some were left out.

    From two looks back, since a message with a lower number may have been committed later.
    """
    rows = Message.objects.filter(pk__gt=last.before).exclude(pk__in=last.told)
    found = list(rows.select_related("charger").order_by("-pk")[: MOST_MESSAGES + 1])
    more = len(found) > MOST_MESSAGES
    found = found[:MOST_MESSAGES][::-1]
    newest = max([last.newest, *(row.pk for row in found)])
    told = {row.pk for row in found} | {pk for pk in last.told if pk > last.newest}
    return (
        [_message(row) for row in found],
        Messages(last.newest, newest, frozenset(pk for pk in told if pk > last.newest)),
        more,
    )


def _message(row: Message) -> Told:
    request = _value(row.request)
    return {
        "id": None,
        "type": METER if row.action == "MeterValues" else MESSAGE,
        "charger": row.charger.charger_id,
        "time": describing.iso(row.time),
        "data": {
            "direction": row.direction,
            "action": row.action,
            "message_id": row.message_id,
            "request": request,
            "answer": _value(row.answer),
            "error_code": row.error_code,
        },
    }


def _value(text: str) -> Any:
    """Logged JSON without secrets; what is no JSON as text."""
    clean = redact_text(text)
    try:
        return json.loads(clean) if clean else None
    except (ValueError, RecursionError):
        return clean
