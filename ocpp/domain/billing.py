"""What the energy of transactions adds to accounts."""

from collections import Counter
from collections.abc import Collection, Mapping

from django.db import transaction
from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.domain import balance
from accounts.domain.balance import Use
from accounts.models import Account
from accounts.prepared import Prepared
from ocpp.choices import TransactionState
from ocpp.domain.tariffs import costs
from ocpp.models import Transaction


def bill(found: Transaction) -> None:
    """Add to the account what is not yet added; nothing while the energy awaits a review.

    What was written off is taken back. What was added before something new made it await a review
    is taken back too: it counts as spent all the same. The caller saves `billed_wh`.
    """
    if found.account_id is None:
        return
    due = 0 if found.needs_review or found.written_off else found.energy_wh
    if due != found.billed_wh:
        balance.settle(found.account_id, due - found.billed_wh)
        found.billed_wh = due


def take_back(found: Transaction) -> None:
    """Take back what was added to the account. The caller saves `billed_wh`."""
    if found.account_id is not None and found.billed_wh:
        balance.settle(found.account_id, -found.billed_wh)
    found.billed_wh = 0


def reassign(found: Transaction, account_id: int | None) -> None:
    """Let another account, or none, pay for a transaction that has ended.

    What the old one was charged is given back. The caller has locked the row, and saves
    `account` and `billed_wh`.
    """
    # In one order, so that two who exchange accounts at the same moment do not wait in a circle.
    both = [pk for pk in (found.account_id, account_id) if pk is not None]
    list(Account.objects.select_for_update().filter(pk__in=both).order_by("pk"))
    if found.account_id is not None:
        balance.settle(found.account_id, -found.billed_wh)
    found.billed_wh = 0
    found.account_id = account_id
    bill(found)


def running_energy(account_ids: Collection[int]) -> Mapping[int, Use]:
    """Energy (Wh) that is spent but not billed yet, by account: of sessions that run, and of
    those that await a review; and what is held beyond that. Refused ones are nobody's until staff
    have decided.
    """
    spent: Counter[int] = Counter()
    held: Counter[int] = Counter()
    if len(account_ids) == 1:
        # As it is asked with each authorisation.
        sums = [*_RUNS_OF_ONE.all(*account_ids), *_WAITS_OF_ONE.all(*account_ids)]
    else:
        mine = Transaction.objects.filter(account__in=account_ids)
        sums = [*_running(mine), *_waiting(mine)]
    for account, spent_wh, held_wh in sums:
        spent[account] += spent_wh
        held[account] += held_wh
    return {account: Use(spent[account], held[account]) for account in spent}


_Sums = QuerySet[Transaction, tuple[int, int, int]]


def _running(mine: QuerySet[Transaction]) -> _Sums:
    return _unbilled(mine.filter(state=TransactionState.ACTIVE))


def _waiting(mine: QuerySet[Transaction]) -> _Sums:
    waiting = mine.filter(needs_review=True, written_off=False)
    return _unbilled(waiting.exclude(state=TransactionState.REFUSED))


def _unbilled(open_ones: QuerySet[Transaction]) -> _Sums:
    """What is spent and not billed, and what is held beyond that (Wh), after the account."""
    unbilled = F("energy_wh") - F("billed_wh")
    beyond = Greatest(F("held_wh") - unbilled, 0)
    by_account = open_ones.order_by().values_list("account_id")
    return by_account.annotate(spent=Sum(unbilled), held=Sum(beyond, default=0))


_RUNS_OF_ONE = Prepared(lambda pk: _running(Transaction.objects.filter(account=pk)), 1)
_WAITS_OF_ONE = Prepared(lambda pk: _waiting(Transaction.objects.filter(account=pk)), 1)


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
        costs.record(found, timezone.now())
    return True
