"""A driver starts and ends a session of their own, and is told what becomes of it."""

from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.domain import throttle
from accounts.models import User
from ocpp.choices import CommandState, TransactionState
from ocpp.domain import driving
from ocpp.domain.errors import TooMany
from ocpp.domain.queries import reasons
from ocpp.models import Charger, Command, Transaction
from ocpp.operations.outcome import Outcome, outcome_of
from ocpp.operations.remote_start import remote_start
from ocpp.operations.remote_stop import remote_stop


def start_own(user: User, charger: Charger, connector_id: int | None = None) -> Command:
    """Ask `charger` for a session of `user`, with a card of theirs.

    Raises Conflict with the reason in words where none can begin, TooMany, NotConnected.
    """
    choice = driving.choose(user, charger, connector_id, timezone.now())
    _count(user)
    return remote_start(
        charger, id_tag=choice.card.rfid, connector_id=choice.connector_id, user=user
    )


def stop_own(user: User, number: int) -> Command:
    """Ask for the end of a session of the driver's own account.

    Raises NotFound for another's, Conflict for one that has ended, TooMany, NotConnected.
    """
    found = driving.own_session(user, number)
    _count(user)
    return remote_stop(found.charger, transaction_id=found.pk, user=user)


def _count(user: User) -> None:
    limit = throttle.Limit(settings.DRIVER_REQUESTS_PER_MINUTE, throttle.MINUTE)
    try:
        throttle.take([throttle.Counter(f"driver-requests {user.pk}", (limit,))])
    except throttle.TooManyAttempts as refusal:
        words = _("That was too often. Try again in %(seconds)d s.")
        raise TooMany(words % {"seconds": refusal.retry_after_s}) from refusal


class Notice(NamedTuple):
    """What became of a request, for its driver. The levels are those of Bootstrap's alerts."""

    level: str
    words: str
    #: The charger has not done it yet: there is more to come.
    busy: bool = False


def notice(user: User, charger: Charger, now: datetime) -> Notice | None:
    """What became of what a driver has just asked a charger for; None when that is all done."""
    command = driving.latest_request(user, charger, now)
    if command is None:
        return None
    outcome = outcome_of(command)
    if outcome in (Outcome.WAITING, Outcome.SENT):
        return Notice("info", _("Asking the charger…"), busy=True)
    if outcome is Outcome.DONE:
        started = command.action == "remote_start"
        return _after_start(command, user) if started else _after_stop(command)
    if outcome is Outcome.DECLINED:
        if command.action == "remote_start":
            words = _(
                "The charger refused to start. Check that the cable is plugged in at both ends and"
                " that the connector is free, then try again."
            )
        else:
            words = _("The charger refused to stop. End the session at the charger itself.")
        return Notice("danger", words)
    return Notice("danger", _failure(command))


def _after_start(command: Command, user: User) -> Notice | None:
    begun = Transaction.objects.filter(
        charger=command.charger_id, account__user=user, start_received__gte=command.created
    )
    found = begun.order_by("-pk").first()
    if found is None:
        words = _("The charger agreed. Plug in if you have not; charging begins in a moment.")
        return Notice("success", words, busy=True)
    if found.state == TransactionState.REFUSED:
        why = reasons.told(found.authorization_reason)
        words = _("The session was not allowed to begin: %(why)s") % {"why": why}
        return Notice("danger", words)
    return None


def _after_stop(command: Command) -> Notice | None:
    number = command.payload.get("transaction_id")
    if Transaction.objects.filter(pk=number, state=TransactionState.ACTIVE).exists():
        return Notice("info", _("The charger agreed and is ending the session…"), busy=True)
    return None


def _failure(command: Command) -> str:
    if command.state == CommandState.ERROR:
        return _("The charger could not do that. Use its own buttons, or ask the operator.")
    if command.state == CommandState.FAILED:
        return _("The charger lost its connection before it answered. Try again in a minute.")
    if command.state == CommandState.EXPIRED:
        return _("The charger could not be reached in time. Try again.")
    words = _("The charger did not answer within %(seconds)d s. Try again, or use its buttons.")
    return words % {"seconds": settings.OCPP_CALL_TIMEOUT_S}
