"""Meter values: normalised to Wh, W, A and V, recorded, and turned into the energy of a session."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import NamedTuple

from ocpp.choices import AnomalyKind, TransactionState
from ocpp.domain import anomalies, clock
from ocpp.domain.station import Station
from ocpp.models import Charger, MeterReading, Transaction
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
#: A register only grows, and a stopped transaction has its last word already.
ENERGY = Touch(
    Transaction,
    ("meter_last", "energy_wh"),
    greatest=("meter_last", "energy_wh"),
    where='"stop_time" IS NULL',
)

REGISTER = "Energy.Active.Import.Register"
#: Beyond this a value is no fact about a charge point (10 TWh). The column holds a digit more,
#: which SQLite needs: it keeps 15 digits, and rounds up to one that could not be read back.
LIMIT = Decimal(10) ** 13

#: More than any session delivers (10 MWh); beyond it a meter lies, and staff decide.
MAX_PLAUSIBLE_WH = 10_000_000

_THOUSAND = Decimal(1000)
_UNITS = {
    "kWh": ("Wh", _THOUSAND),
    "kW": ("W", _THOUSAND),
    "kvarh": ("varh", _THOUSAND),
    "kvar": ("var", _THOUSAND),
    "kVA": ("VA", _THOUSAND),
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


class Sample(NamedTuple):
    """One SampledValue, as any version of the protocol may send it; absent parts are ""."""

    value: str
    measurand: str = REGISTER
    unit: str = ""
    phase: str = ""
    location: str = ""
    context: str = ""
    format: str = ""


class Samples(NamedTuple):
    """The values of one moment; `time` as it was sent."""

    time: str
    samples: list[Sample]


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
    if measurand.startswith("Power.") and unit in ("Wh", "kWh"):
        return "W", _THOUSAND if unit == "kWh" else None
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
    return _within_limit(value) if value.is_finite() else None


def _within_limit(value: Decimal) -> Decimal | None:
    return value if -LIMIT < value < LIMIT else None


def _plain(value: Decimal) -> str:
    """A number with at most four decimals and no exponent, as both databases store it."""
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and (exponent < -4 or exponent > 0):
        value = value.quantize(Decimal("0.0001"))
    return format(value, "f")


def record(
    station: Station,
    connector_id: int,
    transaction_id: int | None,
    moments: Iterable[Samples],
) -> int | None:
    """Add every sampled value to the batch.

    `transaction_id` is this charger's own transaction, or None. Returns the highest value of the
    energy register in Wh, when there was one.
    """
    register: int | None = None
    rows: list[Row] = []
    for moment in moments:
        time, oddity = clock.read(moment.time, station.time_zone, station.now)
        if oddity:
            anomalies.note_once(station, AnomalyKind.CLOCK, oddity)
        time_text = stamp(time)
        for sample in moment.samples:
            value, unit, raw = _normalise(station, sample)
            # Where the measurand was missing, the unit may tell that it is something else.
            is_register = sample.measurand == REGISTER and unit == "Wh" and not sample.phase
            if is_register and value is not None:
                wh = int(value)
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
    station.batch.insert_all(READINGS, rows)
    return register


def _normalise(station: Station, sample: Sample) -> tuple[Decimal | None, str, str]:
    """Value, unit, and what was sent where that differs."""
    if sample.format == "SignedData":
        return None, sample.unit, sample.value
    value = number(sample.value)
    unit, factor = unit_of(sample.measurand, sample.unit)
    if value is not None and factor is not None:
        value = _within_limit(value * factor)
    if value is None:
        detail = f"{sample.measurand}: {sample.value[:200]!a} is no number; kept as it was sent"
        anomalies.note_once(station, AnomalyKind.BAD_VALUE, detail)
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
) -> None:
    """MeterValues: record the values with the transaction they belong to, and its energy so far.

    `payload_json` becomes the charger's `last_meter_values`.
    """
    transaction = _belongs_to(station, connector_id, transaction_id)
    register = record(station, connector_id, transaction, moments)
    station.batch.touch(LAST_METER_VALUES, station.pk, (payload_json, stamp(station.now)))
    known = station.transactions.get(transaction) if transaction is not None else None
    if transaction is not None and known is not None and register is not None:
        energy = register - known[1]
        if 0 <= energy <= MAX_PLAUSIBLE_WH:
            station.batch.touch(ENERGY, transaction, (register, energy))


def own(station: Station, transaction_id: int) -> tuple[int, int] | None:
    """Connector and meter at start (Wh) of a transaction of this very charger, or None."""
    if transaction_id in station.transactions:
        return station.transactions[transaction_id]
    found = None
    if 0 < transaction_id < 2**31:
        found = (
            Transaction.objects.filter(pk=transaction_id, charger=station.pk)
            .values_list("connector_id", "meter_start")
            .first()
        )
    if len(station.transactions) > 100:
        station.transactions.clear()
    station.transactions[transaction_id] = found
    return found


def _belongs_to(station: Station, connector_id: int, transaction_id: int | None) -> int | None:
    """The transaction that values belong to; it is never invented."""
    if transaction_id is not None:
        if own(station, transaction_id) is not None:
            return transaction_id
        if transaction_id != 0:
            detail = f"values for transaction {transaction_id}, which is not this charger's"
            anomalies.note_once(station, AnomalyKind.METERING, detail)
    if connector_id not in station.active:
        active = Transaction.objects.filter(
            charger=station.pk, connector_id=connector_id, state=TransactionState.ACTIVE
        ).values_list("pk", flat=True)[:2]
        station.active[connector_id] = active[0] if len(active) == 1 else None
    found = station.active[connector_id]
    if found is not None:
        own(station, found)
    return found
