"""What charging costs at a charger, in plain words: the tariff that is in force, with tax."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from ocpp.choices import CostComponent
from ocpp.domain.tariffs import costs, holidays
from ocpp.domain.tariffs.pricing import Price
from ocpp.models import Charger

_UNITS: dict[str, str | Promise] = {
    CostComponent.ENERGY: pgettext_lazy("price", "per kWh"),
    CostComponent.CHARGING: pgettext_lazy("price", "per minute of charging"),
    CostComponent.IDLE: pgettext_lazy("price", "per minute connected without charging"),
    CostComponent.SESSION: pgettext_lazy("price", "per session"),
}
#: Prices of a kWh or a minute may be parts of a cent: no more digits than that are told.
_FINEST = Decimal("0.0001")
_CENT = Decimal("0.01")
#: A leap year, so that 02-29 is a day.
_ANY_YEAR = 2028


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One price, with tax: how much, for what, when, and whether it counts at this moment."""

    amount: Decimal
    unit: str | Promise
    when: str
    label: str
    now: bool


@dataclass(frozen=True, slots=True)
class PriceList:
    """The prices of a charger, in the order in which they are looked through."""

    currency: str
    tax_percent: Decimal
    lines: list[PriceLine]

    @property
    def now(self) -> list[PriceLine]:
        """Those that count at this moment."""
        return [line for line in self.lines if line.now]

    @property
    def others(self) -> list[PriceLine]:
        """Those of other times."""
        return [line for line in self.lines if not line.now]


def of_charger(charger: Charger, now: datetime) -> PriceList | None:
    """What a session that starts `now` would be charged by; None where nothing is set.

    Three queries at most.
    """
    version = costs.in_force_at(charger, now)
    if version is None:
        return None
    prices = costs.prices_of(version)
    local = now.astimezone(costs.zone_of(version))
    days = holidays.among([local.date() - timedelta(days=1), local.date()], version.holidays)
    sundays = {day for day, is_one in days.items() if is_one}
    counting: dict[str, Price] = {}
    for price in prices:
        if price.holds(local, sundays):
            counting.setdefault(price.component, price)
    return PriceList(
        version.tariff.currency,
        version.tax_percent,
        [
            PriceLine(
                amount=_with_tax(price.amount, version.tax_percent),
                unit=_UNITS[price.component],
                when=_when(price),
                label=price.label,
                now=counting.get(price.component) is price,
            )
            for price in prices
        ],
    )


def _with_tax(amount: Decimal, tax_percent: Decimal) -> Decimal:
    """A price with tax: to the cent, and to a hundredth of it where it is not a whole one."""
    exact = amount * (100 + tax_percent) / 100
    cents = exact.quantize(_CENT, ROUND_HALF_UP)
    return cents if cents == exact else _shortest(exact.quantize(_FINEST, ROUND_HALF_UP))


def _shortest(amount: Decimal) -> Decimal:
    """The same amount without zeros at its end, but with at least two decimals."""
    short = amount.normalize()
    exponent = short.as_tuple().exponent
    return short if isinstance(exponent, int) and exponent < -2 else amount.quantize(_CENT)


def _when(price: Price) -> str:
    """When a price holds, in words; "" for always."""
    return ", ".join(part for part in (_days(price), _hours(price), _season(price)) if part)


def _days(price: Price) -> str:
    days = sorted(price.weekdays)
    if len(days) == 7:
        return ""
    names = [str(WEEKDAYS_ABBR[day]) for day in days]
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        return f"{names[0]}–{names[-1]}"
    return ", ".join(names)


def _hours(price: Price) -> str:
    if price.start == price.end:
        return ""
    return f"{_clock(price.start)}–{_clock(price.end)}"


def _clock(moment: time) -> str:
    return f"{moment:%H:%M}"


def _season(price: Price) -> str:
    if price.season_start is None or price.season_end is None:
        return ""
    first, last = (
        date_format(date(_ANY_YEAR, month, day), "MONTH_DAY_FORMAT")
        for month, day in (price.season_start, price.season_end)
    )
    return _("%(first)s to %(last)s") % {"first": first, "last": last}
