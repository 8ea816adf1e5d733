"""The evidence about a transaction, in the order of time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from ocpp.choices import RepairKind
from ocpp.domain import running
from ocpp.domain.queries import anomalies, log
from ocpp.domain.queries.since import first_id
from ocpp.domain.redaction import redact_text
from ocpp.models import Anomaly, Message, Repair, Transaction

#: How much is told of what went on before it began and after it ended.
BEFORE, AFTER = timedelta(minutes=10), timedelta(minutes=30)
#: What is told of it at most: of each sort.
MOST = 200
#: Messages that come all the time and tell nothing of their own; readings are drawn instead.
_MANY = ("MeterValues", "Heartbeat")
_LONGEST = 400


class Sort(Enum):
    """What sort of evidence it is."""

    FACT = "fact"
    MESSAGE = "message"
    ANOMALY = "anomaly"
    REPAIR = "repair"


@dataclass(frozen=True, slots=True)
class Entry:
    """One piece of evidence: when, what, and the words or values of it."""

    time: datetime
    sort: Sort
    title: str
    detail: str = ""


def of(found: Transaction, now: datetime) -> list[Entry]:
    """The evidence about a transaction, oldest first, in a bounded number of queries."""
    entries = [*_facts(found), *_messages(found, now), *_anomalies(found), *_repairs(found)]
    return sorted(entries, key=lambda entry: entry.time)


def _facts(found: Transaction) -> list[Entry]:
    words = _("Start at %(meter)s Wh with the tag %(tag)s: answered %(answer)s")
    told = {"meter": found.meter_start, "tag": found.id_tag, "answer": found.authorization}
    sent = _("as sent: %(time)s; received %(received)s")
    start = sent % {"time": found.start_raw, "received": _moment(found.start_received)}
    entries = [Entry(found.start_time, Sort.FACT, words % told, start)]
    if found.stop_received is not None and found.stop_time is not None:
        words = _("Stop at %(meter)s Wh: %(reason)s")
        told = {"meter": found.meter_stop, "reason": found.reason}
        stop = sent % {"time": found.stop_raw, "received": _moment(found.stop_received)}
        entries.append(Entry(found.stop_time, Sort.FACT, words % told, stop))
    elif found.stop_time is not None:
        entries.append(Entry(found.stop_time, Sort.FACT, _("Closed without a stop")))
    registers = running.timed_registers(found)
    if registers:
        for (time, register), words in (
            (registers[0], _("First reading: %(meter)s Wh")),
            (registers[-1], _("Last of %(count)d readings: %(meter)s Wh")),
        ):
            told = {"meter": register.wh, "count": len(registers)}
            entries.append(Entry(time, Sort.FACT, words % told))
    return entries


def _messages(found: Transaction, now: datetime) -> list[Entry]:
    """What its charger and the node said to each other meanwhile, but for meter values."""
    mine = Message.objects.filter(charger=found.charger_id)
    end = found.stop_received or found.stop_time or now
    first = first_id(mine, found.start_received - BEFORE)
    last = first_id(mine, end + AFTER)
    rows = mine.filter(id__gte=first, id__lt=last).exclude(action__in=_MANY).order_by("id")
    directions = {Message.Direction.IN: "→", Message.Direction.OUT: "←"}
    return [
        Entry(
            row.time,
            Sort.MESSAGE,
            f"{directions.get(Message.Direction(row.direction), '')} {row.action}",
            _short(row.request) + (f"\n{_short(row.answer)}" if row.answer else ""),
        )
        for row in rows[:MOST]
    ]


def _anomalies(found: Transaction) -> list[Entry]:
    rows = Anomaly.objects.filter(transaction=found).order_by("pk")[:MOST]
    return [
        Entry(
            row.time,
            Sort.ANOMALY,
            str(row.get_kind_display()),
            f"{anomalies.told(row)}\n{anomalies.done_about(row)}",
        )
        for row in rows
    ]


def _repairs(found: Transaction) -> list[Entry]:
    rows = Repair.objects.filter(transaction=found).order_by("pk")[:MOST]
    return [Entry(row.time, Sort.REPAIR, repair_words(row), row.reason) for row in rows]


def repair_words(row: Repair) -> str:
    """What a repair did, and who did it."""
    words = str(row.get_kind_display())
    if row.kind in (RepairKind.ENERGY, RepairKind.ATTACH, RepairKind.CLOSE) and row.after:
        words += f": {_kwh(row.before)} → {_kwh(row.after)}"
    return f"{words} ({row.author_name or '–'})"


def _kwh(facts: dict[str, int]) -> str:
    return f"{facts.get('energy_wh', 0) / 1000:.3f} kWh"


def _short(frame: str) -> str:
    """A frame on one line, without secrets."""
    text = redact_text(frame[: log.MAX_SHOWN])
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _moment(time: datetime) -> str:
    return f"{localtime(time):%Y-%m-%d %H:%M:%S %Z}"
