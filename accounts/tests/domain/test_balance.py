"""Balances: exact, and in a few queries."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from accounts.domain import balance
from accounts.domain.balance import Use
from accounts.models import Account, Credit, User
from accounts.tests.conftest import RunningSessions


@given(wh=st.integers(min_value=-(10**18), max_value=10**18))
def test_wh_become_kwh_without_rounding(wh: int) -> None:
    assert balance.kwh(wh) * 1000 == wh
    assert balance.kwh(wh).as_tuple().exponent == -3


@pytest.mark.django_db
def test_sums_are_exact_where_floating_point_is_not(account: Account) -> None:
    amounts = [Decimal("0.001"), Decimal("123456789.123"), Decimal("0.1"), Decimal("-0.3")]
    Credit.objects.bulk_create(
        Credit(account=account, amount_kwh=amount) for amount in amounts * 250
    )
    assert account.credits_kwh == sum(amounts) * 250
    assert balance.of(account).credits_wh == int(sum(amounts) * 250_000)


@pytest.mark.django_db
def test_settled_and_running_energy_are_spent(account: Account, running: RunningSessions) -> None:
    Credit.objects.create(account=account, amount_kwh=1)
    balance.settle(account.pk, 600)
    balance.settle(account.pk, 300)
    balance.settle(account.pk, -100)
    running.wh = {account.pk: 250, account.pk + 1: 99}
    energy = balance.of(account)
    assert (energy.spent_wh, energy.balance_wh) == (1050, -50)
    assert (energy.spent_kwh, energy.balance_kwh) == (Decimal("1.050"), Decimal("-0.050"))


@pytest.mark.django_db
def test_settling_on_an_account_that_is_not_there_is_an_error() -> None:
    with pytest.raises(Account.DoesNotExist, match="no account 404"):
        balance.settle(404, 1)


@pytest.mark.django_db
def test_several_sources_add_up_and_one_source_counts_once(
    account: Account, running: RunningSessions
) -> None:
    running.wh = {account.pk: 5}
    balance.register_running_energy(running)
    balance.register_running_energy(lambda ids: dict.fromkeys(ids, Use(7)))
    assert balance.of(account).running_wh == 12


@pytest.mark.django_db
def test_many_balances_take_as_many_queries_as_one(
    running: RunningSessions, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    accounts = [
        balance.open_account(User.objects.create_user(f"driver{number}")) for number in range(20)
    ]
    for number, account in enumerate(accounts):
        Credit.objects.create(account=account, amount_kwh=number + 1)
        Credit.objects.create(account=account, amount_kwh=1)
    running.wh = {accounts[3].pk: 500}
    with django_assert_num_queries(1):
        balances = balance.of_all(accounts)
    assert running.calls == 1
    assert [balances[account.pk].credits_wh for account in accounts] == [
        (number + 2) * 1000 for number in range(20)
    ]
    assert balances[accounts[3].pk].balance_wh == 4500


@pytest.mark.django_db
def test_an_account_is_opened_once(driver: User) -> None:
    assert balance.open_account(driver) == balance.open_account(driver)
    assert Account.objects.count() == 1
