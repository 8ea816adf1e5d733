"""What the meters of a charger told over a window of time, connector by connector, to be plotted.

Short windows are made of readings, found by their only index and bounded in number; long ones of
quarter-hours, which hold power and energy alone. Power in W, energy in Wh, voltage in V, current
in A, temperature in °C, state of charge in %.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum

from django.utils.timezone import localtime

from ocpp.domain import quarters
from ocpp.domain.quarters import QUARTER
from ocpp.domain.queries.windows import Window
from ocpp.models import Charger, MeterReading, QuarterHour

#: Readings that a plot is made of at most, the newest of the window.
MOST_READINGS = 20_000
#: Points of a line: more than a plot of its size can show are brought together to their means.
MOST_POINTS = 240
MOST_QUARTERS = 20_000


class Kind(Enum):
    """What a plot shows."""

    POWER = "power"
    ENERGY = "energy"
    VOLTAGE = "voltage"
    CURRENT = "current"
    TEMPERATURE = "temperature"
    SOC = "soc"


_MEASURANDS = {
    "Power.Active.Import": (Kind.POWER, "W"),
    "Voltage": (Kind.VOLTAGE, "V"),
    "Current.Import": (Kind.CURRENT, "A"),
    "Temperature": (Kind.TEMPERATURE, "Celsius"),
    "SoC": (Kind.SOC, "Percent"),
}
#: What is left out because something else tells the same of the connector.
_NOT_HERE = {Kind.POWER: ("Inlet",)}

Point = tuple[datetime, Decimal]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a plot: its phase or place ("" for the only one), and its points in order."""

    label: str
    points: list[Point]


@dataclass(frozen=True, slots=True)
class Bar:
    """Energy (Wh) between two moments."""

    begin: datetime
    end: datetime
    energy_wh: int


@dataclass(frozen=True, slots=True)
class Series:
    """What is known of one connector."""

    number: int
    lines: dict[Kind, list[Line]]
    energy: list[Bar]


@dataclass(frozen=True, slots=True)
class Told:
    """All of a charger. `cut` is the moment before which readings were too many to be read."""

    series: list[Series]
    cut: datetime | None = None


def of(charger: Charger, window: Window) -> Told:
    """The series of each connector that told something: two queries, one for a long window."""
    rows = _quarters(charger, window)
    energy = _energy(rows, window)
    cut = None
    if window.raw:
        lines, cut = _readings(charger, window)
    else:
        lines = _power(rows)
    numbers = sorted(lines.keys() | energy.keys())
    series = [Series(n, lines.get(n, {}), energy.get(n, [])) for n in numbers]
    return Told(series, cut)


# --- long: quarter-hours --------------------------------------------------------------------


def _quarters(charger: Charger, window: Window) -> list[QuarterHour]:
    first = quarters.begin(window.begin)
    rows = QuarterHour.objects.filter(charger=charger, start__gte=first, start__lt=window.end)
    return list(rows.order_by("-start", "connector_id")[:MOST_QUARTERS])[::-1]


def _power(rows: Iterable[QuarterHour]) -> dict[int, dict[Kind, list[Line]]]:
    """The mean and the highest power of each quarter-hour; of several sessions their sum."""
    mean: dict[int, dict[datetime, int]] = defaultdict(dict)
    high: dict[int, dict[datetime, int]] = defaultdict(dict)
    for row in rows:
        if row.power_mean_w is None or row.power_max_w is None:
            continue
        connector = row.connector_id
        mean[connector][row.start] = max(mean[connector].get(row.start, 0), row.power_mean_w)
        high[connector][row.start] = max(high[connector].get(row.start, 0), row.power_max_w)
    return {
        number: {
            Kind.POWER: [
                Line("mean", _thinned(_points(mean[number]))),
                Line("highest", _thinned(_points(high[number]), highest=True)),
            ]
        }
        for number in mean
    }


