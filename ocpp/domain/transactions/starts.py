"""Starts: one transaction for each, whatever a charge point repeats."""

from datetime import datetime
from typing import NamedTuple

from django.db import IntegrityError, transaction

from accounts.models import Vehicle
from accounts.prepared import Prepared
from ocpp.choices import Registration, TransactionState
from ocpp.domain import (
    anomalies,
    authorization,
    clock,
    events,
    holds,
    limits,
    reservations,
    start_profiles,
    unknown_tags,
)
from ocpp.domain.authorization import Decision, TagInfo
from ocpp.domain.station import Station
from ocpp.domain.transactions import unnumbered
from ocpp.domain.transactions.ends import announce, close_lost
from ocpp.models import Transaction

#: There is one of them at most: the database sees to it.
_SAME = Prepared(
    lambda charger, connector, id_tag, meter, time: (
        Transaction.objects.filter(
            charger=charger,
            connector_id=connector,
            id_tag=id_tag,
            meter_start=meter,
            start_raw=time,
        )
        .select_related("rfid")
        .order_by()
    ),
    5,
)
_VEHICLES = Prepared(
    lambda account: Vehicle.objects.filter(account=account).order_by().values_list("pk")[:2], 1
)


class Start(NamedTuple):
    """A reported start; `meter` in Wh, `time` as it was sent, `reservation_id` None if absent."""

    connector_id: int
    id_tag: str
    meter: int
    time: str
    reservation_id: int | None = None


def start(station: Station, told: Start) -> tuple[Transaction, TagInfo]:
    """Record a start and return its transaction with what to answer of the id tag.

    A retry finds the transaction of the first attempt, before anything else is asked. A refused
    attempt is recorded too: the charge point may have delivered energy already.
    """
    station.forget()
    known = _same_start(station, told)
    if known is not None:
        return known, _told_before(known)
    time, oddity = clock.read(told.time, station.time_zone, station.now)
    if oddity:
        anomalies.note_once(station, oddity)
    decision = _decide(station, told, time)
    if decision.accepted:
        close_lost(station, told.connector_id, time)
    decision, held_wh = _hold(decision)
    try:
        with transaction.atomic():
            made = _create(station, told, decision, time, held_wh)
    except IntegrityError:
        # Another process took the same retry between the look and the insert.
        known = _same_start(station, told)
        if known is None:
            raise
        return known, _told_before(known)
    reservations.use(station, made, told.reservation_id)
    start_profiles.use(made, station.now)
    if not clock.is_of_queue(time, station.now):
        # Of a session that began long ago nobody is told that it begins.
        announce(events.transaction_started, made.pk)
    if decision.accepted:
        # Its stop, or that of another, may have come before it without a number.
        unnumbered.fit(station, time)
    return made, decision.info


def _decide(station: Station, told: Start, time: datetime) -> Decision:
    if station.registration != Registration.ACCEPTED:
        return Decision(authorization.INVALID, "The charge point is not accepted.", None, None)
    decision = authorization.decide_start(station, told.id_tag, told.connector_id, time)
    if decision.card is None:
        unknown_tags.note(station, told.id_tag, decision.status)
    return decision


def _told_before(known: Transaction) -> TagInfo:
    """A retry is answered as the first attempt was, with what is known of the card now."""
    return authorization.tag_info(known.authorization, known.rfid)


def _hold(decision: Decision) -> tuple[Decision, int | None]:
    """Hold energy where credit decides. Another session may just have taken the last of it."""
    if not decision.accepted or not decision.on_credit or decision.account is None:
        return decision, None
    held_wh = holds.take(decision.account)
    if held_wh:
        return decision, held_wh
    reason = "All that is left is held for other sessions."
    return decision._replace(status=authorization.BLOCKED, reason=reason), None


def _same_start(station: Station, told: Start) -> Transaction | None:
    return _SAME.first(station.pk, told.connector_id, told.id_tag, told.meter, told.time[:64])


def _create(
    station: Station, told: Start, decision: Decision, time: datetime, held_wh: int | None
) -> Transaction:
    agreed = limits.of(decision, clock.happened(time, station.now))
    return Transaction.objects.create(
        charger_id=station.pk,
        connector_id=told.connector_id,
        state=TransactionState.ACTIVE if decision.accepted else TransactionState.REFUSED,
        id_tag=told.id_tag,
        rfid=decision.card,
        account=decision.account,
        vehicle_id=_only_vehicle(decision),
        authorization=decision.status,
        authorization_reason=decision.reason,
        meter_start=told.meter,
        start_time=time,
        start_raw=told.time[:64],
        start_received=station.now,
        held_wh=held_wh,
        limit_wh=agreed.wh,
        limit_minutes=agreed.minutes,
        stop_at=agreed.stop_at,
    )


def _only_vehicle(decision: Decision) -> int | None:
    """The account's vehicle where it has just one; a charge point does not tell which."""
    if decision.account is None:
        return None
    vehicles = _VEHICLES.all(decision.account.pk)
    return vehicles[0][0] if len(vehicles) == 1 else None
