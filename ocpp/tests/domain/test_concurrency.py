"""Staff and a charge point at one transaction at the same moment, on two connections."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import Account
from ocpp.choices import TransactionState
from ocpp.domain import billing, transactions
from ocpp.models import Charger, Transaction
from ocpp.tests.committed import transactional_db
from ocpp.tests.factories import NOON, Reporter, at, make_driver

__all__ = ["transactional_db"]


@pytest.fixture
def reporter(transactional_db: None) -> Reporter:
    return Reporter(Charger.objects.create(charger_id="CP1"))


@pytest.fixture
def account(transactional_db: None) -> Account:
    return make_driver()


def meanwhile(deed: Callable[[], Any]) -> threading.Thread:
    """Do `deed` in a transaction of another connection that takes its time to commit."""
    done = threading.Event()

    def work() -> None:
        try:
            with transaction.atomic():
                deed()
                done.set()
                threading.Event().wait(0.3)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    assert done.wait(10)
    return thread


def check_ledger(account: Account, energy_wh: int) -> None:
    account.refresh_from_db()
    ended = Transaction.objects.get()
    assert ended.energy_wh == ended.billed_wh == account.settled_wh == energy_wh


def test_a_late_stop_beside_a_review_is_billed_once(reporter: Reporter, account: Account) -> None:
    lost, _ = reporter.start(meter=1000)
    reporter.values("7000")
    transactions.force_close(lost, NOON)
    staff = meanwhile(lambda: billing.settle_review(lost))
    with transaction.atomic():
        reporter.stop(lost.pk, meter=7250, time=at(40))
    staff.join()
    check_ledger(account, 6250)


@pytest.mark.parametrize("told", ["its number", "no number"])
def test_a_stop_beside_staff_who_close_it_is_the_last_word(
    reporter: Reporter, account: Account, told: str
) -> None:
    running, _ = reporter.start(meter=1000)
    reporter.values("7000")
    staff = meanwhile(lambda: transactions.force_close(running, NOON + timedelta(minutes=35)))
    with transaction.atomic():
        reporter.stop(running.pk if told == "its number" else 0, meter=7250, time=at(40))
    staff.join()
    running.refresh_from_db()
    if running.state == TransactionState.LOST:
        # It was closed before the stop could be attributed: then it awaits its review.
        assert told == "no number"
        assert running.needs_review
        assert billing.settle_review(running)
        check_ledger(account, 6000)
    else:
        assert running.state == TransactionState.COMPLETED
        check_ledger(account, 6250)
