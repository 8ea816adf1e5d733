"""The end of a transaction by a stop of its own, and how that is undone."""

from datetime import datetime
from typing import NamedTuple

from ocpp.choices import RepairKind, TransactionState
from ocpp.domain import (
    anomalies,
    authorization,
    billing,
    charging_profiles,
    clock,
    events,
    holds,
    running,
)
from ocpp.domain.oddities import Oddity, odd
from ocpp.domain.samples import Samples
from ocpp.domain.station import Station
from ocpp.domain.tariffs import costs
from ocpp.domain.transactions import judging
from ocpp.domain.transactions.ends import announce
from ocpp.models import Repair, Transaction


class Stop(NamedTuple):
    """A reported stop; `meter` in Wh, `time` as it was sent, `id_tag` and `reason` "" if absent."""

    transaction_id: int
    id_tag: str
    meter: int
    time: str
    reason: str
    moments: list[Samples]


def finish(
    station: Station, found: Transaction, told: Stop, when: tuple[datetime, datetime] | None = None
) -> None:
    """End a transaction, whose row the caller has locked, with a stop that is its own.

    `when` it ended and that came in, where it did so before now.
    """
    if when is None:
        time, oddity = clock.read(told.time, station.time_zone, station.now)
        if oddity:
            anomalies.note_once(station, oddity)
        when = time, station.now
    if not _stays_as_decided(station, found, told):
        why = judging.judge(station, found, told.meter, when, told.moments)
        judging.note(station, found, why)
    if found.state != TransactionState.REFUSED:
        found.state = TransactionState.COMPLETED
    found.meter_stop = told.meter
    found.stop_time, found.stop_received = when
    found.stop_raw = told.time[:64]
    found.reason = told.reason or "Local"
    found.stop_id_tag = told.id_tag
    found.held_wh = None
    _note_foreign_tag(station, found)
    billing.bill(found)
    found.save()
    costs.record(found, station.now, told.moments)
    charging_profiles.transaction_ended(found.pk, station.now)
    station.forget()
    announce(events.transaction_ended, found.pk)


def _stays_as_decided(station: Station, found: Transaction, told: Stop) -> bool:
    """Whether staff have said what it delivered: a late stop then asks them again, no more."""
    if found.state != TransactionState.LOST:
        return False
    if not judging.is_decided(found, RepairKind.ENERGY, RepairKind.WRITE_OFF):
        return False
    found.needs_review = True
    late = odd(Oddity.LATE_STOP, meter=told.meter, energy=found.energy_wh)
    anomalies.note(station, late, transaction_id=found.pk)
    return True


def _note_foreign_tag(station: Station, found: Transaction) -> None:
    """A stop cannot be refused, but another's card should not have ended it."""
    if not same_tag(found.stop_id_tag, found.id_tag):
        foreign = odd(Oddity.FOREIGN_TAG, started=found.id_tag, stopped=found.stop_id_tag)
        anomalies.note(station, foreign, transaction_id=found.pk)


def same_tag(told: str, started: str) -> bool:
    """A stop need not carry a tag; a card of the same group may end it too (4.10)."""
    return not told or authorization.same_group(told, started)


def take_back(station: Station, found: Transaction, held_wh: int | None) -> None:
    """The stop that ended a transaction was not its own: it runs again, or was lost.

    The caller has locked the row, and has given back the readings of the stop. `held_wh` is what
    was held for it before that stop; where it was on credit a hold is taken anew.
    """
    billing.take_back(found)
    so_far = running.so_far(found)
    found.state = TransactionState.ACTIVE
    found.meter_last, found.energy_wh, found.meter_base = so_far
    found.meter_stop = found.stop_time = found.stop_received = None
    found.stop_raw = found.reason = found.stop_id_tag = ""
    found.needs_review = False
    ended = _lost_at(found)
    if ended is not None:
        found.state = TransactionState.LOST
        found.meter_stop = found.meter_last
        found.stop_time = ended
        found.needs_review = True
    elif held_wh is not None and found.account is not None:
        found.held_wh = found.energy_wh + holds.take(found.account)
    found.save()
    costs.record(found, station.now)
    station.forget()


def _lost_at(found: Transaction) -> datetime | None:
    """When it ended without a stop: staff have closed it, or a later one began in its place."""
    closed = Repair.objects.filter(transaction=found, kind=RepairKind.CLOSE).order_by("pk").first()
    if closed is not None:
        return closed.time
    later = (
        Transaction.objects.filter(
            charger=found.charger_id,
            connector_id=found.connector_id,
            start_time__gte=found.start_time,
        )
        .exclude(state=TransactionState.REFUSED)
        .exclude(pk=found.pk)
        .order_by("start_time")
    )
    return later.values_list("start_time", flat=True).first()
