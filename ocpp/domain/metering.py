"""Meter values: normalised to Wh, W, A and V, recorded, and turned into the energy of a session."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from ocpp.domain import anomalies, clock, running
from ocpp.domain.oddities import Oddity, odd
from ocpp.domain.samples import REGISTER, Sample, Samples, number, unit_of, within_limit
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
        time_text = stamp(time)
        phases: dict[str, int] | None = None
        total = False
        for sample in moment.samples:
            value, unit, raw = _normalise(station, sample)
            # Where the measurand was missing, the unit may tell that it is something else.
            if sample.measurand == REGISTER and unit == "Wh" and value is not None:
                wh = int(value)
                if sample.phase:
                    phases = phases or {}
                    phases.setdefault(sample.phase, wh)
                else:
                    total = True
                    register = wh if register is None or wh > register else register
            rows.append(
                (
                    station.pk,
                    connector_id,
                    transaction_id,
                    time_text,
                    sample.measurand,
                    None if value is None else _plain(value),
                    unit,
                    sample.phase,
                    sample.location,
                    sample.context,
                    sample.format,
                    raw,
                )
            )
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


def _normalise(station: Station, sample: Sample) -> tuple[Decimal | None, str, str]:
    """Value, unit, and what was sent where that differs."""
    if sample.format == "SignedData":
        return None, sample.unit, sample.value
    value = number(sample.value)
    unit, factor = unit_of(sample.measurand, sample.unit)
    if value is not None and factor is not None:
        value = within_limit(value * factor)
    if value is None:
        told = odd(Oddity.NO_NUMBER, measurand=sample.measurand, value=sample.value[:200])
        anomalies.note_once(station, told)
        return None, sample.unit, f"{sample.value} {sample.unit}".strip()
    if factor is not None or (sample.unit and sample.unit != unit):
        return value, unit, f"{sample.value} {sample.unit}"
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
