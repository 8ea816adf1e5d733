"""What a meter told last of power and state of charge: one rule, for a connector and a session."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q, QuerySet

from ocpp.domain import quarters
from ocpp.models import MeterReading

POWER = "Power.Active.Import"
STATE_OF_CHARGE = "SoC"
#: Older values tell nothing of now.
FRESH = timedelta(minutes=15)

#: Power in W and the state of charge; what is in other units is not in these.
WANTED = Q(measurand=POWER, unit="W") | Q(measurand=STATE_OF_CHARGE)


class Told(NamedTuple):
    """A value, and when and of what it was told."""

    connector: int
    time: datetime
    measurand: str
    phase: str
    value: Decimal


def told(readings: QuerySet[MeterReading], now: datetime, most: int) -> list[Told]:
    """The fresh values among `readings` of one charger, the newest first; at most so many."""
    rows = readings.filter(
        timestamp__gte=now - FRESH, timestamp__lte=now + FRESH, value__isnull=False
    ).exclude(location="Inlet")
    columns = ("connector_id", "timestamp", "measurand", "phase", "value")
    return [Told(*row) for row in rows.order_by("-timestamp").values_list(*columns)[:most]]


def newest(values: Iterable[Told]) -> dict[str, dict[str, Decimal]]:
    """Measurand -> phase -> value of the newest moment that told any, of what `told` found."""
    times: dict[str, datetime] = {}
    found: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for one in values:
        if times.setdefault(one.measurand, one.time) == one.time:
            found[one.measurand][one.phase] = one.value
    return dict(found)


def power_w(last: Mapping[str, Mapping[str, Decimal]]) -> int | None:
    """The power in W: the whole where it was told, or the sum of its phases."""
    by_phase = last.get(POWER, {})
    power = by_phase[""] if "" in by_phase else quarters.of_phases(by_phase)
    return None if power is None else int(power)


def charge_percent(last: Mapping[str, Mapping[str, Decimal]]) -> Decimal | None:
    """How full the battery of the vehicle is (%)."""
    return next(iter(last.get(STATE_OF_CHARGE, {}).values()), None)
