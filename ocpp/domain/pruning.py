"""What is old is removed: meter readings, messages, and changes of status.

On PostgreSQL whole months are dropped. What else is old (all of it on SQLite; on PostgreSQL what no
month's partition had taken) is deleted in small batches with pauses between them, so that the
writer is never held up. Readings stay as long as somebody may ask for them: those of sessions that
run, await a review, or have no cost or no quarter-hours yet, and those that are not rolled up.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from ocpp.choices import TransactionState
from ocpp.domain import partitions, roll_up
from ocpp.domain.partitions import Partition, Table
from ocpp.domain.queries.since import first_id
from ocpp.domain.tariffs import costs
from ocpp.models import Charger, Message, MeterReading, StatusChange, Transaction
from ocpp.models.transaction import TO_BE_ROLLED_UP

#: Rows that one COMMIT deletes.
BATCH = 1000
#: How long the others have the database for themselves after that (s).
PAUSE_S = 0.05
#: How often a partition is tried that somebody is reading for long.
_TRIES = 3

#: Told how far it has come: so much of so much.
Tell = Callable[[int, int], None]


@dataclass
class Pruned:
    """What was removed, or would be: rows that were deleted one by one, and whole partitions."""

    readings: int = 0
    messages: int = 0
    status_changes: int = 0
    partitions: tuple[str, ...] = ()
    #: About how many rows were in those.
    dropped: int = 0
    #: Partitions that are old and stay for now: of use to somebody, or not rolled up yet.
    left: tuple[str, ...] = ()
    #: Readings were left alone: somebody is rolling them up at this moment.
    busy: bool = False


def prune(
    now: datetime,
    *,
    dry_run: bool = False,
    pause_s: float = PAUSE_S,
    tell: Tell = lambda done, total: None,
) -> Pruned:
    """Remove what is older than the settings say, and make the partitions of the months to come."""
    result = Pruned()
    run = _Run(dry_run, pause_s, tell, result)
    if partitions.supported() and not dry_run:
        partitions.make_ahead(now)
        partitions.drop_leftovers()
    if settings.OCPP_MESSAGE_LOG_DAYS:
        run.messages(_cutoff(now, settings.OCPP_MESSAGE_LOG_DAYS))
    if settings.OCPP_STATUS_HISTORY_DAYS:
        run.status_changes(_cutoff(now, settings.OCPP_STATUS_HISTORY_DAYS))
    if settings.OCPP_METER_READINGS_DAYS:
        cutoff = _cutoff(now, settings.OCPP_METER_READINGS_DAYS)
        if dry_run or roll_up.may_be_pruned(cutoff, now):
            run.readings(cutoff)
        else:
            result.busy = True
    return result


def _cutoff(now: datetime, days: int) -> datetime:
    """The midnight, in UTC, before which everything is older than that."""
    moment = now.astimezone(UTC) - timedelta(days=days)
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def needed() -> QuerySet[Transaction]:
    """Sessions whose readings somebody may still ask for."""
    return Transaction.objects.filter(
        Q(state=TransactionState.ACTIVE)
        | Q(needs_review=True)
        | TO_BE_ROLLED_UP
        | costs.to_be_reckoned()
    ).order_by()


@dataclass
class _Run:
    """One call."""

    dry_run: bool
    pause_s: float
    tell: Tell
    result: Pruned

    def messages(self, cutoff: datetime) -> None:
        """Drop the months that are old, then delete what no month had taken."""
        loose = self._drop(partitions.MESSAGES, cutoff)
        old = Message.objects.filter(loose, time__lt=cutoff)
        if not partitions.supported():
            # There is no index of times: they come in their order, so ids tell.
            old = Message.objects.filter(pk__lt=first_id(Message.objects.all(), cutoff))
        if self.dry_run:
            self.result.messages = old.count()
            return
        total = old.count() if old.exists() else 0
        while keys := list(old.order_by("pk").values_list("pk", flat=True)[:BATCH]):
            self.result.messages += Message.objects.filter(pk__in=keys).delete()[0]
            self.tell(self.result.messages, total)
            time.sleep(self.pause_s)

    def status_changes(self, cutoff: datetime) -> None:
        """Few and small; they come in the order of their times, so ids tell."""
        first = first_id(StatusChange.objects.all(), cutoff)
        old = StatusChange.objects.filter(pk__lt=first, time__lt=cutoff)
        if self.dry_run:
            self.result.status_changes = old.count()
            return
        while keys := list(old.order_by("pk").values_list("pk", flat=True)[:BATCH]):
            self.result.status_changes += StatusChange.objects.filter(pk__in=keys).delete()[0]
            time.sleep(self.pause_s)

    def readings(self, cutoff: datetime) -> None:
        """The same, charger by charger, as there is an index for that."""
        reached = roll_up.state_of().reading
        loose = self._drop(partitions.READINGS, cutoff, reached)
        kept = Exists(needed().filter(pk=OuterRef("transaction_id")))
        old = MeterReading.objects.filter(loose, ~kept, timestamp__lt=cutoff, pk__lte=reached)
        if self.dry_run:
            self.result.readings = old.count()
            return
        keys: list[int] = []
        for key in self._old_readings(old):
            keys.append(key)
            if len(keys) == BATCH:
                self._delete_readings(old, keys)
                keys.clear()
        self._delete_readings(old, keys)

    def _old_readings(self, old: QuerySet[MeterReading]) -> Iterator[int]:
        """Their ids, charger by charger, so many at a time."""
        chargers = list(Charger.objects.order_by("pk").values_list("pk", flat=True))
        for number, charger in enumerate(chargers, 1):
            after: tuple[datetime, int] | None = None
            while True:
                rows = old.filter(charger=charger).order_by("timestamp", "pk")
                if after is not None:
                    same = Q(timestamp=after[0], pk__gt=after[1])
                    rows = rows.filter(same | Q(timestamp__gt=after[0]), timestamp__gte=after[0])
                found = list(rows.values_list("timestamp", "pk")[:BATCH])
                yield from (key for _, key in found)
                if len(found) < BATCH:
                    break
                after = found[-1]
            self.tell(number, len(chargers))

    def _delete_readings(self, old: QuerySet[MeterReading], keys: list[int]) -> None:
        # A session may have come to be needed again since they were looked up.
        self.result.readings += old.filter(pk__in=keys).delete()[0]
        time.sleep(self.pause_s if keys else 0)

    def _drop(self, table: Table, cutoff: datetime, reached: int | None = None) -> Q:
        """Drop the partitions that are wholly old. Returns what rows outside of any are."""
        loose = Q()
        if not partitions.supported():
            return loose
        for one in partitions.of(table):
            if one.high > cutoff:
                loose &= _outside(table, one)
                continue
            rows = partitions.about(one)
            if not self.dry_run and not self._drop_one(table, one, reached):
                self.result.left += (one.name,)
                loose &= _outside(table, one)
                continue
            if self.dry_run:
                loose &= _outside(table, one)
            self.result.partitions += (one.name,)
            self.result.dropped += rows
        return loose

    def _drop_one(self, table: Table, one: Partition, reached: int | None) -> bool:
        """Whether it could be dropped: not while somebody reads it, or if it is not rolled up."""
        sessions: list[int] = []
        if reached is not None:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = 0")  # it locks nothing
                sessions = list(needed().values_list("pk", flat=True))
        for _ in range(_TRIES):
            try:
                return partitions.drop(table, one, later_than=reached, sessions=sessions)
            except OperationalError:
                time.sleep(self.pause_s)
        return False


def _outside(table: Table, one: Partition) -> Q:
    """Rows that are not of a partition, in words by which PostgreSQL leaves it out."""
    after = Q(**{f"{table.column}__gte": one.high})
    if one.low is None:
        return after
    return Q(**{f"{table.column}__lt": one.low}) | after
