"""Beginning and ending subscriptions, and what people may see of them."""

from datetime import datetime
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import Account, User
from ocpp.domain.errors import Conflict, Invalid, NotFound
from subscriptions.domain import renewing
from subscriptions.models import Product, Subscription


class Begun(NamedTuple):
    """A subscription, and whether one that had been cancelled goes on instead of a new one."""

    subscription: Subscription
    resumed: bool


def offered() -> QuerySet[Product]:
    """What one can subscribe to."""
    return Product.objects.filter(active=True)


def of_user(user: User) -> QuerySet[Subscription]:
    """The subscriptions of a user's account, those that have ended too; the newest first."""
    mine = Subscription.objects.filter(account__user=user)
    return mine.select_related("product", "account__user")


def subscribe(
    account: Account, product: Product, now: datetime, author: User | None = None
) -> Begun:
    """Begin a subscription at `now` and grant its first period.

    One to the same product that was cancelled and whose last period has not ended goes on instead:
    nothing is granted or owed for the same days twice. `author` is who asks for it; the credit
    names them when they are staff. Raises Conflict when the product is not offered, or the
    account has it already.
    """
    with transaction.atomic():
        # One at a time for each account; the product stays as it is meanwhile.
        Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        product = Product.objects.select_for_update(no_key=True).get(pk=product.pk)
        if (running := _resumed(account, product, now)) is not None:
            return Begun(running, True)
        refuse_unless_possible(account, product)
        try:
            with transaction.atomic():
                begun = Subscription.objects.create(
                    account=account,
                    product=product,
                    started=now,
                    next_renewal=now + product.period,
                    created_by=author,
                )
        except IntegrityError:
            raise _has_it() from None
        staff = author if author is not None and author.is_staff else None
        renewing.grant(begun, product, now, now, staff)
    return Begun(begun, False)


def refuse_unless_possible(account: Account, product: Product) -> None:
    """Raises Conflict when the product is not offered, or the account has it already."""
    if account.subscriptions.filter(product=product, cancelled=None).exists():
        raise _has_it()
    if not product.active:
        raise Conflict(_("This product is not offered any more."))


def _resumed(account: Account, product: Product, now: datetime) -> Subscription | None:
    """The cancelled subscription whose last period has not ended, going on again."""
    ending = account.subscriptions.filter(product=product, next_renewal__gt=now)
    found = ending.exclude(cancelled=None).order_by("-next_renewal").first()
    if found is None or not product.active:
        return None
    if account.subscriptions.filter(product=product, cancelled=None).exists():
        return None
    found.cancelled = None
    found.save(update_fields=["cancelled"])
    return found


def _has_it() -> Conflict:
    return Conflict(_("This account has subscribed to the product already."))


def cancel(subscription: Subscription, now: datetime) -> bool:
    """End a subscription with its last period. Returns False when that was done before.

    Periods that have begun and are not granted yet, after an outage, are granted first.
    """
    with transaction.atomic():
        renewing.catch_up(subscription.pk, now)
        standing = Subscription.objects.filter(pk=subscription.pk, cancelled=None)
        done = standing.update(cancelled=now)
    subscription.refresh_from_db()
    return bool(done)


def whose(account_id: int | None, user_id: int | None) -> User:
    """The user whom a caller names, by the number of their account or by their own.

    Raises Invalid for neither and for two that differ, and NotFound.
    """
    if account_id is None:
        if user_id is None:
            raise Invalid("account_id", _("is required, or user_id."))
        user = User.objects.filter(pk=user_id).first()
        if user is None:
            raise NotFound(_("There is no user %(number)s.") % {"number": user_id})
        return user
    account = Account.objects.filter(pk=account_id).select_related("user").first()
    if account is None:
        raise NotFound(_("There is no account %(number)s.") % {"number": account_id})
    if user_id is not None and account.user_id != user_id:
        raise Invalid("user_id", _("is not the user of this account."))
    return account.user
