"""Who may charge, and why not."""

from datetime import UTC, datetime, timedelta
from typing import Any

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


def test_outside_of_its_hours_an_account_does_not_charge(account: Account, settings: Any) -> None:
    """A service account neither: it needs no credit, and no more than that."""
    settings.TIME_ZONE = "America/Monterrey"  # UTC-6
    account.service_account = True
    account.allowed_hours = "Mo-Fr 08:00-18:00"
    noon = datetime(2026, 5, 1, 18, tzinfo=UTC)  # a Friday
    assert authorization.judge(account, now=noon).allowed
    verdict = authorization.judge(account, now=noon + timedelta(hours=6))
    expected = "Outside of the allowed hours of the account: Mo-Fr 08:00-18:00."
    assert (verdict.allowed, str(verdict.reason)) == (False, expected)


def test_hours_keep_nobody_from_logging_in(account: Account) -> None:
    account.allowed_hours = "We 03:00-03:01"
    card = RFID(rfid="04A2B3C4", user=account.user)
    assert authorization.refusal(card) is None


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


def test_a_block_says_its_reason() -> None:
    card = RFID(rfid="04A2B3C4", allowed=False, block_reason="reported stolen")
    verdict = authorization.judge_card(card)
    assert (verdict.allowed, str(verdict.reason)) == (
        False,
        "The card is not allowed: reported stolen",
    )


@pytest.mark.parametrize(("late_s", "expired"), [(-1, False), (0, True), (1, True)])
def test_an_expired_card_authorises_nothing_from_that_moment_on(late_s: int, expired: bool) -> None:
    end = datetime(2026, 5, 1, 12, tzinfo=UTC)
    card = RFID(rfid="04A2B3C4", expires=end)
    refusal = authorization.refusal(card, end + timedelta(seconds=late_s))
    assert (refusal is not None) is expired
    if refusal is not None:
        assert str(refusal.reason) == "The card expired on 2026-05-01 06:00 CST."


def test_a_card_without_an_end_is_judged_as_ever() -> None:
    assert authorization.refusal(RFID(rfid="04A2B3C4")) is None
