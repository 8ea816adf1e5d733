"""May this id tag charge here, and if not, why."""

from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import override

from accounts.domain import authorization, cards
from accounts.hours import Hours
from accounts.models import RFID, Account
from accounts.prepared import Prepared
from ocpp.choices import Registration, TransactionState
from ocpp.domain import clock, opening, unknown_tags
from ocpp.domain.station import Station
from ocpp.models import Charger, Transaction

ACCEPTED = "Accepted"
BLOCKED = "Blocked"
EXPIRED = "Expired"
INVALID = "Invalid"
CONCURRENT = "ConcurrentTx"

#: With which a charge point is told the group of a card: it may end what another of it began.
_OF_A_GROUP = frozenset({ACCEPTED, CONCURRENT})


#: Of a charger: whether it requires a known card, its registration, whether its groups have hours.
_RULES = Prepared(
    lambda pk: (
        Charger.objects.filter(pk=pk)
        .order_by()
        .values_list("require_rfid", "registration", opening.has_hours())
    ),
    1,
)


class TagInfo(NamedTuple):
    """What a charge point is told of an id tag: IdTagInfo (OCPP 1.6, 7.27).

    `expires` is when the charge point should forget it, `parent` the group of its card, or "".
    """

    status: str
    expires: datetime | None = None
    parent: str = ""


class Decision(NamedTuple):
    """An AuthorizationStatus (OCPP 1.6, 7.2), why it is refused, and whose the tag is."""

    status: str
    reason: str
    card: RFID | None
    account: Account | None
    #: Whether the account's credit decides: then energy is held for a session.
    on_credit: bool = False
    #: When the hours end at which it may charge; None: never.
    closes: datetime | None = None

    @property
    def accepted(self) -> bool:
        """Whether energy may flow."""
        return self.status == ACCEPTED

    @property
    def info(self) -> TagInfo:
        """What the charge point is told."""
        return tag_info(self.status, self.card)


def tag_info(status: str, card: RFID | None) -> TagInfo:
    """What a charge point is told of a tag with this status; None is a card that is not known."""
    if card is None:
        return TagInfo(status)
    return TagInfo(status, card.expires, card.parent if status in _OF_A_GROUP else "")


def decide(charger_pk: int, id_tag: str, moment: datetime | None = None) -> Decision:
    """Judge an id tag at a charger.

    At one that is not accepted nobody may charge, whoever it is (OCPP 1.6, 4.2).
    Where the charger does not require a known card any tag is accepted, and linked to its account
    when it is known; but a tag that is not allowed, or has expired by `moment` (None: now),
    authorises nothing anywhere. Neither does any tag outside of the hours of the charger's groups,
    nor a known one outside of those of its account. Reasons are stored, so they are in the source
    language.
    """
    moment = moment or timezone.now()
    rules = _RULES.first(charger_pk)
    if rules is None:
        raise Charger.DoesNotExist(f"There is no charger {charger_pk}.")
    require_rfid, registration, has_hours = rules
    if registration != Registration.ACCEPTED:
        return Decision(INVALID, "The charge point is not accepted.", None, None)
    card = cards.find(id_tag)
    account = getattr(card.user, "account", None) if card and card.user else None
    refusal = None if card is None else authorization.refusal(card, moment)
    if refusal is None and require_rfid:
        verdict = authorization.judge_card(card, moment)
        refusal = None if verdict.allowed else verdict
    if refusal is None and account is not None:
        refusal = authorization.closed(account, moment)
    if refusal is None:
        on_credit = require_rfid and account is not None and not account.service_account
        decision = Decision(ACCEPTED, "", card, account, on_credit)
        return _within_hours(decision, opening.of_charger(charger_pk) if has_hours else [], moment)
    with override("en"):
        return Decision(_status(card, moment), str(refusal.reason)[:200], card, account)


def _within_hours(
    decision: Decision, of_charger: list[tuple[str, Hours]], moment: datetime
) -> Decision:
    """What was accepted, with the end of its hours; or blocked where the charger is closed."""
    for words, allowed in of_charger:
        if not allowed.holds(moment):
            reason = f"Outside of the allowed hours of {words}."[:200]
            return decision._replace(status=BLOCKED, reason=reason, on_credit=False)
    mine = authorization.hours_of(decision.account) if decision.account is not None else None
    together = [allowed for _, allowed in of_charger] + ([mine] if mine is not None else [])
    return decision._replace(closes=opening.closes(together, moment))


def decide_tag(station: Station, id_tag: str) -> Decision:
    """Judge an id tag that was held to a charger; one that is no card goes to the inbox."""
    decision = decide(station.pk, id_tag, station.now)
    if decision.card is None:
        unknown_tags.note(station, id_tag, decision.status)
    return decision


def _status(card: RFID | None, moment: datetime) -> str:
    """The word for a refusal."""
    if card is None:
        return INVALID
    if not card.allowed:
        return BLOCKED
    if card.has_expired(moment):
        return EXPIRED
    return BLOCKED if card.user is not None else INVALID


def decide_start(station: Station, id_tag: str, connector_id: int, time: datetime) -> Decision:
    """Judge the start of a transaction at `time`, by the charge point's clock.

    One that was kept in an offline queue is judged by what held then: a card that has expired
    since was good. Of a card with a limit no more transactions may run at a time, on all
    chargers, than that: until the transaction of the database ends no other start with the card
    is judged anywhere.
    """
    moment = clock.happened(time, station.now)
    queued = moment != station.now
    decision = decide(station.pk, id_tag, moment)
    card = decision.card
    if not decision.accepted or card is None or card.max_concurrent is None:
        return decision
    # The row is locked, but those who only refer to it need not wait.
    limits = RFID.objects.select_for_update(no_key=True).filter(pk=card.pk).order_by()
    most = limits.values_list("max_concurrent", flat=True).first()
    # What runs on this very connector has ended, whether or not its stop was reported.
    running = running_with(card).exclude(charger=station.pk, connector_id=connector_id)
    if queued:
        running = running.filter(start_time__lte=time)
    count = running.count()
    if most is None or count < most:
        return decision
    reason = f"The card is charging already: {count} at a time, and {most} allowed."
    return decision._replace(status=CONCURRENT, reason=reason)


def running_with(card: RFID) -> QuerySet[Transaction]:
    """The transactions that run with a card, on all chargers."""
    return Transaction.objects.filter(rfid=card, state=TransactionState.ACTIVE)


def same_group(one: str, other: str) -> bool:
    """Whether two id tags are the same, or of cards of one group, or a card and its group.

    Case does not count (CiString).
    """
    if one.casefold() == other.casefold():
        return True
    groups = [{tag.casefold(), *_group_of(tag)} for tag in (one, other)]
    return bool(groups[0] & groups[1])


def _group_of(id_tag: str) -> list[str]:
    card = cards.find(id_tag)
    return [card.parent.casefold()] if card is not None and card.parent else []
