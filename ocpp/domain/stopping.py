"""Sessions that the node ends: their charge point is asked to stop them (RemoteStopTransaction).

They are asked once, and again after a while when the request was lost or energy still flows. Of
several processes that find the same session due, one asks.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from ocpp.choices import CommandState, StopCause, TransactionState
from ocpp.domain import anomalies, clock
from ocpp.domain.errors import DomainError
from ocpp.domain.oddities import Odd, Oddity, odd
from ocpp.domain.station import Known, Station
from ocpp.models import Command, Transaction

logger = logging.getLogger(__name__)

#: How long to wait for a session to end before it is asked again.
ASK_AGAIN = timedelta(minutes=5)
#: How long after a request that could not be queued the next one is tried.
TRY_AGAIN = timedelta(seconds=30)
#: How many sessions are looked at in one go.
MOST = 100

_ACTION = "remote_stop"


def ask(found: Transaction, cause: StopCause, now: datetime) -> bool:
    """Ask for the end of an open session, which the caller has locked, unless it just was asked.

    Returns whether it was. Where the charge point cannot be told now, it is tried again later.
    """
    if found.stop_asked is not None and found.stop_asked > now - ASK_AGAIN:
        return False
    from ocpp.domain import commands  # which learns from answers by way of other rules

    try:
        commands.queue(
            found.charger,
            _ACTION,
            {"transaction_id": found.pk},
            time_to_live_s=int(ASK_AGAIN.total_seconds()),
        )
    except DomainError as refusal:
        logger.warning("Transaction %d cannot be stopped: %s", found.pk, refusal)
        return False
    found.stop_asked = now
    found.stop_asked_wh = found.energy_wh
    found.stop_cause = cause
    found.save(update_fields=["stop_asked", "stop_asked_wh", "stop_cause"])
    return True


def reached_energy(station: Station, transaction_id: int, known: Known, so_far: int) -> None:
    """A running session has all the energy that it may have (Wh): it is asked to stop.

    From then on it is looked after by `ask_due`.
    """
    known.limit_wh = None
    now = station.now
    with transaction.atomic():
        found = _open(transaction_id)
        if found is None or found.stop_cause == StopCause.ENERGY:
            return
        found.energy_wh = max(found.energy_wh, so_far)  # which is saved with the values
        asked = ask(found, StopCause.ENERGY, now)
        if asked:
            anomalies.note(station, _said(found, StopCause.ENERGY), transaction_id=found.pk)
        _look_again(found, _next_look(found, now))


def ask_due(owner: str, now: datetime) -> int:
    """Ask for the end of the sessions of this process's connections whose time is up.

    Returns how many were asked. One query when none is due.
    """
    due = Transaction.objects.filter(
        state=TransactionState.ACTIVE, stop_at__lte=now, charger__owner=owner
    )
    ids = list(due.order_by("stop_at").values_list("pk", flat=True)[:MOST])
    return sum(_ask_if_due(pk, now) for pk in ids)


def _ask_if_due(transaction_id: int, now: datetime) -> bool:
    with transaction.atomic():
        found = _open(transaction_id)
        if found is None or found.stop_at is None or found.stop_at > now:
            return False  # it has ended, or another process was quicker
        if found.stop_asked is not None and not _goes_on(found):
            _look_again(found, now + ASK_AGAIN)
            return False
        cause = _cause(found, now)
        asked = ask(found, cause, now)
        if asked:
            said = _said(found, cause)
            anomalies.record(found.charger_id, said, now, transaction_id=found.pk)
        _look_again(found, _next_look(found, now))
        return asked


def _open(transaction_id: int) -> Transaction | None:
    """A session that runs; until COMMIT nobody else asks for its end."""
    return (
        Transaction.objects.select_for_update()
        .filter(pk=transaction_id, state=TransactionState.ACTIVE)
        .first()
    )


def _look_again(found: Transaction, when: datetime | None) -> None:
    found.stop_at = when
    found.save(update_fields=["stop_at"])


def _next_look(found: Transaction, now: datetime) -> datetime:
    """When to see whether it has ended: soon, where it could not be asked."""
    if found.stop_asked is None or found.stop_asked <= now - ASK_AGAIN:
        return now + TRY_AGAIN
    return found.stop_asked + ASK_AGAIN


def _goes_on(found: Transaction) -> bool:
    """Whether energy flows although it was asked to stop, or the request was not answered.

    An orphan, which will never end, is not asked for ever.
    """
    if found.energy_wh > (found.stop_asked_wh or 0):
        return True
    last = Command.objects.filter(
        charger=found.charger_id, action=_ACTION, payload__transaction_id=found.pk
    ).order_by("-pk")
    state = last.values_list("state", flat=True).first()
    return state not in (CommandState.ANSWERED, CommandState.ERROR)


def _cause(found: Transaction, now: datetime) -> StopCause:
    if found.limit_wh is not None and found.energy_wh >= found.limit_wh:
        return StopCause.ENERGY
    if found.stop_cause in (StopCause.MINUTES, StopCause.HOURS):
        return StopCause(found.stop_cause)
    if found.limit_minutes is not None:
        began = clock.happened(found.start_time, found.start_received)
        if began + timedelta(minutes=found.limit_minutes) <= now:
            return StopCause.MINUTES
    return StopCause.HOURS


def _said(found: Transaction, cause: StopCause) -> Odd:
    """Why, as it is recorded."""
    if cause == StopCause.ENERGY:
        return odd(Oddity.ENERGY_REACHED, energy=found.energy_wh, most=found.limit_wh or 0)
    if cause == StopCause.MINUTES:
        return odd(Oddity.MINUTES_REACHED, minutes=found.limit_minutes or 0)
    return odd(Oddity.HOURS_OVER)
