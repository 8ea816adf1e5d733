"""The transactions that meter values belong to, and their energy while they run."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.db.models import BooleanField, ExpressionWrapper, OuterRef, Q, Subquery

from ocpp.choices import TransactionState
from ocpp.domain import anomalies, clock, energy, holds, stopping
from ocpp.domain.energy import Register
from ocpp.domain.oddities import Oddity, odd
from ocpp.domain.samples import REGISTER, Sample, Samples, number, unit_of
from ocpp.domain.station import Known, Station
from ocpp.models import Connector, MeterReading, Transaction
from ocpp.writer.tables import Touch

#: A register only grows, and a stopped transaction has its last word already.
ENERGY = Touch(
    Transaction,
    ("meter_last", "energy_wh"),
    greatest=("meter_last", "energy_wh"),
    where='"stop_time" IS NULL',
)


def has_ended(station: Station, transaction: int) -> bool:
    """Whether a transaction has ended and values that come now may still change its energy."""
    known = station.transactions.get(transaction)
    return known is not None and known.open_to_values


def count(station: Station, transaction: int, register: int, time: datetime | None) -> None:
    """The energy of a transaction so far, by its newest register value (Wh), told at `time`.

    A value that does not fit the start begins a count of its own: the register may begin with the
    session, or the value at the start was none. The stop decides, with all values in view.
    """
    known = station.transactions.get(transaction)
    if known is None:
        return
    most = most_wh(known, time, station.now)
    so_far = register - known.meter_start
    if not 0 <= so_far <= most:
        if so_far > most and known.meter_start > 0:
            return  # a jump: the meter lies, or the connector does more than is known
        if known.base is None or register < known.base:
            _begin_at(station, transaction, known, register)
            return
        so_far = register - known.base
        if so_far > most:
            return
    station.batch.touch(ENERGY, transaction, (register, so_far))
    if known.held_wh is not None and holds.is_low(known, so_far):
        holds.extend(station, transaction, known, so_far)
    if known.limit_wh is not None and so_far >= known.limit_wh:
        stopping.reached_energy(station, transaction, known, so_far)
    known.so_far = max(known.so_far, so_far)


def most_wh(known: Known, time: datetime | None, now: datetime) -> int:
    """The most energy (Wh) that a transaction can have taken until `time`, told `now`.

    The longer of the two times counts: by the charge point's clock, which may be set in between,
    and by ours, which knows nothing of an offline queue. One of each kind would add up what lies
    between them: what came days later would have had days to flow.
    """
    by_ours = now - known.received
    by_its_own = by_ours if time is None else time - known.started
    return energy.most_wh(known.power_w, max(by_its_own, by_ours))


def _begin_at(station: Station, transaction: int, known: Known, register: int) -> None:
    if register < 0:
        return
    # Of what has ended, here or in another process, the stop has said what it delivered.
    running_one = Transaction.objects.filter(pk=transaction, stop_time=None)
    if not running_one.update(meter_base=register):
        station.transactions.pop(transaction, None)
        return
    known.base = register
    other = odd(Oddity.OTHER_BASE, start=known.meter_start, register=register)
    anomalies.note_once(station, other)


class SoFar(NamedTuple):
    """What values tell of a session: the highest (Wh), its energy, and the base they count from."""

    last: int | None
    energy_wh: int
    base: int | None


def so_far(transaction: Transaction) -> SoFar:
    """What `count` would have made of all values of a transaction, in the order of their times."""
    power = Transaction.objects.filter(pk=transaction.pk).values_list(power_of_connector())
    power_w = power[0][0] or settings.OCPP_CONNECTOR_POWER_W
    start, base = transaction.meter_start, None
    last, energy_wh = None, 0
    for time, (wh, _) in timed_registers(transaction):
        most = energy.most_wh(power_w, time - transaction.start_time)
        delivered = wh - start
        if not 0 <= delivered <= most:
            if delivered > most and start > 0:
                continue
            if base is None or wh < base:
                base = wh if wh >= 0 else base
                continue
            delivered = wh - base
            if delivered > most:
                continue
        last = wh if last is None else max(last, wh)
        energy_wh = max(energy_wh, delivered)
    return SoFar(last, energy_wh, base)


def registers(transaction: Transaction, moments: Iterable[Samples] = ()) -> list[Register]:
    """The values of `timed_registers`, without their times."""
    return [register for _, register in timed_registers(transaction, moments)]


def timed_registers(
    transaction: Transaction, moments: Iterable[Samples] = (), until: datetime | None = None
) -> list[tuple[datetime, Register]]:
    """The values of the energy register during a transaction, in the order of their times.

    `moments` are those of the message at hand, which are not in the database yet. Without `until`
    those told for after its end are among them.
    """
    rows = MeterReading.objects.filter(
        charger=transaction.charger_id,
        transaction=transaction.pk,
        timestamp__gte=transaction.start_time,
        measurand=REGISTER,
        unit="Wh",
        phase="",
    )
    if until is not None:
        rows = rows.filter(timestamp__lte=until)
    found = [
        (time, Register(int(value), context))
        for time, value, context in rows.values_list("timestamp", "value", "context")
        if value is not None
    ]
    for moment in moments:
        time, _ = clock.read(moment.time, "", transaction.start_received)
        told = (_register(sample) for sample in moment.samples)
        found += [(time, register) for register in told if register is not None]
    return sorted(found, key=lambda one: one[0])


def energy_points(
    transaction: Transaction, moments: Iterable[Samples] = (), until: datetime | None = None
) -> list[tuple[datetime, int]]:
    """The same as energy since its start (Wh), counted from where its register is counted from."""
    base = transaction.meter_start if transaction.meter_base is None else transaction.meter_base
    registers = timed_registers(transaction, moments, until)
    return [(time, register.wh - base) for time, register in registers]


def _register(sample: Sample) -> Register | None:
    text, kind = sample
    if not kind.register or kind.phase:
        return None
    value, (_, factor) = number(text), unit_of(kind.measurand, kind.unit)
    return None if value is None else Register(int(value * (factor or 1)), kind.context)


def own(station: Station, transaction_id: int) -> Known | None:
    """What is known of a transaction of this very charger, or None."""
    if transaction_id in station.transactions:
        return station.transactions[transaction_id]
    found = None
    if 0 < transaction_id < 2**31:
        row = (
            Transaction.objects.filter(pk=transaction_id, charger=station.pk)
            .values_list(
                "meter_start",
                "meter_base",
                "start_time",
                "start_received",
                power_of_connector(),
                "energy_wh",
                "held_wh",
                "limit_wh",
                _open_to_values(),
            )
            .first()
        )
        if row is not None:
            start, base, time, received, power_w, so_far, held_wh, limit_wh, late = row
            power_w = power_w or settings.OCPP_CONNECTOR_POWER_W
            found = Known(start, base, time, received, power_w, so_far, held_wh, limit_wh, late)
    if len(station.transactions) > 100:
        station.transactions.clear()
    station.transactions[transaction_id] = found
    return found


def _open_to_values() -> "ExpressionWrapper[Q]":
    """Whether it has ended with an energy that rests on its values, or awaits a review."""
    ended = Q(stop_time__isnull=False)
    return ExpressionWrapper(
        ended & (Q(needs_review=True) | Q(meter_base__isnull=False)), output_field=BooleanField()
    )


def power_of_connector() -> Subquery:
    """For a query of transactions: what their connector delivers at most (W), where staff said."""
    connector = Connector.objects.filter(
        charger=OuterRef("charger"), connector_id=OuterRef("connector_id")
    )
    return Subquery(connector.values("max_power_w")[:1])


def belongs_to(station: Station, connector_id: int, transaction_id: int | None) -> int | None:
    """The transaction that values belong to; it is never invented."""
    if transaction_id is not None:
        if own(station, transaction_id) is not None:
            return transaction_id
        if transaction_id != 0:
            anomalies.note_once(station, odd(Oddity.FOREIGN_VALUES, number=transaction_id))
    if connector_id not in station.active:
        active = Transaction.objects.filter(
            charger=station.pk, connector_id=connector_id, state=TransactionState.ACTIVE
        ).values_list("pk", flat=True)[:2]
        station.active[connector_id] = active[0] if len(active) == 1 else None
    found = station.active[connector_id]
    if found is not None:
        own(station, found)
    return found
