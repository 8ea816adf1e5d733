"""Meter values: normalised to Wh, W, A and V, recorded, and turned into the energy of a session."""

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from ocpp.domain import anomalies, clock, running
from ocpp.domain.oddities import Oddity, odd
from ocpp.domain.samples import Kind, Samples, number, unit_of, within_limit
from ocpp.domain.station import Station
from ocpp.models import Charger, MeterReading
from ocpp.writer.batch import Row, stamp
from ocpp.writer.tables import Insert, Touch

READINGS = Insert(
    MeterReading,
    (
        "charger_id",
        "connector_id",
        "transaction_id",
        "timestamp",
        "measurand",
        "value",
        "unit",
        "phase",
        "location",
        "context",
        "format",
        "raw",
    ),
)
LAST_METER_VALUES = Touch(Charger, ("last_meter_values", "last_seen"))


#: A number that is stored as it is written, and is none that `number` would turn down.
_AS_WRITTEN = re.compile(r"-?(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,4})?").fullmatch


def _plain(value: Decimal) -> str:
    """A number with at most four decimals and no exponent, as both databases store it."""
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and (exponent < -4 or exponent > 0):
        value = value.quantize(Decimal("0.0001"))
    return format(value, "f")


class Recorded(NamedTuple):
    """What the values of a message tell of the energy register: highest value (Wh), newest time."""

    register: int | None
    time: datetime | None


def record(
    station: Station,
    connector_id: int,
    transaction_id: int | None,
    moments: Iterable[Samples],
) -> Recorded:
    """Add every sampled value to the batch.

    `transaction_id` is this charger's own transaction, or None.
    """
    register: int | None = None
    newest: datetime | None = None
    rows: list[Row] = []
    for moment in moments:
        time, oddity = clock.read(moment.time, station.time_zone, station.now)
        if oddity:
            anomalies.note_once(station, oddity)
        newest = time if newest is None or time > newest else newest
        head = (station.pk, connector_id, transaction_id, stamp(time))
        phases: dict[str, int] | None = None
        total = False
        for sample in moment.samples:
            text, kind = sample
            if kind.as_written and _AS_WRITTEN(text):
                rows.append((*head, kind.measurand, text, *kind.after))
                if not kind.register:
                    continue
                wh = int(text.partition(".")[0])
            else:
                value, unit, raw = _normalise(station, text, kind)
                plain = None if value is None else _plain(value)
                rows.append((*head, kind.measurand, plain, unit, *kind.after[1:-1], raw))
                # Where the measurand was missing, the unit may tell that it is something else.
                if not kind.register or value is None:
                    continue
                wh = int(value)
            if kind.phase:
                phases = phases or {}
                phases.setdefault(kind.phase, wh)
            else:
                total = True
                register = wh if register is None or wh > register else register
        if phases is not None and not total:
            wh_of_all = _of_phases(station, phases)
            if wh_of_all is not None and (register is None or wh_of_all > register):
                register = wh_of_all
    station.batch.insert_all(READINGS, rows)
    return Recorded(register, newest)


#: How a charge point may name its three phases in a register of energy.
_PHASES = (("L1", "L2", "L3"), ("L1-N", "L2-N", "L3-N"))


def _of_phases(station: Station, phases: dict[str, int]) -> int | None:
    """The register of all phases from those of each, where a moment tells no other; noted.

    None when one is missing: a charge point that tells L1 and L1-N tells the same twice.
    """
    for names in _PHASES:
        if all(name in phases for name in names):
            anomalies.note_once(station, odd(Oddity.PHASES))
            return sum(phases[name] for name in names)
    return None


def _normalise(station: Station, text: str, kind: Kind) -> tuple[Decimal | None, str, str]:
    """Value, unit, and what was sent where that differs."""
    if kind.format == "SignedData":
        return None, kind.unit, text
    value = number(text)
    unit, factor = unit_of(kind.measurand, kind.unit)
    if value is not None and factor is not None:
        value = within_limit(value * factor)
    if value is None:
        told = odd(Oddity.NO_NUMBER, measurand=kind.measurand, value=text[:200])
        anomalies.note_once(station, told)
        return None, kind.unit, f"{text} {kind.unit}".strip()
    if factor is not None or (kind.unit and kind.unit != unit):
        return value, unit, f"{text} {kind.unit}"
    return value, unit, ""


def meter_values(
    station: Station,
    connector_id: int,
    transaction_id: int | None,
    moments: Iterable[Samples],
    payload_json: str,
) -> int | None:
    """MeterValues: record the values with the transaction they belong to, and its energy so far.

    `payload_json` becomes the charger's `last_meter_values`. Returns the transaction where it has
    ended and its energy is to be judged again (`transactions.values`).
    """
    transaction = running.belongs_to(station, connector_id, transaction_id)
    recorded = record(station, connector_id, transaction, moments)
    station.batch.touch(LAST_METER_VALUES, station.pk, (payload_json, stamp(station.now)))
    if transaction is None or recorded.register is None:
        return None
    if running.has_ended(station, transaction):
        return transaction
    running.count(station, transaction, recorded.register, recorded.time)
    return None
