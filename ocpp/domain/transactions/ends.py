"""Ends without a stop of the charge point, and telling others that something began or ended."""

import logging
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.dispatch import Signal

from accounts.prepared import Prepared
from ocpp.choices import TransactionState
from ocpp.domain import (
    anomalies,
    charging_profiles,
    clock,
    events,
)
from ocpp.domain.oddities import Oddity, odd
from ocpp.domain.station import Station
from ocpp.models import Transaction

logger = logging.getLogger(__name__)


_LEFT_OPEN = Prepared(
    lambda charger, connector, time, far: Transaction.objects.filter(
        Q(start_time__lte=time) | Q(start_time__gt=far),
        charger=charger,
        connector_id=connector,
        state=TransactionState.ACTIVE,
    ).only("start_time"),
    4,
)


def close_lost(station: Station, connector_id: int, time: datetime) -> None:
    """A new start ends what was open before it on the connector: its stop was lost.

    A start that is older than what is open comes from an offline queue, and its own stop is on
    its way; but one that is far older comes from a clock that was set back.
    """
    for old in _LEFT_OPEN.all(station.pk, connector_id, time, time + clock.OFFLINE_QUEUE):
        if _lose(old, max(time, old.start_time), station.now):
            anomalies.note(station, odd(Oddity.LOST), transaction_id=old.pk)


def _lose(old: Transaction, time: datetime, now: datetime) -> bool:
    """Close an open transaction without its stop. Returns whether it was open."""
    closed = Transaction.objects.filter(pk=old.pk, state=TransactionState.ACTIVE).update(
        state=TransactionState.LOST,
        meter_stop=F("meter_last"),
        stop_time=time,
        needs_review=True,
        held_wh=None,
    )
    if closed:
        charging_profiles.transaction_ended(old.pk, now)
        announce(events.transaction_ended, old.pk)
    return bool(closed)


def force_close(found: Transaction, now: datetime) -> bool:
    """Staff end a transaction whose stop will never come, with the last known meter value.

    It still awaits a review. Returns whether it was open.
    """
    return _lose(found, now, now)


def announce(signal: Signal, transaction_id: int) -> None:
    """Tell the listeners after commit; what they raise is theirs."""

    def send() -> None:
        for receiver, outcome in signal.send_robust(Transaction, transaction_id=transaction_id):
            if isinstance(outcome, Exception):
                logger.error("%r failed: %s", receiver, outcome)

    transaction.on_commit(send, robust=True)
