"""May this id tag charge here, and if not, why."""

from typing import NamedTuple

from django.utils.translation import override

from accounts.domain import authorization, cards
from accounts.models import RFID, Account
from ocpp.models import Charger

ACCEPTED = "Accepted"
BLOCKED = "Blocked"
INVALID = "Invalid"


class Decision(NamedTuple):
    """An AuthorizationStatus (OCPP 1.6, 7.2), why it is refused, and whose the tag is."""

    status: str
    reason: str
    card: RFID | None
    account: Account | None

    @property
    def accepted(self) -> bool:
        """Whether energy may flow."""
        return self.status == ACCEPTED


def decide(charger_pk: int, id_tag: str) -> Decision:
    """Judge an id tag at a charger.

    Where the charger does not require a known card any tag is accepted, and linked to its account
    when it is known; but a tag that is not allowed authorises nothing anywhere. Reasons are
    stored, so they are in the source language.
    """
    require_rfid = Charger.objects.values_list("require_rfid", flat=True).get(pk=charger_pk)
    card = cards.find(id_tag)
    account = getattr(card.user, "account", None) if card and card.user else None
    if require_rfid or (card is not None and not card.allowed):
        verdict = authorization.judge_card(card)
        if not verdict.allowed:
            status = BLOCKED if card is not None and card.user is not None else INVALID
            if verdict is authorization.CARD_NOT_ALLOWED:
                status = BLOCKED
            with override("en"):
                return Decision(status, str(verdict.reason)[:200], card, account)
    return Decision(ACCEPTED, "", card, account)
