"""Readings made into quarter-hours, a bounded amount at a time.

Two things make a session be done (again): readings that came since the last time, and an end or
another energy (`TO_BE_ROLLED_UP`). It is reckoned from what is stored, and only what differs is
written, so that doing it twice changes nothing and a late reading changes the quarter-hours around
it. Nothing is locked while it reckons; what is written is written in short transactions, between
which the charge points' messages have their turn.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from django.db import connection, transaction
from django.db.models import F, Max, Min, Q, QuerySet

from ocpp.domain import quarters
from ocpp.domain.quarters import Figures
from ocpp.models import MeterReading, QuarterHour, RollUp, Transaction
from ocpp.models.transaction import TO_BE_ROLLED_UP

#: What one call does at most: the ids of readings that it looks at, and ended sessions.
MOST_READINGS = 100_000
MOST_SESSIONS = 500
#: Rows that one COMMIT changes, or a few more.
_WRITE_EACH = 500
#: One process at a time; it gives up its turn after this at the latest.
_LEASE = timedelta(minutes=5)
#: How long to wait for those who are writing readings at this moment (s).
_WAIT_S = 2.0


@dataclass(frozen=True)
class RolledUp:
    """What a call has done, and whether there is more to do."""

    readings: int = 0
    sessions: int = 0
    quarters: int = 0
    more: bool = False
    #: Somebody else is at it: nothing was done.
    busy: bool = False


def roll_up(
    now: datetime, *, most_readings: int = MOST_READINGS, most_sessions: int = MOST_SESSIONS
) -> RolledUp:
    """Do the next readings, and the next sessions that have ended."""
    state = _claim(now)
    if state is None:
        return RolledUp(busy=True)
    try:
        return _Turn(state).take(most_readings, most_sessions)
    finally:
        RollUp.objects.filter(pk=state.pk, leased_until=state.leased_until).update(
            leased_until=None
        )


def state_of() -> RollUp:
    """How far it has come."""
    state, _ = RollUp.objects.get_or_create(pk=1)
    return state


def may_be_pruned(until: datetime, now: datetime) -> bool:
    """Take note that readings of before a time may be removed from now on.

    False while somebody is at it, who does not know of that yet.
    """
    state = _claim(now)
    if state is None:
        return False
    newest = until if state.pruned_until is None else max(until, state.pruned_until)
    RollUp.objects.filter(pk=state.pk).update(pruned_until=newest, leased_until=None)
    return True


def left() -> tuple[int, int]:
    """About how many readings, and how many sessions that have ended, are to be done."""
    reached = max(state_of().reading, (_edge(Min) or 1) - 1)
    sessions = Transaction.objects.filter(TO_BE_ROLLED_UP).count()
    return max(0, (_edge(Max) or 0) - reached), sessions


def _claim(now: datetime) -> RollUp | None:
    state = state_of()
    until = now + _LEASE
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    if not RollUp.objects.filter(free, pk=state.pk).update(leased_until=until):
        return None
    state.refresh_from_db()
    return state


@dataclass
class _Changes:
    """What differs from what is stored, written when it has become much."""

    new: list[QuarterHour] = field(default_factory=list)
    changed: list[QuarterHour] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    done: list[Transaction] = field(default_factory=list)
    written: int = 0

    def compare(
        self, kept: QuarterHour | None, wanted: Figures | None, place: QuarterHour | None = None
    ) -> None:
        """Note what is to be done about one quarter-hour; `place` is a new row for it."""
        if wanted is None:
            if kept is not None:
                self.gone.append(kept.pk)
            return
        row = kept or place
        assert row is not None  # noqa: S101  (there is one of the two)
        values = (wanted.energy_wh, wanted.power_max_w, wanted.power_mean_w, wanted.samples)
        if kept and (row.energy_wh, row.power_max_w, row.power_mean_w, row.samples) == values:
            return
        row.energy_wh, row.power_max_w, row.power_mean_w, row.samples = values
        (self.changed if kept else self.new).append(row)

    def write(self, at_least: int = 1) -> None:
        """Write all of it, when it is as much as that."""
        rows = len(self.new) + len(self.changed) + len(self.gone)
        if rows + len(self.done) < at_least:
            return
        with transaction.atomic():
            QuarterHour.objects.filter(pk__in=self.gone).delete()
            QuarterHour.objects.bulk_create(self.new)
            QuarterHour.objects.bulk_update(
                self.changed, ["energy_wh", "power_max_w", "power_mean_w", "samples"], 200
            )
            for found in self.done:
                # Not where it has become another in between: then it is due again.
                Transaction.objects.filter(
                    pk=found.pk, energy_wh=found.energy_wh, stop_time=found.stop_time
                ).update(rolled_wh=F("energy_wh"))
        self.new, self.changed, self.gone, self.done = [], [], [], []
        self.written += rows


class _Turn:
    """One call: what it reads, and what it changes."""

    def __init__(self, state: RollUp) -> None:
        self._state = state
        self._changes = _Changes()
        self._sessions = 0

    def take(self, most_readings: int, most_sessions: int) -> RolledUp:
        """Do it; how far it has come is written last, so what is cut off is done again."""
        reached = self._state.reading
        horizon = _horizon(reached)
        new = MeterReading.objects.filter(pk__gt=reached, pk__lte=horizon).order_by()
        first = new.aggregate(first=Min("id"))["first"] or horizon
        until = min(horizon, first - 1 + most_readings)
        rows = new.filter(pk__lte=until)
        count = rows.count()
        if count:
            self._do_sessions(rows)
            self._do_outside(rows)
        # One of them may end just now: what it has so far is to be seen then.
        self._changes.write()
        # Those that have ended come last, with all of their readings: each is done once.
        due: list[Transaction] = []
        if until == horizon:
            due = list(Transaction.objects.filter(TO_BE_ROLLED_UP).order_by("pk")[:most_sessions])
            self._do(due)
        self._changes.write()
        RollUp.objects.filter(pk=self._state.pk, reading__lt=until).update(reading=until)
        more = until < horizon or len(due) == most_sessions
        return RolledUp(count, self._sessions, self._changes.written, more)

    def _do_sessions(self, rows: QuerySet[MeterReading]) -> None:
        """Those of the readings, but for those that are due because they have ended."""
        mine = rows.filter(transaction__isnull=False)
        numbers = sorted(mine.values_list("transaction_id", flat=True).distinct())
        for some in _chunks(numbers):
            self._do(Transaction.objects.filter(pk__in=some).exclude(TO_BE_ROLLED_UP))

    def _do(self, sessions: Iterable[Transaction]) -> None:
        for found in sessions:
            kept = {row.start: row for row in QuarterHour.objects.filter(transaction=found.pk)}
            wanted = quarters.of_session(found, kept, self._state.pruned_until)
            for start in sorted(kept.keys() | wanted.keys()):
                place = QuarterHour(
                    charger_id=found.charger_id,
                    connector_id=found.connector_id,
                    start=start,
                    transaction_id=found.pk,
                )
                self._changes.compare(kept.get(start), wanted.get(start), place)
            if found.stop_time is not None:
                self._changes.done.append(found)
            self._sessions += 1
            self._changes.write(_WRITE_EACH)

    def _do_outside(self, rows: QuerySet[MeterReading]) -> None:
        """The quarter-hours for which power was told outside of sessions."""
        powers = rows.filter(transaction=None, measurand=quarters.POWER)
        told = powers.values_list("charger_id", "timestamp").distinct()
        for charger, start in sorted({(one, quarters.begin(moment)) for one, moment in told}):
            there = QuarterHour.objects.filter(charger=charger, start=start, transaction=None)
            kept = {row.connector_id: row for row in there}
            pruned = self._state.pruned_until
            if kept and pruned is not None and start < pruned:
                continue  # of what it was made from, nothing may be left
            wanted = quarters.outside_sessions(charger, start)
            for connector in sorted(kept.keys() | wanted.keys()):
                place = QuarterHour(charger_id=charger, connector_id=connector, start=start)
                self._changes.compare(kept.get(connector), wanted.get(connector), place)
            self._changes.write(_WRITE_EACH)


def _edge(of: type[Min] | type[Max]) -> int | None:
    """The lowest or the highest id of a reading."""
    found: int | None = MeterReading.objects.aggregate(edge=of("id"))["edge"]
    return found


def _chunks(numbers: list[int], size: int = 500) -> Iterator[list[int]]:
    rest = iter(numbers)
    while some := list(islice(rest, size)):
        yield some


def _horizon(reached: int) -> int:
    """An id up to which all readings that will ever be there are there; `reached` for none newer.

    SQLite has one writer. On PostgreSQL several may be at it, and the one that took the lower ids
    may commit last: those who are writing when we look are waited for.
    """
    newest = _edge(Max) or 0
    if connection.vendor != "postgresql" or newest <= reached:
        return max(newest, reached)
    writing, end = _writing(), time.monotonic() + _WAIT_S
    while writing:
        if time.monotonic() > end:
            return reached
        time.sleep(0.005)
        writing &= _writing()
    return newest


def _writing() -> set[str]:
    """The transactions of others that are adding readings now: each holds a lock of the table.

    The view tells of all databases of the cluster, and a copy of ours has the same numbers.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT virtualtransaction FROM pg_locks WHERE relation = %s::regclass "
            "AND mode = 'RowExclusiveLock' AND granted AND pid <> pg_backend_pid() "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [MeterReading._meta.db_table],
        )
        return {name for (name,) in cursor.fetchall()}
