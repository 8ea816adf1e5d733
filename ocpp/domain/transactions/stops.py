"""Stops: which transaction is meant, and what it delivered."""

from typing import NamedTuple

from ocpp.choices import AnomalyKind, RepairKind, TransactionState
from ocpp.domain import (
    anomalies,
    authorization,
    billing,
    charging_profiles,
    clock,
    events,
    metering,
)
from ocpp.domain.samples import Samples
from ocpp.domain.station import Station
from ocpp.domain.tariffs import costs
from ocpp.domain.transactions import judging
from ocpp.domain.transactions.ends import announce
from ocpp.models import OrphanStop, Transaction


class Stop(NamedTuple):
    """A reported stop; `meter` in Wh, `time` as it was sent, `id_tag` and `reason` "" if absent."""

    transaction_id: int
    id_tag: str
    meter: int
    time: str
    reason: str
    moments: list[Samples]


def stop(station: Station, told: Stop) -> Transaction | None:
    """Record a stop, and return the transaction it ended, or None when it ends none.

    The first stop of a transaction counts; the same again changes nothing, another one is noted.
    It never ends a transaction of another charge point.
    """
    station.forget()
    found = _meant(station, told)
    if found is not None and _has_ended(found) and _same_stop(found, told):
        return found
    metering.record(
        station,
        found.connector_id if found else 0,
        found.pk if found else None,
        told.moments,
    )
    if found is None:
        detail = f"a stop that fits no transaction of this charger: {told._replace(moments=[])!r}"
        anomalies.note(station, AnomalyKind.TRANSACTION, detail)
        _keep_orphan(station, told)
        return None
    if _has_ended(found):
        detail = f"a second, different stop, not counted: {told._replace(moments=[])!r}"
        anomalies.note(station, AnomalyKind.TRANSACTION, detail, transaction_id=found.pk)
    else:
        finish(station, found, told)
    return found


def _keep_orphan(station: Station, told: Stop) -> None:
    """A stop that fits nothing waits for people, once however often it is sent."""
    OrphanStop.objects.get_or_create(
        charger_id=station.pk,
        transaction_id_sent=max(-(2**63), min(told.transaction_id, 2**63 - 1)),
        meter=told.meter,
        time_raw=told.time[:64],
        defaults={
            "id_tag": told.id_tag[:255],
            "reason": told.reason[:20],
            "time": clock.read(told.time, station.time_zone, station.now).time,
            "received": station.now,
        },
    )


def _has_ended(found: Transaction) -> bool:
    """Whether its stop was reported. That of a lost one may still come."""
    return found.stop_time is not None and found.state != TransactionState.LOST


def _same_stop(found: Transaction, told: Stop) -> bool:
    return (found.meter_stop, found.stop_raw) == (told.meter, told.time[:64])


def finish(station: Station, found: Transaction, told: Stop) -> None:
    """End a transaction, whose row the caller has locked, with a stop that is its own."""
    time, oddity = clock.read(told.time, station.time_zone, station.now)
    if oddity:
        anomalies.note_once(station, AnomalyKind.CLOCK, oddity)
    if not _stays_as_decided(station, found, told):
        why = judging.judge(station, found, told.meter, (time, station.now), told.moments)
        judging.note(station, found, why)
    if found.state != TransactionState.REFUSED:
        found.state = TransactionState.COMPLETED
    found.meter_stop = told.meter
    found.stop_time = time
    found.stop_raw = told.time[:64]
    found.stop_received = station.now
    found.reason = told.reason or "Local"
    found.stop_id_tag = told.id_tag
    found.held_wh = None
    found.rolled_wh = None
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
    detail = (
        f"a late stop at {told.meter} Wh, after staff had decided on the energy: it stays"
        f" {found.energy_wh} Wh until they look again"
    )
    anomalies.note(station, AnomalyKind.TRANSACTION, detail, transaction_id=found.pk)
    return True


def _note_foreign_tag(station: Station, found: Transaction) -> None:
    """A stop cannot be refused, but another's card should not have ended it."""
    if not _same_tag(found.stop_id_tag, found.id_tag):
        detail = (
            f"started with {found.id_tag!r} and stopped with {found.stop_id_tag!r},"
            " which is not of its group"
        )
        anomalies.note(station, AnomalyKind.TRANSACTION, detail, transaction_id=found.pk)


def _meant(station: Station, told: Stop) -> Transaction | None:
    """The transaction a stop is about.

    Chargers that lost the number send 0 or -1, or another's. Then it is the one open transaction
    that tag, meter and time allow, when there is just one.
    """
    # Locked: staff may review it, or close it, at this very moment.
    mine = Transaction.objects.filter(charger=station.pk).select_for_update()
    if 0 < told.transaction_id < 2**31:
        found = mine.filter(pk=told.transaction_id).first()
        if found is not None:
            return found
    time = clock.read(told.time, station.time_zone, station.now).time
    open_ones = mine.filter(state=TransactionState.ACTIVE, start_time__lte=time)
    repeated = mine.filter(stop_raw=told.time[:64], meter_stop=told.meter)
    candidates = [
        one
        for one in (*open_ones, *repeated[:2])
        if told.meter >= one.meter_start and _same_tag(told.id_tag, one.id_tag)
    ]
    if len(candidates) != 1:
        return None
    if candidates[0].stop_time is None:
        detail = f"a stop for {told.transaction_id} was taken for the only open transaction"
        anomalies.note(station, AnomalyKind.TRANSACTION, detail, transaction_id=candidates[0].pk)
    return candidates[0]


def _same_tag(told: str, started: str) -> bool:
    """A stop need not carry a tag; a card of the same group may end it too (4.10)."""
    return not told or authorization.same_group(told, started)
