"""Stops: which transaction is meant, and what it delivered."""

from ocpp.choices import TransactionState
from ocpp.domain import anomalies, metering
from ocpp.domain.oddities import Oddity, odd
from ocpp.domain.station import Station
from ocpp.domain.transactions import unnumbered
from ocpp.domain.transactions.finishing import Stop, finish
from ocpp.models import Transaction


def stop(station: Station, told: Stop) -> Transaction | None:
    """Record a stop, and return the transaction it ended, or None when it ends none.

    The first stop of a transaction counts; the same again changes nothing, another one is noted.
    It never ends a transaction of another charge point.
    """
    station.forget()
    found = _by_number(station, told.transaction_id)
    if found is None:
        return unnumbered.stop(station, told)
    guessed = unnumbered.joined_to(found)
    if _has_ended(found) and _same_stop(found, told):
        if guessed is not None:
            unnumbered.confirm(guessed)
        return found
    metering.record(station, found.connector_id, found.pk, told.moments)
    if guessed is not None:
        unnumbered.take_back(station, guessed)
        found.refresh_from_db()
    if _has_ended(found):
        second = odd(Oddity.SECOND_STOP, meter=told.meter, time=told.time, tag=told.id_tag)
        anomalies.note(station, second, transaction_id=found.pk)
        return found
    finish(station, found, told)
    unnumbered.fit(station, found.start_time, told)
    return found


def _by_number(station: Station, number: int) -> Transaction | None:
    """This charge point's own transaction of that number."""
    if not 0 < number < 2**31:
        return None
    # Locked: staff may review it, or close it, at this very moment.
    return Transaction.objects.filter(charger=station.pk, pk=number).select_for_update().first()


def _has_ended(found: Transaction) -> bool:
    """Whether its stop was reported. That of a lost one may still come."""
    return found.stop_time is not None and found.state != TransactionState.LOST


def _same_stop(found: Transaction, told: Stop) -> bool:
    return (found.meter_stop, found.stop_raw) == (told.meter, told.time[:64])
