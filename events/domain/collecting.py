"""Finds out what has happened from the rows that charging stores, and writes it down as events.

Nothing is asked of charging itself, and nothing at all happens while nobody wants to know. Whoever
wants to know collects, any process, one at a time: the row of the collector is locked meanwhile, so
ids of events grow in the order of their commits, and one who has read up to an id misses nothing.

What comes with numbers (changes of status, security events, starts) is read from a number that is
`SETTLED_S` old, since a lower number may be committed later; what was told already is left out.
What is a state (running, connected, in review) is compared with the state before.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from events import metrics
from events.domain import describing, fanning
from events.models import Collector, Event, EventType, Webhook
from ocpp.choices import TransactionState
from ocpp.models import Charger, SecurityEvent, StatusChange, Transaction
from ocpp.models.status_change import OFFLINE, ONLINE

#: A number is settled when no transaction can be open any more that had a lower one (s).
SETTLED_S = 30
#: A connection that comes back sooner was not missed by anybody (s).
GAP_S = 10
#: Two looks are at least so far apart (s).
PAUSE_S = 0.8
#: Rows of one sort in one look; the next look goes on.
MOST = 5000

State = dict[str, Any]


def want(until: datetime) -> None:
    """Somebody listens until then."""
    Collector.objects.get_or_create(pk=1)
    later = Q(wanted_until=None) | Q(wanted_until__lt=until)
    Collector.objects.filter(later, pk=1).update(wanted_until=until)


def wanted() -> bool:
    """Whether anybody listens, or a webhook is to be told."""
    if Webhook.objects.filter(active=True).exists():
        return True
    return Collector.objects.filter(pk=1, wanted_until__gt=timezone.now()).exists()


def rest() -> None:
    """Nobody wants to know: what happens until somebody does is not collected."""
    if Collector.objects.filter(pk=1).exclude(state={}).exists():
        with transaction.atomic():
            row = Collector.objects.select_for_update().get(pk=1)
            if not wanted():
                row.state = {}
                row.save(update_fields=["state"])


def collect(*, at_once: bool = False) -> int:
    """Write down what has happened since the last look; returns how many events.

    Does nothing when another does so now, or has just done so (unless `at_once`).
    """
    if not Collector.objects.filter(pk=1).exists():
        Collector.objects.get_or_create(pk=1)
    now = timezone.now()
    if not at_once and _looked_just_now(Collector.objects.filter(pk=1), now):
        return 0
    with transaction.atomic():
        rows = Collector.objects.select_for_update(skip_locked=not at_once).filter(pk=1)
        row = rows.first()
        if row is None:
            return 0
        before = row.state
        row.state, found = _look(before, now) if before else (_begin(now), [])
        row.looked = now
        row.save(update_fields=["state", "looked"] if row.state != before else ["looked"])
        Event.objects.bulk_create(found, batch_size=500)
        fanning.fan_out(found)
    for one in found:
        metrics.collected[one.type] += 1
    return len(found)


def _looked_just_now(rows: QuerySet[Collector], now: datetime) -> bool:
    return rows.filter(looked__gt=now - timedelta(seconds=PAUSE_S), looked__lte=now).exists()


def _begin(now: datetime) -> State:
    """The state from which on changes are told."""
    return {
        "status": _from(StatusChange.objects, now),
        "security": _from(SecurityEvent.objects, now),
        "start": _from(Transaction.objects, now),
        "active": _active(),
        "review": _in_review(),
        "online": _online(now),
    }


def _from(rows: Any, now: datetime) -> State:
    newest = rows.aggregate(newest=Max("pk"))["newest"] or 0
    # What is there now is not told: the first numbers to be told are above it.
    return {"settled": newest, "pending": newest, "since": now.timestamp()}


def _look(state: State, now: datetime) -> tuple[State, list[Event]]:
    """The state now, and what has happened since `state`."""
    found: list[Event] = []
    after: State = dict(state)
    numbered: tuple[tuple[str, Any, str, Callable[..., Iterable[Event]]], ...] = (
        ("status", StatusChange.objects.exclude(status__in=[OFFLINE, ONLINE]),
         EventType.STATUS_CHANGED, describing.status),
        ("security", SecurityEvent.objects.all(), EventType.SECURITY_EVENT, describing.security),
        ("start", Transaction.objects.exclude(state=TransactionState.REFUSED),
         EventType.SESSION_STARTED, describing.started),
    )  # fmt: skip
    for name, rows, kind, describe in numbered:
        fresh, after[name] = _fresh(rows, kind, state[name], now)
        found += describe(fresh)
    found += _ended(state, after, found)
    after["review"] = _in_review()
    new = set(after["review"]) - set(state["review"])
    found += describing.review(_without_event(new, EventType.REVIEW_NEEDED), now)
    after["online"] = _online(now)
    was, is_now = set(state["online"]), set(after["online"])
    found += describing.presence(was - is_now, EventType.OFFLINE, now)
    found += describing.presence(is_now - was, EventType.ONLINE, now)
    return after, found


def _fresh(rows: QuerySet[Any], kind: str, cursor: State, now: datetime) -> tuple[list[Any], State]:
    """The rows that have not been told, and the cursor for the next look."""
    settled = cursor["settled"]
    beyond = rows.filter(pk__gt=settled)
    told = set(
        Event.objects.filter(type=kind, source_id__gt=settled).values_list("source_id", flat=True)
    )
    pks = list(beyond.order_by("pk").values_list("pk", flat=True))
    fresh = [pk for pk in pks if pk not in told][:MOST]
    after = cursor
    if now.timestamp() - cursor["since"] > SETTLED_S and len(fresh) < MOST:
        # What was the newest half a minute ago has nothing below it that is still to come.
        newest = max(cursor["pending"], pks[-1] if pks else 0)
        after = {"settled": cursor["pending"], "pending": newest, "since": now.timestamp()}
    chosen = rows.filter(pk__in=fresh).select_related("charger").order_by("pk")
    return list(chosen) if fresh else [], after


def _ended(state: State, after: State, found: list[Event]) -> list[Event]:
    """Sessions that ran at the last look or have begun since, and run no more."""
    after["active"] = _active()
    begun = {one.source_id for one in found if one.type == EventType.SESSION_STARTED}
    over = (set(state["active"]) | begun) - set(after["active"])
    return describing.ended(_without_event(over, EventType.SESSION_ENDED))


def _without_event(pks: Iterable[Any], kind: str) -> list[int]:
    """Those of which nothing of this kind was told."""
    wanted_pks = sorted(pk for pk in pks if pk is not None)[:MOST]
    if not wanted_pks:
        return []
    told = Event.objects.filter(type=kind, source_id__in=wanted_pks)
    known = set(told.values_list("source_id", flat=True))
    return [pk for pk in wanted_pks if pk not in known]


def _active() -> list[int]:
    rows = Transaction.objects.filter(state=TransactionState.ACTIVE).order_by()
    return sorted(rows.values_list("pk", flat=True))


def _in_review() -> list[int]:
    rows = Transaction.objects.filter(needs_review=True).order_by()
    return sorted(rows.values_list("pk", flat=True))


def _online(now: datetime) -> list[int]:
    """Connected, or away for less than the gap that nobody misses."""
    away = Q(disconnected_at__gt=now - timedelta(seconds=GAP_S))
    rows = Charger.objects.filter(~Q(owner="") | away).order_by()
    return sorted(rows.values_list("pk", flat=True))
