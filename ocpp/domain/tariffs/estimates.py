"""What a session that still runs costs so far: an estimate, as nothing of it is final."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import accumulate

from ocpp.domain.quarters import QUARTER
from ocpp.domain.tariffs import costs, holidays, pricing
from ocpp.domain.tariffs.curve import Curve
from ocpp.domain.tariffs.pricing import Session
from ocpp.models import QuarterHour, Transaction

#: A session without energy for so long is taken to be idle, and not between two values.
_IDLE_AFTER = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a session would cost if it ended now, with tax."""

    total: Decimal
    currency: str


def so_far(found: Transaction, now: datetime) -> Estimate | None:
    """What a running session costs by the tariff in force at its start; None without a tariff.

    When its energy flowed is known from its quarter-hours, which are few, and not from its
    readings: three queries, or four where holidays count.
    """
    version = costs.in_force(found)
    if version is None:
        return None
    now = max(now, found.start_time)
    points = _points(found)
    charging_until = now
    if points:
        grown = Curve(found.start_time, now, found.energy_wh, points).last_growth()
        charging_until = grown if now - grown > _IDLE_AFTER else now
    curve = Curve(found.start_time, now, found.energy_wh, points)
    session = Session(found.start_time, now, charging_until, curve)
    zone = costs.zone_of(version)
    sundays = set()
    if version.holidays:
        days = holidays.among(pricing.days_of(session, zone), version.holidays)
        sundays = {day for day, is_one in days.items() if is_one}
    lines = pricing.lines(session, costs.prices_of(version), zone, sundays)
    net = sum((line.amount for line in lines), Decimal("0.00"))
    tax = (net * version.tax_percent / 100).quantize(pricing.CENT, ROUND_HALF_UP)
    return Estimate(net + tax, version.tariff.currency)


def _points(found: Transaction) -> list[tuple[datetime, int]]:
    """Energy since the start (Wh) at the ends of its quarter-hours."""
    rows = QuarterHour.objects.filter(transaction=found.pk).order_by("start")
    told = list(rows.values_list("start", "energy_wh"))
    sums = accumulate(energy for _, energy in told)
    return [(start + QUARTER, wh) for (start, _), wh in zip(told, sums, strict=True)]
