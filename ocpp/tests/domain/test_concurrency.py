"""Staff and a charge point at one transaction at the same moment, on two connections."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import RFID, Account
from ocpp.choices import TransactionState
from ocpp.domain import billing, reviews, stopping, transactions
from ocpp.domain.errors import Conflict
from ocpp.models import Charger, Command, Transaction
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


def test_a_card_for_one_transaction_starts_one_at_many_chargers_at_once(
    account: Account,
) -> None:
    """Each start in a process's own way: on a connection of its own, all at the same moment."""
    RFID.objects.update(max_concurrent=1)
    chargers = [Charger.objects.create(charger_id=f"CP{number}") for number in range(5)]
    together = threading.Barrier(len(chargers))
    answers: list[str] = []

    def work(charger: Charger) -> None:
        try:
            together.wait(10)
            with transaction.atomic():
                answers.append(Reporter(charger).start()[1])
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[charger]) for charger in chargers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["Accepted"] + ["ConcurrentTx"] * 4
    assert Transaction.objects.filter(state=TransactionState.ACTIVE).count() == 1


def test_a_start_waits_for_one_that_is_not_committed(account: Account) -> None:
    RFID.objects.update(max_concurrent=1)
    one, other = (Reporter(Charger.objects.create(charger_id=f"CP{n}")) for n in (1, 2))
    first = meanwhile(one.start)
    with transaction.atomic():
        assert other.start()[1] == "ConcurrentTx"
    first.join()


@pytest.mark.parametrize("together", [2, 6])
def test_a_session_whose_time_is_up_is_asked_to_stop_by_one_of_many_processes(
    reporter: Reporter, account: Account, together: int
) -> None:
    Account.objects.update(max_session_minutes=10)
    Charger.objects.update(owner="here/1/x")
    session, _ = reporter.start()
    ready = threading.Barrier(together)
    asked: list[int] = []

    def look() -> None:
        try:
            ready.wait(10)
            with transaction.atomic():
                asked.append(stopping.ask_due("here/1/x", NOON + timedelta(minutes=11)))
        finally:
            connection.close()

    threads = [threading.Thread(target=look) for _ in range(together)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(asked) == [0] * (together - 1) + [1]
    assert Command.objects.get().payload == {"transaction_id": session.pk}


def test_two_who_repair_at_once_bill_once(reporter: Reporter, account: Account) -> None:
    lost, _ = reporter.start(meter=1000)
    reporter.values("7000")
    transactions.force_close(lost, NOON)
    staff = meanwhile(lambda: reviews.set_energy(lost.pk, 5000, None, NOON, "one", seen=0))
    with pytest.raises(Conflict, match="Somebody else"):
        reviews.set_energy(lost.pk, 4000, None, NOON, "two", seen=0)
    staff.join()
    assert reviews.accept(lost.pk, None, NOON) is None
    check_ledger(account, 5000)