def _points(values: dict[datetime, int]) -> list[Point]:
    """Each in the middle of its quarter-hour."""
    return [(start + QUARTER / 2, Decimal(value)) for start, value in sorted(values.items())]


def _energy(rows: Iterable[QuarterHour], window: Window) -> dict[int, list[Bar]]:
    """Energy by quarter-hours, hours or days, as the window is long; without the empty ones."""
    sums: dict[int, dict[tuple[datetime, datetime], int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        if row.energy_wh:
            sums[row.connector_id][_slot(row.start, window)] += row.energy_wh
    return {
        number: [Bar(*slot, energy) for slot, energy in sorted(slots.items())]
        for number, slots in sums.items()
    }


def _slot(start: datetime, window: Window) -> tuple[datetime, datetime]:
    if window.length <= timedelta(days=1):
        return start, start + QUARTER
    if window.length <= timedelta(days=8):
        hour = start.replace(minute=0)
        return hour, hour + timedelta(hours=1)
    midnight = localtime(start).replace(hour=0, minute=0, fold=0)
    return midnight, midnight + timedelta(days=1)


# --- short: readings ------------------------------------------------------------------------


def _readings(
    charger: Charger, window: Window
) -> tuple[dict[int, dict[Kind, list[Line]]], datetime | None]:
    newest = MeterReading.objects.filter(
        charger=charger,
        timestamp__gte=window.begin,
        timestamp__lt=window.end,
        measurand__in=_MEASURANDS,
    ).order_by("-timestamp")
    columns = ("connector_id", "timestamp", "measurand", "value", "unit", "phase", "location")
    rows = list(newest.values_list(*columns)[:MOST_READINGS])
    found: dict[tuple[int, Kind], dict[str, dict[datetime, Decimal]]] = {}
    for number, time, measurand, value, unit, phase, location in reversed(rows):
        kind, wanted = _MEASURANDS[measurand]
        if value is None or unit != wanted or location in _NOT_HERE.get(kind, ()):
            continue
        place = "" if location == "Outlet" else location
        label = f"{phase} {place}".strip() if kind is not Kind.POWER else phase
        found.setdefault((number, kind), {}).setdefault(label, {})[time] = value
    lines: dict[int, dict[Kind, list[Line]]] = defaultdict(dict)
    for (number, kind), by_label in found.items():
        if kind is Kind.POWER:
            by_label = _of_all_phases(by_label)
        lines[number][kind] = [
            Line(label, _thinned(sorted(values.items())))
            for label, values in sorted(by_label.items())
        ]
    cut = rows[-1][1] if len(rows) == MOST_READINGS else None
    return lines, cut


def _of_all_phases(
    by_phase: dict[str, dict[datetime, Decimal]],
) -> dict[str, dict[datetime, Decimal]]:
    """Power of all phases together: as it was told, or as the sum of what was told of each."""
    total: dict[datetime, Decimal] = {}
    moments: dict[datetime, dict[str, Decimal]] = defaultdict(dict)
    for phase, values in by_phase.items():
        for time, value in values.items():
            moments[time][phase] = value
    for time, told in moments.items():
        summed = told.get("", quarters.of_phases(told))
        if summed is not None:
            total[time] = summed
    return {"": total}


def _thinned(points: list[Point], *, highest: bool = False) -> list[Point]:
    """At most `MOST_POINTS`: means (or the highest) of equal stretches of time, where they lie."""
    if len(points) <= MOST_POINTS:
        return points
    begin, length = points[0][0], (points[-1][0] - points[0][0]) / MOST_POINTS
    stretches: dict[int, list[Point]] = defaultdict(list)
    for point in points:
        stretches[min(int((point[0] - begin) / length), MOST_POINTS - 1)].append(point)
    thinned = []
    for some in stretches.values():
        values = [value for _, value in some]
        value = max(values) if highest else sum(values, Decimal(0)) / len(values)
        thinned.append((some[len(some) // 2][0], value))
    return thinned
