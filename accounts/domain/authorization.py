"""May an account, or a card, charge? And when not: why not."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.domain import balance
from accounts.domain.balance import Balance
from accounts.models import RFID, Account


@dataclass(frozen=True, slots=True)
class Verdict:
    """An answer with its reason, which is translated when it is shown."""

    allowed: bool
    reason: str | Promise


NO_ACCOUNT = Verdict(False, _("There is no account."))
UNKNOWN_CARD = Verdict(False, _("The card is not known."))
CARD_NOT_ALLOWED = Verdict(False, _("The card is not allowed."))
CARD_WITHOUT_USER = Verdict(False, _("The card belongs to nobody."))
USER_WITHOUT_ACCOUNT = Verdict(False, _("The user of the card has no account."))
INACTIVE_USER = Verdict(False, _("The user is deactivated."))
NO_CREDIT_YET = Verdict(False, _("No credit yet."))
SERVICE_ACCOUNT = Verdict(True, _("Service account: charges without a balance."))


def judge(account: Account | None, energy: Balance | None = None) -> Verdict:
    """Whether `account` may charge now, and why (not).

    At most three queries, whatever the number of sessions: its user unless loaded, the energy
    of running sessions, and the sum of credits. For many accounts at once, load them with
    `select_related("user")` and pass each its `energy` from `balance.of_all`.
    """
    if account is None:
        return NO_ACCOUNT
    if not account.user.is_active:
        return INACTIVE_USER
    if account.service_account:
        return SERVICE_ACCOUNT
    energy = energy or balance.of(account)
    if energy.balance_wh > 0:
        return Verdict(True, format_lazy(_("{kwh} kWh left."), kwh=energy.balance_kwh))
    if energy.credits_wh == 0 and energy.spent_wh == 0:
        return NO_CREDIT_YET
    return Verdict(False, format_lazy(_("No credit left: {kwh} kWh."), kwh=energy.balance_kwh))


def judge_card(card: RFID | None) -> Verdict:
    """Whether `card` lets somebody charge where cards are required, and why (not).

    None is a card that is not known. Load the card with `select_related("user__account")`.
    """
    if card is None:
        return UNKNOWN_CARD
    if not card.allowed:
        return CARD_NOT_ALLOWED
    if card.user is None:
        return CARD_WITHOUT_USER
    account = getattr(card.user, "account", None)
    return USER_WITHOUT_ACCOUNT if account is None else judge(account)
