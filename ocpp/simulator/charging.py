"""Charging profiles of a simulated charge point: stored, put together, obeyed (OCPP 1.6, 3.13).

Limits are in W; one in A is converted by the phases of the connector at 230 V.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

VOLTS = 230
#: What the configuration keys of Smart Charging say of this charge point.
MAX_LEVEL, MAX_PERIODS, MAX_PROFILES = 10, 24, 20
PURPOSES = ("ChargePointMaxProfile", "TxDefaultProfile", "TxProfile")
KINDS = ("Absolute", "Recurring", "Relative")
RECURRENCES = {"Daily": timedelta(days=1), "Weekly": timedelta(days=7)}


@dataclass(frozen=True)
class Period:
    """From `start` (s) on, at most `limit` of the schedule's unit."""

    start: int
    limit: float
    phases: int | None


@dataclass(frozen=True)
class Profile:
    """A charging profile as SetChargingProfile brought it."""

    connector_id: int
    id: int
    level: int
    purpose: str
    kind: str
    unit: str
    periods: tuple[Period, ...]
    recurrence: str | None = None
    duration: int | None = None
    start: datetime | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    transaction_id: int | None = None

    def limit_w(self, moment: datetime, begun: datetime, phases: int) -> float | None:
        """What it allows at `moment`, in W; None when it says nothing then.

        `begun` is when the transaction began, or what stands in for that.
        """
        if (self.valid_from and moment < self.valid_from) or (
            self.valid_to and moment >= self.valid_to
        ):
            return None
        passed = (moment - self._begin(moment, begun)).total_seconds()
        if passed < 0 or (self.duration is not None and passed >= self.duration):
            return None
        period = [one for one in self.periods if one.start <= passed][-1]
        if self.unit == "W":
            return period.limit
        return period.limit * VOLTS * min(phases, period.phases or phases)

    def changes(self, first: datetime, last: datetime, begun: datetime) -> set[datetime]:
        """The moments between `first` and `last` at which it may allow something else."""
        found = {moment for moment in (self.valid_from, self.valid_to) if moment}
        offsets = [period.start for period in self.periods]
        if self.duration is not None:
            offsets.append(self.duration)
        begin = self._begin(first, begun)
        while begin <= last:
            found |= {begin + timedelta(seconds=offset) for offset in offsets}
            if self.kind != "Recurring" or self.recurrence is None:
                break
            begin += RECURRENCES[self.recurrence]
        return {moment for moment in found if first < moment < last}

    def _begin(self, moment: datetime, begun: datetime) -> datetime:
        """When the schedule that is in force at `moment` began."""
        start = begun if self.kind == "Relative" or self.start is None else self.start
        if self.kind == "Recurring" and self.recurrence and moment > start:
            every = RECURRENCES[self.recurrence]
            start += (moment - start) // every * every
        return start


class Profiles:
    """The profiles that are installed."""

    def __init__(self, connectors: int) -> None:
        self._connectors = connectors
        self._stored: list[Profile] = []

    def install(self, profile: Profile, transaction_id: int | None) -> str:
        """The status of SetChargingProfile.conf; `transaction_id` is of what runs now, if any."""
        stay = [one for one in self._stored if not _replaces(profile, one)]
        if (
            profile.connector_id > self._connectors
            or not 0 <= profile.level <= MAX_LEVEL
            or not 1 <= len(profile.periods) <= MAX_PERIODS
            or profile.periods[0].start != 0
            or len(stay) >= MAX_PROFILES
            or (profile.kind == "Recurring" and profile.recurrence is None)
            or (profile.purpose == "ChargePointMaxProfile" and profile.connector_id != 0)
            or (profile.purpose == "TxProfile" and not _fits(profile, transaction_id))
        ):
            return "Rejected"
        self._stored = [*stay, profile]
        return "Accepted"

    def clear(
        self,
        profile_id: int | None,
        connector_id: int | None,
        purpose: str | None,
        level: int | None,
    ) -> bool:
        """Remove the profile with this id, or those that all other conditions fit; whether any."""
        wanted = {"connector_id": connector_id, "purpose": purpose, "level": level}
        if profile_id is not None:
            wanted = {"id": profile_id}
        conditions = {name: value for name, value in wanted.items() if value is not None}
        stay = [
            one
            for one in self._stored
            if any(getattr(one, name) != value for name, value in conditions.items())
        ]
        removed = len(stay) < len(self._stored)
        self._stored = stay
        return removed

    def end_transaction(self) -> None:
        """Profiles of a transaction end with it (3.13.1)."""
        self._stored = [one for one in self._stored if one.purpose != "TxProfile"]

    def plan(
        self,
        connector_id: int,
        first: datetime,
        seconds: float,
        *,
        begun: datetime | None,
        phases: int,
        most_w: float,
    ) -> list[tuple[float, float]]:
        """What is allowed from `first` on for so long: pairs of seconds after it and W.

        Without profiles that is `most_w`. `begun` is when the running transaction began.
        """
        if not self._stored:
            return [(0.0, most_w)]
        last = first + timedelta(seconds=seconds)
        reference = begun or first
        moments = {first}.union(*(one.changes(first, last, reference) for one in self._stored))
        steps: list[tuple[float, float]] = []
        for moment in sorted(moments):
            limit = self._limit_w(
                connector_id, moment, reference, phases, running=begun is not None
            )
            limit = most_w if limit is None else min(most_w, limit)
            if not steps or steps[-1][1] != limit:
                steps.append(((moment - first).total_seconds(), limit))
        return steps

    def _limit_w(
        self, connector_id: int, moment: datetime, begun: datetime, phases: int, *, running: bool
    ) -> float | None:
        def highest(purpose: str, *connectors: int) -> float | None:
            """What the highest profile that says something allows."""
            those = [
                one
                for one in self._stored
                if one.purpose == purpose and one.connector_id in connectors
            ]
            # Of the same level the one for this very connector counts.
            for one in sorted(those, key=lambda p: (p.level, p.connector_id), reverse=True):
                limit = one.limit_w(moment, begun, phases)
                if limit is not None:
                    return limit
            return None

        own = highest("TxProfile", connector_id) if running else None
        if own is None and connector_id:
            own = highest("TxDefaultProfile", 0, connector_id)
        whole = highest("ChargePointMaxProfile", 0)
        limits = [limit for limit in (own, whole) if limit is not None]
        return min(limits) if limits else None


def _replaces(new: Profile, old: Profile) -> bool:
    """Whether `new` takes the place of `old` (OCPP 1.6, 5.16.4 and 3.13.2)."""
    return new.id == old.id or (
        (new.connector_id, new.purpose, new.level) == (old.connector_id, old.purpose, old.level)
    )


def _fits(profile: Profile, transaction_id: int | None) -> bool:
    """Whether a TxProfile is for the transaction that runs on its connector."""
    return (
        profile.connector_id > 0
        and transaction_id is not None
        and profile.transaction_id in (None, transaction_id)
    )
