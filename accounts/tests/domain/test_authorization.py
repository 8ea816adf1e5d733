"""Who may charge, and why not."""

import pytest
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from accounts.domain import authorization, balance, cards
from accounts.models import RFID, Account, Credit, User
from accounts.tests.conftest import RunningSessions

pytestmark = pytest.mark.django_db


def reason(account: Account | None) -> tuple[bool, str]:
    verdict = authorization.judge(account)
    return verdict.allowed, str(verdict.reason)


def test_without_an_account_nobody_charges() -> None:
    assert reason(None) == (False, "There is no account.")


def test_credit_decides(account: Account, running: RunningSessions) -> None:
    assert reason(account) == (False, "No credit yet.")
    Credit.objects.create(account=account, amount_kwh="0.010")
    assert reason(account) == (True, "0.010 kWh left.")
    running.wh[account.pk] = 9
    assert reason(account) == (True, "0.001 kWh left.")
    running.wh[account.pk] = 10
    assert reason(account) == (False, "No credit left: 0.000 kWh.")
    running.wh[account.pk] = 1010
    assert reason(account) == (False, "No credit left: -1.000 kWh.")


def test_a_service_account_needs_no_credit_but_an_active_user(account: Account) -> None:
    account.service_account = True
    assert reason(account) == (True, "Service account: charges without a balance.")
    account.user.is_active = False
    assert reason(account) == (False, "The user is deactivated.")


def test_judging_takes_three_queries_at_most(
    account: Account,
    running: RunningSessions,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    Credit.objects.bulk_create(Credit(account=account, amount_kwh=1) for _ in range(100))
    running.wh = dict.fromkeys(range(account.pk, account.pk + 10_000), 1)
    fresh = Account.objects.get(pk=account.pk)
    # The third is the source of running energy, which asks no database here.
    with django_assert_max_num_queries(2):
        assert authorization.judge(fresh).allowed
    assert running.calls == 1


def test_a_card_passes_only_with_all_that_stands_behind_it(driver: User) -> None:
    assert str(authorization.judge_card(None).reason) == "The card is not known."
    card = RFID.objects.create(rfid="04A2B3C4", allowed=False)

    def verdict() -> str:
        found = authorization.judge_card(cards.find("04A2B3C4"))
        return f"{found.allowed} {found.reason}"

    assert verdict() == "False The card is not allowed."
    card.allowed = True
    card.save()
    assert verdict() == "False The card belongs to nobody."
    card.user = driver
    card.save()
    assert verdict() == "False The user of the card has no account."
    account = balance.open_account(driver)
    assert verdict() == "False No credit yet."
    Credit.objects.create(account=account, amount_kwh=3)
    assert verdict() == "True 3.000 kWh left."


def test_the_reason_is_translated_when_it_is_shown() -> None:
    verdict = authorization.judge(None)
    with translation.override("es"):
        spanish = translation.gettext("There is no account.")
        assert str(verdict.reason) == spanish
