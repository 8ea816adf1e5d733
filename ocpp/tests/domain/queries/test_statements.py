"""Statements of an account: its sessions by month, and totals that add up to its ledger."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import Account, Credit
from ocpp.domain import billing
from ocpp.domain.errors import NotFound
from ocpp.domain.queries import statements
from ocpp.models import Tariff, TariffPrice, TariffVersion
from ocpp.tests.factories import NOON, Reporter, at, make_driver

MINUTES_A_DAY = 24 * 60


@pytest.fixture(autouse=True)
def here(settings: Settings) -> None:
    settings.TIME_ZONE = "America/Monterrey"  # UTC-6


@pytest.fixture
def account(db: None) -> Account:
    with time_machine.travel(NOON - timedelta(days=10), tick=False):
        return make_driver(credit_kwh=100)


def charge(reporter: Reporter, end_minute: float, wh: int = 1000) -> int:
    """A session that ends so many minutes after noon."""
    now = NOON + timedelta(minutes=end_minute)
    started, _ = reporter.start(meter=0, time=at(end_minute - 30), now=now)
    reporter.stop(started.pk, meter=wh, time=at(end_minute), now=now)
    return started.pk


def test_a_month_ends_at_local_midnight(reporter: Reporter, account: Account) -> None:
    """NOON is 1 May 12:00 UTC; April ends at 06:00 UTC of that day."""
    april = charge(reporter, -6 * 60 - 1, 1100)
    may = charge(reporter, -6 * 60, 1200)
    june = charge(reporter, 30 * MINUTES_A_DAY + 18 * 60, 1300)
    found = [
        [one.pk for one in statements.statement(account, 2026, month).sessions]
        for month in (3, 4, 5, 6)
    ]
    assert found == [[], [april], [may], [june]]
    assert [(one.month, one.sessions, one.energy_kwh) for one in statements.months(account)] == [
        (date(2026, 6, 1), 1, Decimal("1.300")),
        (date(2026, 5, 1), 1, Decimal("1.200")),
        (date(2026, 4, 1), 1, Decimal("1.100")),
    ]


def test_the_balance_goes_on_from_month_to_month(reporter: Reporter, account: Account) -> None:
    charge(reporter, -6 * 60 - 1, 7000)
    charge(reporter, 60, 2500)
    charge(reporter, 120, 500)
    with time_machine.travel(datetime(2026, 5, 20, tzinfo=UTC), tick=False):
        Credit.objects.create(account=account, amount_kwh="12.345")
        Credit.objects.create(account=account, amount_kwh="-2")
    april, may, june = (statements.statement(account, 2026, month) for month in (4, 5, 6))
    assert (april.opening_kwh, april.credits_kwh, april.energy_kwh) == (0, 100, 7)
    assert april.closing_kwh == may.opening_kwh == 93
    assert (may.credits_kwh, may.energy_kwh) == (Decimal("10.345"), 3)
    assert may.closing_kwh == june.opening_kwh == june.closing_kwh == Decimal("100.345")
    account.refresh_from_db()
    assert june.closing_kwh == account.balance_kwh


def test_all_months_add_up_to_what_was_settled(reporter: Reporter, account: Account) -> None:
    for number in range(20):
        charge(reporter, number * 3 * MINUTES_A_DAY, 100 + number)
    account.refresh_from_db()
    total = sum(
        statements.statement(account, one.month.year, one.month.month).energy_wh
        for one in statements.months(account)
    )
    assert total == account.settled_wh == sum(range(100, 120))


def test_what_awaits_a_review_is_listed_apart(reporter: Reporter, account: Account) -> None:
    started, _ = reporter.start(meter=1000, time=at(0))
    reporter.values("3000", time=at(10))
    reporter.stop(started.pk, meter=5, time=at(30))
    found = statements.statement(account, 2026, 5)
    assert (found.sessions, [one.pk for one in found.waiting]) == ([], [started.pk])
    assert (found.energy_wh, found.closing_kwh) == (0, 100)
    started.refresh_from_db()
    assert billing.settle_review(started)
    assert statements.statement(account, 2026, 5).energy_wh == 2000


def test_others_sessions_running_ones_and_refused_ones_are_not_listed(
    reporter: Reporter, account: Account
) -> None:
    bob = make_driver("bob", tag="BEEF0002", allowed=False)
    reporter.start(meter=0, time=at(0), connector=2)
    refused, status = reporter.start(tag="BEEF0002", time=at(0), connector=3)
    assert status == "Blocked"
    reporter.stop(refused.pk, meter=1000, tag="BEEF0002", time=at(5))
    assert statements.months(account) == []
    assert statements.statement(bob, 2026, 5).sessions == []


def test_costs_are_summed_by_currency(reporter: Reporter, account: Account) -> None:
    for currency in ("USD", "MXN"):
        Tariff.objects.update(standard=False)
        tariff = Tariff.objects.create(name=currency, currency=currency, standard=True)
        version = TariffVersion.objects.create(
            tariff=tariff, valid_from=NOON - timedelta(days=1), tax_percent=16
        )
        TariffPrice.objects.create(version=version, component="energy", amount=10)
        charge(reporter, 30 if currency == "USD" else 90)
        charge(reporter, 31 if currency == "USD" else 91)
    costs = statements.statement(account, 2026, 5).costs
    assert [(one.currency, one.net, one.tax, one.total) for one in costs] == [
        ("MXN", 20, Decimal("3.20"), Decimal("23.20")),
        ("USD", 20, Decimal("3.20"), Decimal("23.20")),
    ]


@pytest.mark.parametrize(("year", "month"), [(2026, 0), (2026, 13), (1, 1), (99999, 1)])
def test_a_month_that_is_none(account: Account, year: int, month: int) -> None:
    with pytest.raises(NotFound):
        statements.statement(account, year, month)


def test_december_ends_with_the_year(reporter: Reporter, account: Account) -> None:
    charge(reporter, 244 * MINUTES_A_DAY, 700)
    assert statements.statement(account, 2026, 12).energy_wh == 700


def test_a_statement_takes_few_queries(
    reporter: Reporter, account: Account, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(10):
        charge(reporter, 60 + number)
    with django_assert_max_num_queries(4):
        found = statements.statement(account, 2026, 5)
        statements.table(found)
    assert len(found.sessions) == 10
