"""How the node runs now: its processes, what they do, and what they stand on.

Each process stores a snapshot of itself with each renewal of its lease (`domain.processes`), so
that whichever of them is asked can tell of all.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models.functions import Now
from django.utils.functional import cached_property

from ocpp import metrics
from ocpp.domain import checkup
from ocpp.domain.checkup import Check, Database, Disk
from ocpp.models import Charger, ServerProcess
from schedules import domain as schedules
from schedules.models import Schedule


@dataclass(frozen=True)
class Process:
    """A process with its lease, and what it last told of itself."""

    name: str
    host: str
    pid: int
    started: datetime
    up: timedelta
    #: What is left of its lease (s); negative when it is over.
    lease_s: int
    told: dict[str, Any]

    @property
    def lives(self) -> bool:
        """Whether its lease lasts."""
        return self.lease_s >= 0


@dataclass(frozen=True)
class Duty:
    """A schedule, and what it is for."""

    row: Schedule
    label: str
    #: It should have run a while ago.
    late: bool


class Figure(NamedTuple):
    """Something that another app shows on the page; None: it is not known."""

    label: object
    value: object


@dataclass(frozen=True)
class Status:
    """All of it."""

    now: datetime
    version: str
    connected: int
    processes: list[Process]
    duties: list[Duty]
    database: Database
    kind: str
    redis: Check | None
    disks: list[Disk]

    def _told(self, name: str) -> list[Any]:
        found = (one.told.get(name) for one in self.processes if one.lives)
        return [value for value in found if value is not None]

    def sums(self, name: str) -> Counter[str]:
        """Counts that the processes tell by name under `name`, added up."""
        total: Counter[str] = Counter()
        for counts in self._told(name):
            total.update(counts)
        return total

    @cached_property
    def more(self) -> list[Figure]:
        """What other apps show."""
        return [figure for read in _readers for figure in read(self)]

    @property
    def rate(self) -> Decimal:
        """Messages of charge points a second, of all processes."""
        return sum((Decimal(str(value)) for value in self._told("rate")), Decimal())

    @property
    def queue(self) -> int:
        """Jobs that wait for a writer."""
        return sum(self._told("queue"))

    @property
    def not_stored(self) -> int:
        """Messages that could not be stored since the processes began."""
        return sum(self._told("not_stored"))

    @property
    def commit_p50_ms(self) -> float | None:
        """What half of the last minute's COMMITs took at most, in the slowest process."""
        return _ms(max(self._told("commit_p50_s"), default=None))

    @property
    def commit_p99_ms(self) -> float | None:
        """The same of 99 %."""
        return _ms(max(self._told("commit_p99_s"), default=None))

    @property
    def batch(self) -> float | None:
        """Jobs in one COMMIT, in the mean of the last minute; of the process with the most."""
        return max(self._told("batch"), default=None)

    @cached_property
    def minutes(self) -> list[Decimal]:
        """Messages a second in each stretch of the last minutes, the last complete one last."""
        return _rates((one.told for one in self.processes), self.now)

    @property
    def minutes_begin(self) -> datetime:
        """When the first of `minutes` begins."""
        current = int(self.now.timestamp()) // metrics.STRETCH_S
        return datetime.fromtimestamp((current - len(self.minutes)) * metrics.STRETCH_S, UTC)


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000


def _rates(told: Iterable[dict[str, Any]], now: datetime) -> list[Decimal]:
    current = int(now.timestamp()) // metrics.STRETCH_S
    sums = dict.fromkeys(range(current - metrics.STRETCHES + 1, current), 0)
    for each in told:
        for stretch, messages in each.get("messages", ()):
            if stretch in sums:
                sums[stretch] += messages
    return [Decimal(count) / metrics.STRETCH_S for count in sums.values()]


_readers: list[Callable[[Status], Sequence[Figure]]] = []


def register_figures(read: Callable[[Status], Sequence[Figure]]) -> None:
    """Have the page show what `read` makes of the status. To be called when an app is ready."""
    if read not in _readers:
        _readers.append(read)


def look() -> Status:
    """All of it now: four queries, and a look at the database, Redis and the disks."""
    processes = [
        Process(
            name=row.name,
            host=row.host,
            pid=row.pid,
            started=row.started,
            up=timedelta(seconds=max(0, int((row.clock - row.started).total_seconds()))),
            lease_s=int((row.lease_until - row.clock).total_seconds()),
            told=row.snapshot or {},
        )
        for row in ServerProcess.objects.annotate(clock=Now()).order_by("started", "pk")
    ]
    duties = [
        Duty(
            row, schedules.label_of(row.name), late=row.clock - row.next_run > timedelta(minutes=5)
        )
        for row in Schedule.objects.annotate(clock=Now())
    ]
    return Status(
        now=datetime.now(UTC),
        version=(settings.BASE_DIR / "VERSION").read_text().strip(),
        connected=Charger.objects.exclude(owner="").count(),
        processes=processes,
        duties=duties,
        database=checkup.database(),
        kind=checkup.vendor(),
        redis=checkup.redis(),
        disks=checkup.disks(),
    )
