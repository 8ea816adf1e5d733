"""Granting the periods of subscriptions, each exactly once.

A period is granted in one transaction: `next_renewal` is moved from its start to its end, only
where it still stands at the start, and then its credit and its `Renewal` are added. Whoever comes
second finds it moved; whoever is killed before the commit has done nothing. A clock that jumps back
makes nothing due, one that jumps ahead makes each period due that has begun since.
"""

import logging
import time
from datetime import UTC, datetime
from typing import NamedTuple

from django.db import OperationalError, transaction
from django.dispatch import Signal
from django.utils.translation import gettext_lazy as _

from accounts.domain import balance
from accounts.models import User
from schedules import domain as schedules
from subscriptions.models import Product, Renewal, Subscription

logger = logging.getLogger(__name__)

#: Sent after the commit of each renewal, the first period too, with `renewal`. What a receiver
#: raises is logged and stops nobody.
renewed = Signal()

#: How often the duty looks, and for how long it works at a time (s).
EVERY_S, WORK_S = 60, 45.0
#: Subscriptions that are read at a time.
BATCH = 100


class NotRenewed(Exception):
    """Some subscriptions could not be renewed; the message names them and the first reason."""

    def __init__(self, failed: dict[int, Exception]) -> None:
        numbers = ", ".join(map(str, sorted(failed)))
        super().__init__(f"Subscriptions {numbers}: {next(iter(failed.values()))}")


class Done(NamedTuple):
    """What one look came to: how many periods were granted, and whether more are due."""

    periods: int
    more: bool


def renew(
    subscription: int, start: datetime, now: datetime, author: User | None = None
) -> Renewal | None:
    """Grant the period of a subscription that begins at `start`, by the product as it is now.

    `author` is whoever of the staff asked for it, None when it was due. Returns None when the
    period was granted already, or the subscription was cancelled.
    """
    with transaction.atomic():
        product = Product.objects.filter(subscriptions=subscription).first()
        if product is None:
            return None
        end = start + product.period
        standing = Subscription.objects.filter(pk=subscription, next_renewal=start, cancelled=None)
        if not standing.update(next_renewal=end):
            return None
        return grant(Subscription.objects.get(pk=subscription), product, start, now, author)


def grant(
    subscription: Subscription,
    product: Product,
    start: datetime,
    now: datetime,
    author: User | None,
) -> Renewal:
    """Add the credit and the record of a period. To be called with its subscription locked."""
    credit = None
    if product.credit_kwh:
        credit = balance.grant(subscription.account_id, product.credit_kwh, author)
    renewal = Renewal.objects.create(
        subscription=subscription,
        period_start=start,
        period_end=start + product.period,
        price=product.price,
        currency=product.currency,
        credit=credit,
        created=now,
    )
    transaction.on_commit(lambda: renewed.send_robust(sender=Renewal, renewal=renewal))
    return renewal


def catch_up(subscription: int, now: datetime) -> int:
    """Grant all periods of a subscription that have begun by `now`; returns how many."""
    granted = 0
    due = Subscription.objects.filter(pk=subscription, cancelled=None, next_renewal__lte=now)
    while (start := due.values_list("next_renewal", flat=True).first()) is not None:
        granted += renew(subscription, start, now) is not None
    return granted


def renew_due(
    now: datetime, limit: int = BATCH, failed: dict[int, Exception] | None = None
) -> Done:
    """Grant the next period of up to `limit` subscriptions, those first that wait longest.

    One that cannot be renewed holds up no other: it is logged, added to `failed`, and left alone
    where it stands there. Raises OperationalError when the database fails.
    """
    failed = {} if failed is None else failed
    due = Subscription.objects.filter(cancelled=None, next_renewal__lte=now)
    first = due.exclude(pk__in=failed).order_by("next_renewal", "id")
    granted = 0
    for pk, start in list(first.values_list("pk", "next_renewal")[:limit]):
        try:
            granted += renew(pk, start, now) is not None
        except OperationalError:
            raise
        except Exception as error:
            logger.exception("Subscription %s cannot be renewed", pk)
            failed[pk] = error
    return Done(granted, due.exclude(pk__in=failed).exists())


def renew_all_due() -> int:
    """Grant what is due, all of it or for a while; returns how many periods.

    Raises NotRenewed, after all others, when a subscription could not be renewed.
    """
    end, granted = time.monotonic() + WORK_S, 0
    failed: dict[int, Exception] = {}
    while True:
        done = renew_due(datetime.now(UTC), failed=failed)
        granted += done.periods
        if not done.more or time.monotonic() > end or len(failed) >= BATCH:
            break
    if failed:
        raise NotRenewed(failed)
    return granted


def register() -> None:
    """Register the duty, when the apps are ready."""
    schedules.register(
        "subscriptions.renewals",
        renew_all_due,
        every_s=EVERY_S,
        label=_("Subscriptions are renewed: each period that has begun is granted once."),
    )
