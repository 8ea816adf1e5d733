"""What a driver may do at a charger from a page: start a session of their own, and end it.

A driver is known to a charge point by a card, so a start from a page is one with a card of theirs;
whether it may charge is judged as if they held it to the reader. A session is a driver's own when
it is on their account.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.domain import balance
from accounts.domain.balance import Balance
from accounts.models import RFID, Account, User
from ocpp.choices import CommandState, TransactionState
from ocpp.domain import authorization, reservations
from ocpp.domain.errors import Conflict, NotFound
from ocpp.domain.queries import reasons, states
from ocpp.models import Charger, Command, Reservation, Transaction

#: Of more cards than that, only the oldest are tried.
MOST_CARDS = 5
#: States of a connector at which a session can begin.
STARTABLE = frozenset({"Available", "Preparing"})
RESERVED = "Reserved"
#: For how long a page tells what became of a request.
RECENT = timedelta(minutes=2)

_REQUESTS = ("remote_start", "remote_stop")


@dataclass(frozen=True, slots=True)
class Standing:
    """How a driver stands at a charger: with which card they could start, or why they cannot."""

    account: Account | None
    balance: Balance | None
    card: RFID | None
    #: Why they may not start a session, in the language of the reader; "" when they may.
    refusal: str = ""


def standing(user: User, charger: Charger, kept: Sequence[Reservation], now: datetime) -> Standing:
    """Judge a driver at a charger, of which `kept` are the reservations that hold now.

    The card of a reservation of theirs is tried first. About six queries for each card that is
    refused, and one card is enough when it is not.
    """
    account = Account.objects.select_related("user").filter(user=user).first()
    if account is None:
        words = _("You have no energy account yet. Ask the operator to open one.")
        return Standing(None, None, None, words)
    energy = balance.of(account)
    cards = [card for card in _cards(account) if not card.has_expired(now)]
    if not cards:
        words = _(
            "None of your cards may charge. A charger knows you by a card:"
            " ask the operator for one."
        )
        return Standing(account, energy, None, words)
    refusal = ""
    cards.sort(key=lambda card: not any(is_for(card, one) for one in kept))
    for card in cards:
        why = _why_not(card, charger, now)
        if not why:
            return Standing(account, energy, card)
        refusal = refusal or why
    return Standing(account, energy, None, refusal)


def _cards(account: Account) -> QuerySet[RFID]:
    found: QuerySet[RFID] = RFID.objects.filter(user=account.user_id, allowed=True)
    return found.order_by("pk")[:MOST_CARDS]


def _why_not(card: RFID, charger: Charger, now: datetime) -> str:
    decision = authorization.decide(charger.pk, card.rfid, now)
    if not decision.accepted:
        return reasons.told(decision.reason)
    most = card.max_concurrent
    if most is not None and authorization.running_with(card).count() >= most:
        return _("Your card is charging elsewhere already. End that session first.")
    return ""


def is_for(card: RFID, kept: Reservation) -> bool:
    """Whether a reservation is for this card, or for its group."""
    group = bool(card.parent) and card.parent.casefold() == kept.parent_id_tag.casefold()
    return group or card.rfid.casefold() == kept.id_tag.casefold()


def may_start_at(status: str, connector_id: int, card: RFID, kept: Iterable[Reservation]) -> bool:
    """Whether a session with `card` can begin at a connector with this status, as it counts now.

    A reserved one is for those for whom it is kept.
    """
    if connector_id == 0:
        return False
    if status in STARTABLE:
        return True
    mine = (one for one in kept if one.connector_id in (0, connector_id))
    return status == RESERVED and any(is_for(card, one) for one in mine)


@dataclass(frozen=True, slots=True)
class Choice:
    """With which card, and where, a session is to begin."""

    card: RFID
    connector_id: int


def choose(user: User, charger: Charger, connector_id: int | None, now: datetime) -> Choice:
    """What to ask a charger for, where a driver wants to start a session there.

    `connector_id` None is whichever can be: the only free one, or the only one that is plugged in.
    Raises Conflict, with the reason in words, where no session can begin.
    """
    kept = reservations.active_at(charger, now)
    at = standing(user, charger, kept, now)
    if at.account is None or at.card is None:
        raise Conflict(at.refusal)
    mine = own_sessions(at.account).filter(charger=charger)
    if connector_id is not None and mine.filter(connector_id=connector_id).exists():
        raise Conflict(_("You are charging there already."))
    if _is_asking(user, charger, now):
        raise Conflict(_("The charger is being asked already. Wait for its answer."))
    found = _statuses(charger, kept)
    free = [
        number
        for number, status in found.items()
        if may_start_at(status, number, at.card, kept) and connector_id in (None, number)
    ]
    if len(free) > 1:
        free = [number for number in free if found[number] == "Preparing"] or free
    if not free:
        raise Conflict(_("No session can begin there now. Look at the state of the connector."))
    if len(free) > 1:
        raise Conflict(_("Several connectors are free. Choose one."))
    return Choice(at.card, free[0])


def _statuses(charger: Charger, kept: Iterable[Reservation]) -> dict[int, str]:
    """The status of each connector as it counts for somebody who wants to start."""
    reported = {one.connector_id: one for one in charger.connectors.all()}
    reservations.mark(reported, reservations.counted(kept))
    whole = reported[0].status if 0 in reported else ""
    return {number: states.under(whole, one.status) for number, one in reported.items() if number}


def _is_asking(user: User, charger: Charger, now: datetime) -> bool:
    command = latest_request(user, charger, now)
    unfinished = (CommandState.QUEUED, CommandState.SENT)
    return command is not None and command.action == "remote_start" and command.state in unfinished


def latest_request(user: User, charger: Charger, now: datetime) -> Command | None:
    """What a driver has just asked a charger for, and how far that has come."""
    asked = Command.objects.filter(
        charger=charger, created_by=user, action__in=_REQUESTS, created__gt=now - RECENT
    )
    return asked.select_related("charger").order_by("-pk").first()


# --- sessions -----------------------------------------------------------------------------------


def own_sessions(account: Account) -> QuerySet[Transaction]:
    """The sessions of an account that run now, oldest first."""
    active = Transaction.objects.filter(account=account, state=TransactionState.ACTIVE)
    return active.select_related("charger").order_by("pk")


def own_session(user: User, number: int) -> Transaction:
    """A session of the driver's own account that runs now.

    Raises NotFound for one that is none of theirs, Conflict for one that has ended.
    """
    found = _own(user, number)
    if found.state != TransactionState.ACTIVE:
        raise Conflict(_("This session has ended already."))
    return found


def charger_of(user: User, number: int) -> Charger:
    """Where a session of the driver's own is, or was. Raises NotFound for one of another."""
    return _own(user, number).charger


def _own(user: User, number: int) -> Transaction:
    found = None
    if 0 < number < 2**31:
        mine = Transaction.objects.filter(pk=number, account__user=user)
        found = mine.select_related("charger").first()
    if found is None:
        raise NotFound(_("You have no such session."))
    return found
