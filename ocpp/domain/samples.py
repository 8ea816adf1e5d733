"""Sampled values as they come: their parts, measurands, units and numbers (OCPP 1.6, 7.43)."""

from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import NamedTuple

REGISTER = "Energy.Active.Import.Register"
#: Beyond this a value is no fact about a charge point (10 TWh). The column holds a digit more,
#: which SQLite needs: it keeps 15 digits, and rounds up to one that could not be read back.
LIMIT = Decimal(10) ** 13

_THOUSAND = Decimal(1000)
_MILLION = Decimal(1_000_000)
_UNITS = {
    "kWh": ("Wh", _THOUSAND),
    "kW": ("W", _THOUSAND),
    "kvarh": ("varh", _THOUSAND),
    "kvar": ("var", _THOUSAND),
    "kVA": ("VA", _THOUSAND),
    # No words of the standard, but met in the field.
    "MWh": ("Wh", _MILLION),
    "MW": ("W", _MILLION),
    "Celcius": ("Celsius", None),
}
_DEFAULT_UNITS = {
    "Energy.Active": "Wh",
    "Energy.Reactive": "varh",
    "Power.Active": "W",
    "Power.Offered": "W",
    "Power.Reactive": "var",
    "Power.Factor": "",
    "Current": "A",
    "Voltage": "V",
    "SoC": "Percent",
    "Temperature": "Celsius",
    "Frequency": "Hertz",
}


class Kind(NamedTuple):
    """What SampledValues of one kind have in common, but for the value; absent parts are ""."""

    measurand: str
    unit: str
    phase: str
    location: str
    context: str
    format: str
    #: Values that are plain numbers are stored as they are written, in the unit they came in.
    as_written: bool
    #: Values are the energy register, in Wh.
    register: bool
    #: What is stored after such a value: the unit and all columns that come after it.
    after: tuple[str, ...]


#: One SampledValue, as any version of the protocol may send it: its value, and what kind it is of.
#: A plain tuple: each message has several.
Sample = tuple[str, Kind]


class Samples(NamedTuple):
    """The values of one moment; `time` as it was sent."""

    time: str
    samples: list[Sample]


@lru_cache(maxsize=512)
def kind(
    measurand: str | None,
    unit: str | None,
    phase: str | None,
    location: str | None,
    context: str | None,
    form: str | None,
) -> Kind:
    """The kind with these parts; None or "" for an absent one, which has the standard's default.

    A charge point sends the same few kinds all the time, so what follows from one is found once.
    """
    parts = (measurand or REGISTER, unit or "", phase or "", location or "", context or "")
    stored, factor = unit_of(parts[0], parts[1])
    return Kind(
        *parts,
        form or "",
        form != "SignedData" and factor is None and unit in (None, "", stored),
        parts[0] == REGISTER and stored == "Wh",
        (stored, *parts[2:], form or "", ""),
    )


def sample(
    value: str,
    measurand: str = "",
    unit: str = "",
    phase: str = "",
    location: str = "",
    context: str = "",
    form: str = "",
) -> Sample:
    """A SampledValue of these parts."""
    return value, kind(measurand, unit, phase, location, context, form)


@lru_cache(maxsize=512)
def unit_of(measurand: str, unit: str) -> tuple[str, Decimal | None]:
    """The unit in which a value is kept, and the factor that brings it there (None for 1).

    Without a unit it is the standard's default for the measurand (OCPP 1.6, 7.43). Wh on a power
    is met in the field and means W.
    """
    if not unit:
        for start, default in _DEFAULT_UNITS.items():
            if measurand.startswith(start):
                return default, None
        return "", None
    if measurand.startswith("Power.") and unit in ("Wh", "kWh", "MWh"):
        return "W", _UNITS[unit][1] if unit in _UNITS else None
    return _UNITS.get(unit, (unit, None))


def number(text: str) -> Decimal | None:
    """The value of a SampledValue, or None when it is no number that can be stored."""
    if not text.isascii() or "_" in text:
        return None  # Python reads these as numbers; a database, or a person, may not
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    # NaN would raise or compare as false; it is asked for first.
    return within_limit(value) if value.is_finite() else None


def within_limit(value: Decimal) -> Decimal | None:
    """The value itself, or None when it is no fact about a charge point."""
    return value if -LIMIT < value < LIMIT else None
