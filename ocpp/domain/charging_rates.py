"""Limits of charging schedules in A and in W, and what a charge point understands of the two.

In A a limit holds for each phase, in W for all of them together (OCPP 1.6, 7.12), so
W = A x V x phases. All reckoning is in Decimal, with one decimal as on the wire (7.14).
"""

from collections.abc import Mapping
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from typing import Any, NamedTuple

from ocpp.choices import RateUnit

#: The configuration key that names the units a charge point knows (OCPP 1.6, 9.4).
UNITS_KEY = "ChargingScheduleAllowedChargingRateUnit"
#: How its value spells them: the standard's words, and the units themselves, which are met too.
_UNIT_WORDS = {
    "current": RateUnit.AMPERE,
    "a": RateUnit.AMPERE,
    "power": RateUnit.WATT,
    "w": RateUnit.WATT,
}
STEP = Decimal("0.1")


class Period(NamedTuple):
    """From `start` (s after the start of the schedule) on, at most `limit`."""

    start: int
    limit: Decimal
    phases: int | None = None


class Supply(NamedTuple):
    """What a connector is fed with: phases, and V between a phase and neutral."""

    phases: int
    voltage: int


def known_units(config: Mapping[str, Any]) -> frozenset[RateUnit]:
    """The units that a charge point's configuration names; empty when it does not tell."""
    entry = config.get(UNITS_KEY)
    value = entry.get("value") if isinstance(entry, dict) else None
    words = value.split(",") if isinstance(value, str) else []
    found = (_UNIT_WORDS.get(word.strip().casefold()) for word in words)
    return frozenset(unit for unit in found if unit is not None)


def convert(period: Period, unit: RateUnit, supply: Supply) -> Period:
    """A period from the other unit into `unit`.

    Rounded down, so that no more is allowed than was asked for. It tells its phases, because
    its limit is worth something only for these.
    """
    phases = period.phases or supply.phases
    limit = _rate(period.limit, unit, supply._replace(phases=phases), ROUND_DOWN)
    return Period(period.start, limit, phases)


def convert_minimum(rate: Decimal, unit: RateUnit, supply: Supply) -> Decimal:
    """A lowest rate from the other unit into `unit`; rounded up, so that it stays enough."""
    return _rate(rate, unit, supply, ROUND_UP)


def _rate(rate: Decimal, unit: RateUnit, supply: Supply, rounding: str) -> Decimal:
    watts_per_ampere = Decimal(supply.voltage * supply.phases)
    converted = rate * watts_per_ampere if unit == RateUnit.WATT else rate / watts_per_ampere
    return converted.quantize(STEP, rounding)
