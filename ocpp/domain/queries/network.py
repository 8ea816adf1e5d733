"""The network as a whole: power now, energy today, and the last 24 hours by quarter-hours."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from django.db.models import Sum

from ocpp.domain.queries import power
from ocpp.domain.queries.energy import HOURS, QUARTER, Delivered, midnight, quarter_of
from ocpp.models import Charger, QuarterHour


class Network(NamedTuple):
    """What all chargers together deliver."""

    power_w: int
    today_wh: int
    quarters: list[Delivered]


def network(now: datetime) -> Network:
    """Three queries: two over the roll-up, by its index, and one for what sessions deliver now."""
    last = quarter_of(now)
    first = last - HOURS * 4 * QUARTER + QUARTER
    today = midnight(now)
    everyone = Charger.objects.order_by().values("pk")
    rows = QuarterHour.objects.filter(charger__in=everyone, start__gte=min(first, today))
    sums = dict(rows.values_list("start").annotate(energy=Sum("energy_wh")).order_by())
    quarters = [first + number * QUARTER for number in range(HOURS * 4)]
    return Network(
        power_w=power.of_network(now),
        today_wh=sum(wh for start, wh in sums.items() if start >= today),
        quarters=[Delivered(one, one + QUARTER, sums.get(one, 0)) for one in quarters],
    )


def today_by_charger(charger_pks: Collection[int], now: datetime) -> dict[int, int]:
    """The energy (Wh) that each charger has delivered since midnight in the site's time zone."""
    rows = QuarterHour.objects.filter(charger__in=charger_pks, start__gte=midnight(now))
    return dict(rows.values_list("charger").annotate(energy=Sum("energy_wh")).order_by())
