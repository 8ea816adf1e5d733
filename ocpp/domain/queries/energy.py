"""The energy of a charger by days and by quarter-hours, from the roll-up alone."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from django.db.models import Sum
from django.db.models.functions import TruncDay
from django.utils.timezone import localtime

from ocpp.models import Charger, QuarterHour

#: How much is shown: days with today, and the hours before now.
DAYS = 30
HOURS = 24
QUARTER = timedelta(minutes=15)


class Delivered(NamedTuple):
    """Energy (Wh) that was delivered between two moments."""

    begin: datetime
    end: datetime
    energy_wh: int


def by_day(charger: Charger, now: datetime, days: int = DAYS) -> list[Delivered]:
    """Each of the last days in the site's time zone, today being the last one."""
    midnights = [midnight(now, days - 1 - number) for number in range(days + 1)]
    rows = QuarterHour.objects.filter(
        charger=charger, start__gte=midnights[0], start__lt=midnights[-1]
    )
    sums = dict(
        rows.annotate(day=TruncDay("start", tzinfo=midnights[0].tzinfo))
        .values_list("day")
        .annotate(energy=Sum("energy_wh"))
        .order_by()
    )
    return [Delivered(begin, end, sums.get(begin, 0)) for begin, end in pairwise(midnights)]


def by_quarter(charger: Charger, now: datetime, hours: int = HOURS) -> list[Delivered]:
    """Each quarter-hour of the last hours, the present one being the last."""
    last = quarter_of(now)
    begin = last - timedelta(hours=hours) + QUARTER
    rows = QuarterHour.objects.filter(charger=charger, start__gte=begin, start__lte=last)
    sums = dict(rows.values_list("start").annotate(energy=Sum("energy_wh")).order_by())
    quarters = [begin + number * QUARTER for number in range(hours * 4)]
    return [Delivered(one, one + QUARTER, sums.get(one, 0)) for one in quarters]


def quarter_of(now: datetime) -> datetime:
    """The beginning of the present quarter-hour."""
    return now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)


def midnight(now: datetime, days_ago: int = 0) -> datetime:
    """The beginning of a day; a day may have 23 or 25 hours."""
    local = localtime(now)
    day = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return day - timedelta(days=days_ago)
