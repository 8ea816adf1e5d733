"""Each period is granted once: whatever the clock, kills and cancels do."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import hypothesis
import pytest
from django.db import OperationalError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts.domain import balance
from accounts.models import Account, Credit, User
from schedules import domain as schedules
from subscriptions.domain import renewing, subscribing
from subscriptions.models import Product, Renewal, Subscription
from subscriptions.tests.conftest import START

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


class Killed(BaseException):
    """Stands for the end of the process between two statements."""


@contextmanager
def killed_at(statement: int) -> Iterator[None]:
    """The process ends when it sends its `statement`th statement to the database."""
    left = statement

    def execute(call: Callable[..., Any], *args: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            raise Killed
        return call(*args)

    with connection.execute_wrapper(execute), suppress(Killed):
        yield


def all_due(now: datetime) -> int:
    granted = 0
    while (done := renewing.renew_due(now, limit=3)).more:
        granted += done.periods
    return granted + done.periods


def the_ledger_agrees(subscription: Subscription, periods: int, product: Product) -> None:
    renewals = list(subscription.renewals.order_by("period_start"))
    assert len(renewals) == periods
    # Whole periods, one after another, without a gap.
    assert renewals[0].period_start == subscription.started
    for one, following in pairwise(renewals):
        assert one.period_end == following.period_start
    subscription.refresh_from_db()
    assert renewals[-1].period_end == subscription.next_renewal
    credits = Credit.objects.filter(account=subscription.account)
    assert {row.pk for row in credits} == {row.credit_id for row in renewals}
    assert balance.of(subscription.account).credits_kwh == periods * product.credit_kwh


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("jump"), st.integers(-400, 1500)),  # hours
        st.tuples(st.just("kill"), st.integers(1, 25)),
        st.tuples(st.just("work"), st.just(0)),
        st.tuples(st.just("cancel"), st.just(0)),
    ),
    max_size=12,
)


@hypothesis.settings(suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_jumps_of_the_clock_and_kills_grant_each_period_once(
    account: Account, product: Product, steps: list[tuple[str, int]]
) -> None:
    with transaction.atomic():
        begun = subscribing.subscribe(account, product, START).subscription
        now = latest = seen = START
        ended: datetime | None = None
        for step, amount in steps:
            if step == "jump":
                now += timedelta(hours=amount)
            elif step == "kill":
                with killed_at(amount):
                    all_due(now)
            elif step == "cancel" and ended is None and now >= START:
                assert subscribing.cancel(begun, now)
                ended, seen = now, latest
            else:
                all_due(now)
            # What was looked at while it was so late may have been granted, and is at the end.
            latest = max(latest, now)
        if ended is None:
            all_due(latest)
            elapsed = latest - START
            expected = elapsed // product.period + 1
            the_ledger_agrees(begun, expected, product)
        else:
            # A clock that was ahead before it was cancelled had granted what had begun then.
            all_due(latest + 1000 * DAY)
            granted = begun.renewals.count()
            assert (ended - START) // product.period + 1 <= granted
            assert granted <= (seen - START) // product.period + 1
            the_ledger_agrees(begun, granted, product)
        transaction.set_rollback(True)


@pytest.mark.parametrize("statement", range(1, 14))
def test_killed_at_each_statement_nothing_is_half_done(
    account: Account, product: Product, statement: int
) -> None:
    begun = subscribing.subscribe(account, product, START).subscription
    now = START + 25 * DAY
    with killed_at(statement):
        renewing.renew_due(now)
    the_ledger_agrees(begun, begun.renewals.count(), product)
    all_due(now)
    the_ledger_agrees(begun, 3, product)


def test_a_killed_process_is_really_interrupted(account: Account, product: Product) -> None:
    """The test above is none when no statement is reached."""
    subscribing.subscribe(account, product, START)
    with killed_at(5):
        renewing.renew_due(START + 25 * DAY)
        pytest.fail("it was not killed")


def test_a_period_is_granted_once_however_often_it_is_asked_for(
    account: Account, product: Product
) -> None:
    begun = subscribing.subscribe(account, product, START).subscription
    due = START + 10 * DAY
    assert renewing.renew(begun.pk, due, due) is not None
    assert renewing.renew(begun.pk, due, due) is None
    assert renewing.renew(begun.pk, due + 20 * DAY, due) is None
    assert renewing.renew(10**9, due, due) is None
    the_ledger_agrees(begun, 2, product)


def test_a_changed_product_holds_for_the_periods_that_follow(
    account: Account, product: Product
) -> None:
    begun = subscribing.subscribe(account, product, START).subscription
    product.price, product.currency = Decimal("5.25"), "USD"
    product.renewal_period, product.credit_kwh = 3, Decimal(0)
    product.save()
    all_due(START + 13 * DAY)
    told = [
        (row.price, row.currency, (row.period_end - row.period_start).days, row.credit is None)
        for row in begun.renewals.order_by("period_start")
    ]
    assert told == [
        (Decimal("199.50"), "MXN", 10, False),
        (Decimal("5.25"), "USD", 3, True),
        (Decimal("5.25"), "USD", 3, True),
    ]
    assert balance.of(account).credits_kwh == Decimal("20.5")


def test_one_that_fails_holds_up_no_other(account: Account, product: Product) -> None:
    """Its next period would end after all calendars."""
    bad = Product.objects.create(name="Bad", renewal_period=1)
    subscribing.subscribe(account, bad, START)
    Product.objects.filter(pk=bad.pk).update(renewal_period=2_000_000_000)
    begun = subscribing.subscribe(account, product, START).subscription
    failed: dict[int, Exception] = {}
    done = renewing.renew_due(START + 15 * DAY, failed=failed)
    assert done == (1, False)
    assert len(failed) == 1
    assert isinstance(next(iter(failed.values())), OverflowError)
    assert begun.renewals.count() == 2


def test_the_schedule_shows_what_failed(
    account: Account, monkeypatch: pytest.MonkeyPatch, product: Product
) -> None:
    begun = subscribing.subscribe(account, product, START).subscription

    def refuse(*_args: object) -> None:
        raise ValueError("no energy today")

    monkeypatch.setattr(balance, "grant", refuse)
    with pytest.raises(renewing.NotRenewed, match=rf"Subscriptions {begun.pk}: no energy today"):
        renewing.renew_all_due()
    assert begun.renewals.count() == 1


def test_a_database_that_fails_ends_the_look(
    account: Account, monkeypatch: pytest.MonkeyPatch, product: Product
) -> None:
    subscribing.subscribe(account, product, START)

    def locked(*_args: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(renewing, "renew", locked)
    with pytest.raises(OperationalError):
        renewing.renew_all_due()


def test_the_duty_catches_up(account: Account, product: Product) -> None:
    """As the schedule calls it, years after the last period."""
    begun = subscribing.subscribe(account, product, START - 3650 * DAY).subscription
    granted = renewing.renew_all_due()
    begun.refresh_from_db()
    assert granted >= 365
    assert begun.renewals.count() == granted + 1
    assert renewing.renew_all_due() == 0
    assert "subscriptions.renewals" in {duty.name for duty in schedules.duties()}


def test_those_who_listen_hear_of_each_period_after_its_commit(
    account: Account,
    product: Product,
    django_capture_on_commit_callbacks: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    heard: list[Renewal] = []

    def listen(renewal: Renewal, **_more: object) -> None:
        heard.append(renewal)

    def fail(**_more: object) -> None:
        raise RuntimeError("a receiver")

    renewing.renewed.connect(fail)
    renewing.renewed.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            begun = subscribing.subscribe(account, product, START).subscription
            all_due(START + 10 * DAY)
            assert heard == []
    finally:
        renewing.renewed.disconnect(listen)
        renewing.renewed.disconnect(fail)
    assert heard == list(begun.renewals.order_by("period_start"))
    assert [record.name for record in caplog.records] == ["django.dispatch"] * 2


def test_those_that_wait_longest_come_first(driver: User, product: Product) -> None:
    late = User.objects.create_user("bob")
    first = subscribing.subscribe(balance.open_account(late), product, START - DAY).subscription
    second = subscribing.subscribe(balance.open_account(driver), product, START).subscription
    done = renewing.renew_due(START + 11 * DAY, limit=1)
    assert done == (1, True)
    assert (first.renewals.count(), second.renewals.count()) == (2, 1)
