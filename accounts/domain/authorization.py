"""May an account, or a card, charge? And when not: why not."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts import hours
from accounts.domain import balance
from accounts.domain.balance import Balance
from accounts.hours import Hours
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


def hours_of(account: Account) -> Hours | None:
    """When `account` may charge; None: always."""
    windows = hours.read(account.allowed_hours)
    return Hours(windows, timezone.get_default_timezone()) if windows else None


def closed(account: Account, now: datetime | None = None) -> Verdict | None:
    """Why `account` may not charge at this hour, wherever; None when it may.

    It is judged at `now`, or at this moment.
    """
    allowed = hours_of(account)
    if allowed is None or allowed.holds(now or timezone.now()):
        return None
    reason = _("Outside of the allowed hours of the account: {hours}.")
    return Verdict(False, format_lazy(reason, hours=account.allowed_hours))


def judge(
    account: Account | None, energy: Balance | None = None, now: datetime | None = None
) -> Verdict:
    """Whether `account` may charge at `now` (None: at this moment), and why (not).

    At most three queries, whatever the number of sessions: its user unless loaded, the energy
    of running sessions, and the sum of credits. For many accounts at once, load them with
    `select_related("user")` and pass each its `energy` from `balance.of_all`.
    """
    if account is None:
        return NO_ACCOUNT
    if not account.user.is_active:
        return INACTIVE_USER
    refused = closed(account, now)
    if refused is not None:
        return refused
    if account.service_account:
        return SERVICE_ACCOUNT
    energy = energy or balance.of(account)
    if energy.available_wh > 0:
        return Verdict(True, format_lazy(_("{kwh} kWh left."), kwh=energy.available_kwh))
    if energy.balance_wh > 0:
        return Verdict(
            False, format_lazy(_("All that is left is held: {kwh} kWh."), kwh=energy.held_kwh)
        )
    if energy.credits_wh == 0 and energy.spent_wh == 0:
        return NO_CREDIT_YET
    return Verdict(False, format_lazy(_("No credit left: {kwh} kWh."), kwh=energy.balance_kwh))


def refusal(card: RFID, now: datetime | None = None) -> Verdict | None:
    """Why `card` authorises nothing at all, wherever it is held to a reader; None when it may.

    It is judged at `now`, or at this moment.
    """
    if not card.allowed:
        if not card.block_reason:
            return CARD_NOT_ALLOWED
        reason = format_lazy(_("The card is not allowed: {why}"), why=card.block_reason)
        return Verdict(False, reason)
    if card.has_expired(now or timezone.now()):
        until = f"{timezone.localtime(card.expires):%Y-%m-%d %H:%M %Z}"
        return Verdict(False, format_lazy(_("The card expired on {until}."), until=until))
    return None


def judge_card(card: RFID | None, now: datetime | None = None) -> Verdict:
    """Whether `card` lets somebody charge where cards are required, and why (not).

    None is a card that is not known. Load the card with `select_related("user__account")`. Its
    expiry and the hours of its account are judged at `now`, or at this moment.
    """
    if card is None:
        return UNKNOWN_CARD
    refused = refusal(card, now)
    if refused is not None:
        return refused
    if card.user is None:
        return CARD_WITHOUT_USER
    account = getattr(card.user, "account", None)
    return USER_WITHOUT_ACCOUNT if account is None else judge(account, now=now)
