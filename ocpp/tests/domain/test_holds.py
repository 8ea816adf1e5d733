"""Energy held for sessions: no two spend the same credit, and one without credit is stopped."""

import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from accounts.domain import balance
from accounts.models import Account, Credit, User
from ocpp.choices import TransactionState
from ocpp.domain import billing, transactions
from ocpp.models import Charger, Command, Transaction
from ocpp.tests.committed import transactional_db
from ocpp.tests.factories import NOON, TAG, Reporter, at, make_driver

__all__ = ["transactional_db"]

STEP = 5000


@pytest.fixture(autouse=True)
def step(settings: Settings) -> None:
    settings.OCPP_HOLD_WH = STEP
    settings.OCPP_HOLD_MARGIN_WH = 500


@pytest.fixture
def account(db: None) -> Account:
    return make_driver(credit_kwh=12)


@pytest.fixture
def reporter(charger: Charger) -> Reporter:
    """A charger that asks for a card, and is connected."""
    Charger.objects.filter(pk=charger.pk).update(require_rfid=True, owner="here/1/x")
    charger.refresh_from_db()
    return Reporter(charger)


def after(minutes: float) -> dict[str, Any]:
    return {"time": at(minutes), "now": NOON + timedelta(minutes=minutes)}


def held(started: Transaction) -> int | None:
    started.refresh_from_db()
    return started.held_wh


def ledger(account: Account) -> tuple[Decimal, Decimal, Decimal]:
    return account.balance_kwh, account.held_kwh, account.available_kwh


def kwh(*numbers: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(number) for number in numbers)


def test_a_start_holds_a_step_of_the_balance(reporter: Reporter, account: Account) -> None:
    started, status = reporter.start()
    assert (status, held(started)) == ("Accepted", STEP)
    assert ledger(account) == kwh("12", "5", "7")


def test_energy_is_spent_from_the_hold(reporter: Reporter, account: Account) -> None:
    started, _ = reporter.start(meter=1000)
    reporter.values("2500", **after(10))
    assert held(started) == STEP
    assert ledger(account) == kwh("10.5", "3.5", "7")
    assert account.total_kwh_spent == Decimal("1.5")


def test_the_last_of_the_balance_is_held_whole(reporter: Reporter, account: Account) -> None:
    for connector, expected in [(1, STEP), (2, STEP), (3, 2000)]:
        started, _ = reporter.start(connector=connector)
        assert held(started) == expected
    refused, status = reporter.start(connector=4)
    assert (status, held(refused), refused.state) == ("Blocked", None, TransactionState.REFUSED)
    assert "held" in refused.authorization_reason
    assert ledger(account) == kwh("12", "12", "0")
    assert not account.can_authorize()


def test_a_retry_holds_nothing_more(reporter: Reporter, account: Account) -> None:
    for _ in range(3):
        reporter.start()
    assert account.held_kwh == 5


def test_the_end_releases_what_is_left_of_the_hold(reporter: Reporter, account: Account) -> None:
    started, _ = reporter.start(meter=1000)
    reporter.stop(started.pk, meter=4000)
    assert held(started) is None
    assert ledger(account) == kwh("9", "0", "9")


@pytest.mark.parametrize("stop", [10, 10**9])
def test_a_session_under_review_holds_nothing(
    reporter: Reporter, account: Account, stop: int
) -> None:
    started, _ = reporter.start(meter=1000)
    reporter.values("2000", **after(10))
    reporter.stop(started.pk, meter=stop)
    assert held(started) is None
    assert ledger(account) == kwh("11", "0", "11")


def test_a_lost_session_holds_nothing(reporter: Reporter, account: Account) -> None:
    first, _ = reporter.start(meter=1000)
    reporter.values("2000", **after(10))
    assert transactions.force_close(first, NOON)
    assert held(first) is None
    assert ledger(account) == kwh("11", "0", "11")
    assert billing.settle_review(first)
    assert ledger(account) == kwh("11", "0", "11")


def test_where_no_card_is_asked_for_nothing_is_held(charger: Charger, account: Account) -> None:
    started, _ = Reporter(charger).start()
    assert (started.account, held(started)) == (account, None)


def test_a_service_account_holds_nothing(reporter: Reporter, account: Account) -> None:
    Account.objects.update(service_account=True)
    started, status = reporter.start()
    assert (status, held(started)) == ("Accepted", None)


# --- while it charges -------------------------------------------------------------------------


def test_a_hold_grows_before_it_is_used_up(reporter: Reporter, account: Account) -> None:
    started, _ = reporter.start(meter=0)
    for minutes, register, expected in [(5, 2000, 5000), (10, 4000, 10_000), (15, 6000, 10_000)]:
        reporter.values(str(register), **after(minutes))
        assert held(started) == expected
    # The step after that takes what is left.
    reporter.values("9500", **after(20))
    assert held(started) == 12_000
    assert ledger(account) == kwh("2.5", "2.5", "0")
    assert not Command.objects.exists()


