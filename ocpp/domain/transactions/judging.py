"""What a session delivered, judged when its stop is told, and again when evidence comes later."""

from collections.abc import Iterable
from datetime import datetime

from ocpp.choices import RepairKind, TransactionState
from ocpp.domain import anomalies, billing, energy, metering, running
from ocpp.domain.oddities import Odd
from ocpp.domain.samples import Samples
from ocpp.domain.station import Station
from ocpp.domain.tariffs import costs
from ocpp.models import Repair, Transaction

#: Repairs by which staff have said what a session delivered.
OF_ENERGY = (RepairKind.ACCEPT, RepairKind.ENERGY, RepairKind.WRITE_OFF, RepairKind.ATTACH)


def judge(
    station: Station,
    found: Transaction,
    meter: int,
    told: tuple[datetime, datetime],
    moments: Iterable[Samples] = (),
) -> Odd | None:
    """Set the energy of a session that ended at the register `meter` (Wh), or mark it for review.

    `told`: when it ended by the charge point's clock, and when that came in. `moments` are values
    that are not in the database yet. Returns what was odd, or None. The caller saves it.
    """
    known = running.own(station, found.pk)
    assert known is not None  # noqa: S101  (it is this charger's)
    most = running.most_wh(known, *told)
    fits = 0 <= meter - found.meter_start <= most
    # Only where something does not fit are the values in between worth a look.
    registers = [] if fits else running.registers(found, moments)
    judgement = energy.judge(found.meter_start, meter, registers, most)
    found.needs_review = judgement.energy_wh is None
    found.meter_base = judgement.base
    if judgement.energy_wh is None:
        found.energy_wh = energy.believable(found.meter_start, registers, most)
    else:
        found.energy_wh = judgement.energy_wh
    if found.state == TransactionState.REFUSED:
        # Energy flowed although it was refused, maybe with a card that was stolen: whose it is
        # is for people to say.
        found.needs_review = found.needs_review or found.energy_wh > 0
    return judgement.why


def note(station: Station, found: Transaction, why: Odd | None) -> None:
    """Record what was odd about the energy of a session, if anything was."""
    if why is not None:
        anomalies.note(station, why, transaction_id=found.pk)


def values(
    station: Station,
    connector_id: int,
    transaction_id: int | None,
    moments: Iterable[Samples],
    payload_json: str,
) -> None:
    """MeterValues: `metering.meter_values`, and what they change of a session that has ended."""
    ended = metering.meter_values(station, connector_id, transaction_id, moments, payload_json)
    if ended is not None:
        judge_again(station, ended)


def is_decided(found: Transaction, *kinds: RepairKind) -> bool:
    """Whether staff have made one of these repairs: then they know more than the meter says."""
    return Repair.objects.filter(transaction=found, kind__in=kinds).exists()


def judge_again(station: Station, transaction_id: int) -> None:
    """Values have come after the end of a session whose energy rests on them.

    So the order in which a charge point tells things does not matter. What staff have settled
    stays as it is.
    """
    # The values of this message, and those before it in the batch, are evidence.
    station.batch.flush()
    found = Transaction.objects.select_for_update().get(pk=transaction_id)
    if is_decided(found, *OF_ENERGY):
        return
    if found.state == TransactionState.LOST:
        _add_to_lost(station, found)
    elif _rests_on_values(found):
        _settle_again(station, found)


def _rests_on_values(found: Transaction) -> bool:
    return found.stop_received is not None and (found.needs_review or found.meter_base is not None)


def _settle_again(station: Station, found: Transaction) -> None:
    assert found.stop_time is not None  # noqa: S101  (it was stopped)
    assert found.stop_received is not None  # noqa: S101
    assert found.meter_stop is not None  # noqa: S101
    before = (found.energy_wh, found.meter_base, found.needs_review)
    why = judge(station, found, found.meter_stop, (found.stop_time, found.stop_received))
    if before == (found.energy_wh, found.meter_base, found.needs_review):
        return
    note(station, found, why)
    billing.bill(found)
    found.save(update_fields=["energy_wh", "meter_base", "needs_review", "billed_wh"])
    costs.record(found, station.now)


def _add_to_lost(station: Station, found: Transaction) -> None:
    """The last known value of a session that was never stopped may become known late."""
    known = running.own(station, found.pk)
    if not found.needs_review or known is None or found.stop_time is None:
        return
    registers = running.registers(found)
    most = running.most_wh(known, found.stop_time, station.now)
    believed = energy.believable(found.meter_start, registers, most)
    if believed > found.energy_wh:
        found.energy_wh = believed
        found.meter_last = found.meter_stop = found.meter_start + believed
        found.save(update_fields=["energy_wh", "meter_last", "meter_stop"])
