"""Transactions: started, stopped, found again, and what they add to an account."""

import logging
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.dispatch import Signal

from accounts.models import Vehicle
from ocpp.choices import AnomalyKind, Registration, TransactionState
from ocpp.domain import (
    anomalies,
    authorization,
    billing,
    charging_profiles,
    clock,
    events,
    metering,
    reservations,
)
from ocpp.domain.authorization import Decision
from ocpp.domain.station import Station
from ocpp.models import Transaction

logger = logging.getLogger(__name__)


#: How old a start from an offline queue may be, beside one that was reported before it.
OFFLINE_QUEUE = timedelta(days=30)


class Start(NamedTuple):
    """A reported start; `meter` in Wh, `time` as it was sent, `reservation_id` None if absent."""

    connector_id: int
    id_tag: str
    meter: int
    time: str
    reservation_id: int | None = None


class Stop(NamedTuple):
    """A reported stop; `meter` in Wh, `time` as it was sent, `id_tag` and `reason` "" if absent."""

    transaction_id: int
    id_tag: str
    meter: int
    time: str
    reason: str
    moments: list[metering.Samples]


def start(station: Station, told: Start) -> tuple[Transaction, str]:
    """Record a start and return its transaction with the AuthorizationStatus to answer.

    A retry finds the transaction of the first attempt, before anything else is asked. A refused
    attempt is recorded too: the charge point may have delivered energy already.
    """
    station.forget()
    known = _same_start(station, told)
    if known is not None:
        return known, known.authorization
    decision = _decide(station, told.id_tag)
    time, oddity = clock.read(told.time, station.time_zone, station.now)
    if oddity:
        anomalies.note_once(station, AnomalyKind.CLOCK, oddity)
    if decision.accepted:
        _close_lost(station, told.connector_id, time)
    try:
        with transaction.atomic():
            made = _create(station, told, decision, time)
    except IntegrityError:
        # Another process took the same retry between the look and the insert.
        known = _same_start(station, told)
        if known is None:
            raise
        return known, known.authorization
    reservations.use(station, made, told.reservation_id)
    _announce(events.transaction_started, made.pk)
    return made, made.authorization


def _decide(station: Station, id_tag: str) -> Decision:
    if station.registration != Registration.ACCEPTED:
        return Decision(authorization.INVALID, "The charge point is not accepted.", None, None)
    return authorization.decide(station.pk, id_tag)


def _same_start(station: Station, told: Start) -> Transaction | None:
    return Transaction.objects.filter(
        charger=station.pk,
        connector_id=told.connector_id,
        id_tag=told.id_tag,
        meter_start=told.meter,
        start_raw=told.time[:64],
    ).first()


def _create(station: Station, told: Start, decision: Decision, time: datetime) -> Transaction:
    return Transaction.objects.create(
        charger_id=station.pk,
        connector_id=told.connector_id,
        state=TransactionState.ACTIVE if decision.accepted else TransactionState.REFUSED,
        id_tag=told.id_tag,
        rfid=decision.card,
        account=decision.account,
        vehicle=_only_vehicle(decision),
        authorization=decision.status,
        authorization_reason=decision.reason,
        meter_start=told.meter,
        start_time=time,
        start_raw=told.time[:64],
        start_received=station.now,
    )


def _only_vehicle(decision: Decision) -> Vehicle | None:
    """The account's vehicle where it has just one; a charge point does not tell which."""
    if decision.account is None:
        return None
    vehicles = list(decision.account.vehicles.all()[:2])
    return vehicles[0] if len(vehicles) == 1 else None


def _close_lost(station: Station, connector_id: int, time: datetime) -> None:
    """A new start ends what was open before it on the connector: its stop was lost.

    A start that is older than what is open comes from an offline queue, and its own stop is on
    its way; but one that is far older comes from a clock that was set back.
    """
    for old in Transaction.objects.filter(
        Q(start_time__lte=time) | Q(start_time__gt=time + OFFLINE_QUEUE),
        charger=station.pk,
        connector_id=connector_id,
        state=TransactionState.ACTIVE,
    ):
        if _lose(old, max(time, old.start_time), station.now):
            detail = "a new transaction started on the connector; closed with the last known value"
            anomalies.note(station, AnomalyKind.TRANSACTION, detail, transaction_id=old.pk)


def _lose(old: Transaction, time: datetime, now: datetime) -> bool:
    """Close an open transaction without its stop. Returns whether it was open."""
    closed = Transaction.objects.filter(pk=old.pk, state=TransactionState.ACTIVE).update(
        state=TransactionState.LOST,
        meter_stop=F("meter_last"),
        stop_time=time,
        needs_review=True,
    )
    if closed:
        charging_profiles.transaction_ended(old.pk, now)
        _announce(events.transaction_ended, old.pk)
    return bool(closed)


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
        return None
    if _has_ended(found):
        detail = f"a second, different stop, not counted: {told._replace(moments=[])!r}"
        anomalies.note(station, AnomalyKind.TRANSACTION, detail, transaction_id=found.pk)
    else:
        _finish(station, found, told)
    return found


def _has_ended(found: Transaction) -> bool:
    """Whether its stop was reported. That of a lost one may still come."""
    return found.stop_time is not None and found.state != TransactionState.LOST


def _same_stop(found: Transaction, told: Stop) -> bool:
    return (found.meter_stop, found.stop_raw) == (told.meter, told.time[:64])


def _finish(station: Station, found: Transaction, told: Stop) -> None:
    time, oddity = clock.read(told.time, station.time_zone, station.now)
    if oddity:
        anomalies.note_once(station, AnomalyKind.CLOCK, oddity)
    energy_wh = told.meter - found.meter_start
    found.needs_review = not 0 <= energy_wh <= metering.MAX_PLAUSIBLE_WH
    if found.needs_review:
        detail = f"the meter went from {found.meter_start} to {told.meter} Wh; not billed"
        anomalies.note(station, AnomalyKind.METERING, detail, transaction_id=found.pk)
    else:
        found.energy_wh = energy_wh
    if found.state == TransactionState.REFUSED:
        # Energy flowed although it was refused, maybe with a card that was stolen: whose it is
        # is for people to say.
        found.needs_review = found.needs_review or found.energy_wh > 0
    else:
        found.state = TransactionState.COMPLETED
    found.meter_stop = told.meter
    found.stop_time = time
    found.stop_raw = told.time[:64]
    found.stop_received = station.now
    found.reason = told.reason or "Local"
    found.stop_id_tag = told.id_tag
    billing.bill(found)
    found.save()
    charging_profiles.transaction_ended(found.pk, station.now)
    _announce(events.transaction_ended, found.pk)


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
    """A stop need not carry a tag; case does not count (CiString)."""
    return not told or told.casefold() == started.casefold()


def force_close(found: Transaction, now: datetime) -> bool:
    """Staff end a transaction whose stop will never come, with the last known meter value.

    It still awaits a review. Returns whether it was open.
    """
    return _lose(found, now, now)


def _announce(signal: Signal, transaction_id: int) -> None:
    """Tell the listeners after commit; what they raise is theirs."""

    def send() -> None:
        for receiver, outcome in signal.send_robust(Transaction, transaction_id=transaction_id):
            if isinstance(outcome, Exception):
                logger.error("%r failed: %s", receiver, outcome)

    transaction.on_commit(send, robust=True)
