"""What was odd is recorded beside the charger's facts, never instead of them."""

import json
import re
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from ocpp import metrics
from ocpp.choices import AnomalyKind
from ocpp.domain.oddities import Odd
from ocpp.domain.station import Station
from ocpp.models import Anomaly
from ocpp.writer.batch import stamp
from ocpp.writer.tables import Insert

ANOMALIES = Insert(
    Anomaly,
    (
        "charger_id",
        "transaction_id",
        "kind",
        "code",
        "values",
        "action",
        "message_id",
        "detail",
        "time",
    ),
)

#: Different oddities noted in one connection; a charger that invents endlessly is not followed.
MAX_NOTED = 200

#: How often at most an oddity outside of messages is recorded again, and how many are remembered.
RARELY = timedelta(hours=1)
MAX_RARELY = 50_000
_rarely: dict[tuple[int, str], datetime] = {}

_NUMBERS = re.compile(r"\d+")


def note(station: Station, odd: Odd, *, transaction_id: int | None = None) -> None:
    """Record an oddity of the message that is being handled."""
    row = (
        station.pk,
        transaction_id,
        odd.kind.value,
        odd.code.value,
        json.dumps(odd.values),
        station.action[:64],
        station.message_id[:64],
        odd.text[:4000],
        stamp(station.now),
    )
    station.batch.insert(ANOMALIES, row)
    _count(odd.kind)


def note_once(station: Station, odd: Odd) -> None:
    """Record an oddity unless its like was recorded in this connection: numbers do not count."""
    key = f"{station.action}:{odd.code}:{_NUMBERS.sub('#', odd.text[:300])}"
    if key in station.noted or len(station.noted) >= MAX_NOTED:
        return
    station.noted.add(key)
    note(station, odd)


def record_rarely(charger_pk: int, odd: Odd, now: datetime, *, about: str) -> None:
    """Record an oddity outside of a message, unless one `about` the same was within the hour.

    Whoever repeats it without end fills no table. This process remembers, not the database.
    """
    key = (charger_pk, about)
    last = _rarely.get(key)
    if last is not None and abs(now - last) < RARELY:
        return
    if len(_rarely) >= MAX_RARELY:
        for old in [one for one, then in _rarely.items() if abs(now - then) >= RARELY]:
            del _rarely[old]
        if len(_rarely) >= MAX_RARELY:
            return
    _rarely[key] = now
    record(charger_pk, odd, now)


def record(
    charger_pk: int,
    odd: Odd,
    now: datetime,
    *,
    transaction_id: int | None = None,
) -> None:
    """Record an oddity outside of a message, through the ORM."""
    Anomaly.objects.create(
        charger_id=charger_pk,
        transaction_id=transaction_id,
        kind=odd.kind,
        code=odd.code,
        values=odd.values,
        detail=odd.text[:4000],
        time=now,
    )
    _count(odd.kind)


def _count(kind: AnomalyKind) -> None:
    """Count what is stored: a message that is rolled back notes its oddities once more."""
    transaction.on_commit(partial(metrics.count, metrics.anomalies, kind.value))
