"""A session by quarter-hours: its energy spread over its time, and its power, from what is stored.

The energy is the session's own (`Transaction.energy_wh`), as its stop or the review has judged it;
register values in between only tell when it flowed. So the quarter-hours add up to it exactly,
whatever its register did. Energy in Wh, power in W.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db.models import Max, QuerySet

from ocpp.domain import running
from ocpp.domain.tariffs.curve import Curve
from ocpp.models import MeterReading, QuarterHour, Transaction

QUARTER = timedelta(minutes=15)
#: A session is spread over no more than this before its end: a clock was wrong, or it was lost.
LONGEST = timedelta(days=40)
POWER = "Power.Active.Import"
_PHASES = (("L1", "L2", "L3"), ("L1-N", "L2-N", "L3-N"))


@dataclass(frozen=True, slots=True)
class Figures:
    """What a quarter-hour holds."""

    energy_wh: int = 0
    power_max_w: int | None = None
    power_mean_w: int | None = None
    samples: int = 0


#: A value of power: its time, the number, and its phase ("" for all of them).
Power = tuple[datetime, Decimal | None, str]


def begin(moment: datetime) -> datetime:
    """The beginning of the quarter-hour of a moment."""
    moment = moment.astimezone(UTC)
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)


def spread(curve: Curve, start: datetime, stop: datetime) -> dict[datetime, int]:
    """The energy of each quarter-hour in which any flowed; all of them are the whole."""
    quarter, before = begin(max(start, stop - LONGEST)), 0
    found: dict[datetime, int] = {}
    while True:
        end = quarter + QUARTER
        so_far = curve.until(min(end, stop))
        if so_far > before:
            found[quarter] = so_far - before
        if end >= stop:
            return found
        quarter, before = end, so_far


def of_power(values: Iterable[Power]) -> dict[datetime, Figures]:
    """Highest and mean power of each quarter-hour for which one was told.

    A moment's power is the value for all phases or, where there is none, the sum of the phases.
    """
    moments: dict[datetime, dict[str, Decimal]] = defaultdict(dict)
    for time, value, phase in values:
        if value is not None:
            moments[time].setdefault(phase, value)
    quarters: dict[datetime, list[Decimal]] = defaultdict(list)
    for time, by_phase in moments.items():
        total = by_phase.get("") if "" in by_phase else of_phases(by_phase)
        if total is not None:
            quarters[begin(time)].append(total)
    return {
        quarter: Figures(0, int(max(told)), int(sum(told) / len(told)), len(told))
        for quarter, told in quarters.items()
    }


def of_phases(by_phase: Mapping[str, Decimal]) -> Decimal | None:
    """The sum of what was told of each phase of one moment; None where that was nothing."""
    for names in _PHASES:
        told = [by_phase[name] for name in names if name in by_phase]
        if told:
            return sum(told, Decimal(0))
    return None


def powers() -> QuerySet[MeterReading]:
    """Readings of the power that a connector delivers."""
    return MeterReading.objects.filter(measurand=POWER, unit="W", location__in=("", "Outlet"))


def of_session(
    found: Transaction,
    kept: Mapping[datetime, QuarterHour],
    pruned_until: datetime | None,
) -> dict[datetime, Figures]:
    """The quarter-hours of a session. `kept` are those that are stored of it.

    Where its readings may have been removed (before `pruned_until`), what is kept also tells when
    its energy flowed, and its power.
    """
    points = running.energy_points(found, until=found.stop_time)
    stop = max(found.start_time, found.stop_time or _newest(found, points))
    pruned = pruned_until if pruned_until is not None and found.start_time < pruned_until else None
    if pruned is not None:
        points += _points_of(kept, pruned)
    curve = Curve(found.start_time, stop, found.energy_wh, points)
    energy = spread(curve, found.start_time, stop)
    power = of_power(
        powers()
        .filter(
            charger=found.charger_id,
            transaction=found.pk,
            timestamp__gte=begin(found.start_time),
            timestamp__lt=begin(stop) + QUARTER,
        )
        .values_list("timestamp", "value", "phase")
    )
    if pruned is not None:
        power |= {start: _figures(row) for start, row in kept.items() if start < pruned}
    nothing = Figures()
    together = {
        start: _with_energy(power.get(start, nothing), energy.get(start, 0))
        for start in energy.keys() | power.keys()
    }
    return {start: one for start, one in together.items() if one != nothing}


def _newest(found: Transaction, points: list[tuple[datetime, int]]) -> datetime:
    """Until when what is known of a session that runs reaches."""
    if points:
        return points[-1][0]
    told = MeterReading.objects.filter(
        charger=found.charger_id, transaction=found.pk, timestamp__gte=found.start_time
    )
    newest: datetime | None = told.aggregate(newest=Max("timestamp"))["newest"]
    return newest or found.start_time


def _points_of(
    kept: Mapping[datetime, QuarterHour], until: datetime
) -> Iterator[tuple[datetime, int]]:
    """What the quarter-hours before a time tell of the energy: where it stood at their ends."""
    so_far = 0
    for start in sorted(kept):
        if start + QUARTER <= until:
            so_far += kept[start].energy_wh
            yield start + QUARTER, so_far


def _figures(row: QuarterHour) -> Figures:
    return Figures(row.energy_wh, row.power_max_w, row.power_mean_w, row.samples)


def _with_energy(power: Figures, energy_wh: int) -> Figures:
    return Figures(energy_wh, power.power_max_w, power.power_mean_w, power.samples)


def outside_sessions(charger: int, quarter: datetime) -> dict[int, Figures]:
    """What the connectors of a charger told of their power outside of sessions, by connector."""
    by_connector: dict[int, list[Power]] = defaultdict(list)
    told = powers().filter(
        charger=charger,
        transaction=None,
        timestamp__gte=quarter,
        timestamp__lt=quarter + QUARTER,
    )
    columns = told.values_list("connector_id", "timestamp", "value", "phase")
    for connector, moment, value, phase in columns:
        by_connector[connector].append((moment, value, phase))
    found = {connector: of_power(values) for connector, values in by_connector.items()}
    return {connector: one[quarter] for connector, one in found.items() if quarter in one}
