"""What the energy of transactions adds to accounts."""

from collections import Counter
from collections.abc import Collection, Mapping

from django.db import transaction
from django.db.models import F, Sum

from accounts.domain import balance
from ocpp.choices import TransactionState
from ocpp.models import Transaction


def bill(found: Transaction) -> None:
    """Add to the account what is not yet added; nothing while the energy awaits a review.

    The caller saves `billed_wh`.
    """
    if found.account_id is None or found.needs_review:
        return
    balance.settle(found.account_id, found.energy_wh - found.billed_wh)
    found.billed_wh = found.energy_wh


def running_energy(account_ids: Collection[int]) -> Mapping[int, int]:
    """Energy (Wh) that is spent but not billed yet, by account: of sessions that run, and of
    those that await a review. Refused ones are nobody's until staff have decided.
    """
    mine = Transaction.objects.filter(account__in=account_ids).order_by()
    total: Counter[int] = Counter()
    for open_ones in (
        mine.filter(state=TransactionState.ACTIVE),
        mine.filter(needs_review=True).exclude(state=TransactionState.REFUSED),
    ):
        unbilled = Sum(F("energy_wh") - F("billed_wh"))
        total.update(dict(open_ones.values_list("account_id").annotate(unbilled=unbilled)))
    return total


def settle_review(found: Transaction) -> bool:
    """Staff have looked at a transaction and stand by its energy: it is billed now.

    Returns whether it awaited a review and has ended.
    """
    with transaction.atomic():
        waiting = Transaction.objects.filter(
            pk=found.pk, needs_review=True, stop_time__isnull=False
        )
        if not waiting.update(needs_review=False):
            return False
        found.refresh_from_db()
        bill(found)
        found.save(update_fields=["billed_wh"])
    return True
