"""What drivers are told: receipts, a low balance, renewals."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.domain import balance
from accounts.domain.balance import kwh
from accounts.models import Account, Credit
from notifications.domain.telling import tell, when
from notifications.models import Event, Happening
from ocpp.choices import TransactionState
from ocpp.models import Transaction
from subscriptions.models import Renewal

#: Energy that awaits a review is on no receipt: it is looked again after so long, and no more
#: after so many days.
REVIEW_PAUSE = timedelta(hours=1)
GIVE_UP = timedelta(days=30)
#: Happenings that are looked at in one round.
AT_ONCE = 500


def look(now: datetime) -> int:
    """Look at what has happened; returns how many e-mails were queued."""
    due = Happening.objects.filter(due__lte=now).order_by("due", "pk")
    return sum(_look_at(one, now) for one in list(due[:AT_ONCE]))


def _look_at(happening: Happening, now: datetime) -> int:
    told = 0
    kind = Happening.Kind(happening.kind)
    if kind == Happening.Kind.SESSION_ENDED:
        session = (
            Transaction.objects.filter(pk=happening.number)
            .select_related("charger", "account__user")
            .first()
        )
        if session is not None and session.needs_review and now - happening.created < GIVE_UP:
            Happening.objects.filter(pk=happening.pk).update(due=now + REVIEW_PAUSE)
            return 0
        if session is not None and session.account is not None:
            told = receipt(session, now) + low_balance(session.account, now)
    elif kind == Happening.Kind.CREDIT:
        account = Account.objects.filter(pk=happening.number).select_related("user").first()
        told = low_balance(account, now) if account is not None else 0
    else:
        told = renewal(happening.number, now)
    happening.delete()
    return told


def receipt(session: Transaction, now: datetime) -> int:
    """Tell the driver what a session that has ended came to."""
    running = session.state == TransactionState.ACTIVE or session.stop_time is None
    refused = session.state == TransactionState.REFUSED and not session.billed_wh
    if session.account is None or running or refused or session.needs_review:
        return 0
    return int(
        tell(
            session.account.user,
            Event.SESSION_ENDED,
            [str(session.pk)],
            lambda: _receipt_values(session),
            now,
        )
    )


def _receipt_values(session: Transaction) -> Mapping[str, str]:
    assert session.account is not None  # noqa: S101  (it is told to its user)
    assert session.stop_time is not None  # noqa: S101  (it has ended)
    lasted = session.stop_time - session.start_time
    return {
        "number": str(session.pk),
        "charger": str(session.charger),
        "connector": str(session.connector_id),
        "started": when(session.start_time),
        "ended": when(session.stop_time),
        "minutes": str(max(0, round(lasted.total_seconds() / 60))),
        "energy_kwh": f"{kwh(session.billed_wh):f}",
        "cost": _cost(session),
        "balance_kwh": _left(session.account),
    }


def _cost(session: Transaction) -> str:
    cost = getattr(session, "cost", None)
    if cost is None:
        return _("no price")
    if not cost.tax:
        return f"{cost.total} {cost.currency}"
    return _("%(total)s %(currency)s (%(net)s and %(tax)s of tax)") % {
        "total": cost.total,
        "currency": cost.currency,
        "net": cost.net,
        "tax": cost.tax,
    }


def _left(account: Account) -> str:
    if account.service_account:
        return _("no balance is kept")
    return f"{balance.of(account).balance_kwh:f} kWh"


def low_balance(account: Account, now: datetime) -> int:
    """Tell a driver that little is left: once for each time that credit was given."""
    if account.service_account:
        return 0
    given = Credit.objects.filter(account=account, amount_kwh__gt=0).order_by("-pk").first()
    if given is None:
        return 0
    left = balance.of(account).balance_wh
    if left > settings.NOTIFY_LOW_BALANCE_WH:
        return 0
    values = {"balance_kwh": f"{kwh(left):f}"}
    keys = [f"{account.pk}:{given.pk}"]
    return int(tell(account.user, Event.LOW_BALANCE, keys, lambda: values, now))


def renewal(number: int, now: datetime) -> int:
    """Tell a driver that a subscription was renewed."""
    found = _renewal(number)
    if found is None:
        return 0
    user = found.subscription.account.user
    return int(tell(user, Event.RENEWAL, [str(number)], lambda: _renewal_values(found), now))


def _renewal(number: int) -> Renewal | None:
    rows = Renewal.objects.select_related(
        "credit", "subscription__product", "subscription__account__user"
    )
    return rows.filter(pk=number).first()


def _renewal_values(found: Renewal) -> Mapping[str, str]:
    credit = found.credit.amount_kwh if found.credit is not None else 0
    return {
        "product": str(found.subscription.product),
        "begins": when(found.period_start),
        "ends": when(found.period_end),
        "price": f"{found.price} {found.currency}",
        "credit_kwh": f"{credit:.3f}",
    }