def test_a_session_is_stopped_before_it_uses_more_than_there_is(
    reporter: Reporter, account: Account
) -> None:
    started, _ = reporter.start(meter=0)
    for minutes in range(1, 12):
        reporter.values(str(minutes * 1000), **after(minutes))
        assert not Command.objects.exists()
    # Half of a kWh has flowed since the last value, and no more is left.
    reporter.values("11500", **after(11.5))
    command = Command.objects.get()
    assert (command.action, command.payload) == ("remote_stop", {"transaction_id": started.pk})
    assert command.created_by is None
    # It is not asked again at once, but it is after a while.
    reporter.values("11900", **after(12))
    assert Command.objects.count() == 1
    reporter.values("11950", **after(17))
    assert Command.objects.count() == 2
    assert account.available_kwh == 0


def test_new_credit_lets_it_go_on(reporter: Reporter, account: Account) -> None:
    started, _ = reporter.start(meter=0)
    reporter.values("11900", **after(30))
    assert held(started) == 12_000
    Credit.objects.create(account=account, amount_kwh=3)
    reporter.values("11950", **after(31))
    assert held(started) == 15_000


def test_a_jump_beyond_the_hold_takes_what_it_used(reporter: Reporter, account: Account) -> None:
    started, _ = reporter.start(meter=0)
    reporter.start(meter=0, connector=2)
    reporter.values("6500", **after(30))
    # 6.5 used, 5 held by the other: 0.5 is left of 12.
    assert held(started) == 7000
    reporter.values("9000", **after(40))
    assert account.available_kwh == -2
    asked = {one.payload["transaction_id"] for one in Command.objects.all()}
    assert asked == {started.pk}


def test_a_charger_that_is_offline_is_told_later(reporter: Reporter, account: Account) -> None:
    Charger.objects.update(owner="")
    started, _ = reporter.start(meter=0)
    reporter.values("11999", **after(30))
    assert not Command.objects.exists()
    started.refresh_from_db()
    assert started.stop_asked is None


def test_another_connection_goes_on_with_the_hold(reporter: Reporter, account: Account) -> None:
    started, _ = reporter.start(meter=0)
    reporter.values("2000", **after(5))
    Reporter(reporter.charger).values("4500", **after(10))
    assert held(started) == 10_000


DEEDS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["start", "value", "stop"]), st.integers(0, 4000)),
    max_size=25,
)


def test_what_is_held_and_spent_is_never_more_than_was_given(
    reporter: Reporter, account: Account
) -> None:
    @hypothesis_settings(max_examples=40)
    @given(DEEDS)
    def check(deeds: list[tuple[int, str, int]]) -> None:
        with transaction.atomic():
            over = _play(reporter, deeds)
            energy = balance.of(account)
            mine = Transaction.objects.filter(account=account)
            billed = sum(one.billed_wh for one in mine)
            assert energy.settled_wh == billed
            # A value may overshoot a hold by what came since the last one, but holds do not.
            over += sum(
                max(0, one.energy_wh - (one.held_wh or 0)) for one in mine.filter(stop_time=None)
            )
            taken = energy.settled_wh + energy.running_wh + energy.held_wh
            assert taken <= max(energy.credits_wh, energy.settled_wh) + over
            assert energy.available_wh == energy.credits_wh - taken
            transaction.set_rollback(True)
        reporter.station.forget()

    check()


def _play(reporter: Reporter, deeds: list[tuple[int, str, int]]) -> int:
    """Returns what sessions that have ended used beyond their holds (Wh)."""
    meters = [0, 0, 0]
    over = 0
    for minute, (connector, deed, wh) in enumerate(deeds):
        running = Transaction.objects.filter(connector_id=connector + 1, stop_time=None).first()
        if deed == "start":
            reporter.start(connector=connector + 1, meter=meters[connector], time=at(minute))
        elif running is not None:
            meters[connector] += wh
            if deed == "value":
                told = after(minute) | {"connector": connector + 1, "transaction_id": running.pk}
                reporter.values(str(meters[connector]), **told)
            else:
                running.refresh_from_db()
                used = meters[connector] - running.meter_start
                over += max(0, used - (running.held_wh or 0))
                reporter.stop(running.pk, meter=meters[connector], time=at(minute))
    return over


# --- several at the same moment -----------------------------------------------------------------


@pytest.fixture
def chargers(transactional_db: None) -> list[Charger]:
    return [
        Charger.objects.create(charger_id=f"CP{number}", require_rfid=True) for number in range(8)
    ]


def test_two_chargers_never_hold_the_same_credit(chargers: list[Charger]) -> None:
    account = make_driver(credit_kwh=12)
    ready = threading.Barrier(len(chargers))
    answers: list[str] = []

    def start(charger: Charger) -> None:
        try:
            ready.wait(10)
            with transaction.atomic():
                answers.append(Reporter(charger).start()[1])
        finally:
            connection.close()

    threads = [threading.Thread(target=start, args=[charger]) for charger in chargers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["Accepted"] * 3 + ["Blocked"] * 5
    holds = Transaction.objects.exclude(held_wh=None).values_list("held_wh", flat=True)
    assert sorted(wh for wh in holds if wh is not None) == [2000, STEP, STEP]
    assert account.available_kwh == 0
    assert User.objects.get().rfids.get().rfid == TAG
