"""Prices by component, weekday, time of day and season, and what a session costs by them.

Nothing here reads a database: the same session by the same prices is the same lines, to the cent.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from accounts import hours
from ocpp.choices import CostComponent
from ocpp.domain.tariffs.curve import Curve

CENT = Decimal("0.01")
_MICROSECOND = timedelta(microseconds=1)
_MICROSECONDS_A_MINUTE = Decimal(60_000_000)
_MINUTE_STEP = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Price:
    """A price of one component, and when it holds.

    `weekdays` are 0 (Monday) to 6. From `start` to `end` o'clock, past midnight when `end` is not
    later; equal ones are the whole day. From day `season_start` to `season_end` (month, day), both
    included, past New Year when the end comes first; None: all year.
    """

    component: str
    amount: Decimal
    label: str = ""
    weekdays: frozenset[int] = frozenset(range(7))
    start: time = time.min
    end: time = time.min
    season_start: tuple[int, int] | None = None
    season_end: tuple[int, int] | None = None

    def holds(self, local: datetime, sundays: Collection[date] = ()) -> bool:
        """Whether it holds at a local time. Past midnight the day it began on counts.

        `sundays` are other days that count as Sundays.
        """
        day = hours.began_on(local, self.weekdays, self.start, self.end, sundays)
        return day is not None and self._in_season(day)

    def _in_season(self, day: date) -> bool:
        if self.season_start is None or self.season_end is None:
            return True
        today = (day.month, day.day)
        if self.season_start <= self.season_end:
            return self.season_start <= today <= self.season_end
        return today >= self.season_start or today <= self.season_end


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a cost: so much of something, at a price, makes an amount (without tax)."""

    component: str
    label: str
    #: kWh, minutes, or 1 for a session.
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Session:
    """What a session was: its times, when energy flowed for the last time, and its energy."""

    start: datetime
    stop: datetime
    charging_until: datetime
    curve: Curve


def days_of(session: Session, zone: ZoneInfo) -> list[date]:
    """The days whose prices may count: those of the session, and the one before its first."""
    first = session.start.astimezone(zone).date() - timedelta(days=1)
    last = session.stop.astimezone(zone).date()
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def lines(
    session: Session, prices: Sequence[Price], zone: ZoneInfo, sundays: Collection[date] = ()
) -> list[Line]:
    """What `session` costs: a line for each component, price and label, in the order of `prices`.

    Of several prices of a component the first that holds counts; where none does it costs nothing.
    Each amount is rounded half up to the cent. `sundays` are days that count as Sundays.
    """
    totals: dict[tuple[str, Price], int] = {}
    counted_wh = 0
    for begin, end in _parts(session, prices, zone):
        local = begin.astimezone(zone)
        wh = session.curve.until(end) - counted_wh
        counted_wh += wh
        passed = (end - begin) // _MICROSECOND
        idle = begin >= session.charging_until
        component = CostComponent.IDLE if idle else CostComponent.CHARGING
        for what, count in ((CostComponent.ENERGY, wh), (component, passed)):
            price = _first(prices, what, local, sundays)
            if price is not None and count:
                totals[what, price] = totals.get((what, price), 0) + count
    flat = _first(prices, CostComponent.SESSION, session.start.astimezone(zone), sundays)
    if flat is not None:
        totals[CostComponent.SESSION, flat] = 1
    order = {id(price): number for number, price in enumerate(prices)}
    found = sorted(totals.items(), key=lambda item: order[id(item[0][1])])
    return [_line(component, price, count) for (component, price), count in found]


def _first(
    prices: Sequence[Price], component: str, local: datetime, sundays: Collection[date]
) -> Price | None:
    for price in prices:
        if price.component == component and price.holds(local, sundays):
            return price
    return None


def _line(component: str, price: Price, count: int) -> Line:
    quantity = Decimal(count)
    exact = quantity
    if component == CostComponent.ENERGY:
        quantity = exact = quantity.scaleb(-3)
    elif component != CostComponent.SESSION:
        exact = quantity / _MICROSECONDS_A_MINUTE
        quantity = exact.quantize(_MINUTE_STEP, ROUND_HALF_UP)
    amount = (exact * price.amount).quantize(CENT, ROUND_HALF_UP)
    return Line(component, price.label, quantity, price.amount, amount)


def _parts(
    session: Session, prices: Sequence[Price], zone: ZoneInfo
) -> list[tuple[datetime, datetime]]:
    """The session cut at each moment at which another price may begin to hold."""
    clocks = {time.min}.union(*({price.start, price.end} for price in prices))
    moments = {session.start, session.stop}
    if session.start < session.charging_until < session.stop:
        moments.add(session.charging_until)
    day = session.start.astimezone(zone).date()
    last = session.stop.astimezone(zone).date()
    while day <= last:
        for clock in clocks:
            moment = datetime.combine(day, clock, zone).astimezone(UTC)
            if session.start < moment < session.stop:
                moments.add(moment)
        day += timedelta(days=1)
    return list(pairwise(sorted(moments))) or [(session.start, session.stop)]
