"""Accounts and credits."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from accounts.domain import balance
from accounts.models import Account, Credit, CreditIsFinal, User
from accounts.tests.conftest import RunningSessions

pytestmark = pytest.mark.django_db


def test_an_account_tells_what_it_was_given_has_spent_and_has_left(
    account: Account, running: RunningSessions
) -> None:
    Credit.objects.create(account=account, amount_kwh=Decimal("10"))
    Credit.objects.create(account=account, amount_kwh=Decimal("-0.001"))
    balance.settle(account.pk, 1234)
    running.wh[account.pk] = 1
    # The instance is older than all of this.
    assert account.credits_kwh == Decimal("9.999")
    assert account.total_kwh_spent == Decimal("1.235")
    assert account.balance_kwh == Decimal("8.764")
    assert account.can_authorize()


def test_an_empty_account_cannot_authorize_but_a_service_account_can(account: Account) -> None:
    assert not account.can_authorize()
    account.service_account = True
    assert account.can_authorize()


def test_credits_are_only_added(account: Account) -> None:
    credit = Credit.objects.create(account=account, amount_kwh=5)
    credit.amount_kwh = 500
    for forbidden in (
        credit.save,
        credit.delete,
        Credit.objects.all().delete,
        account.credits.all().delete,
        lambda: Credit.objects.update(amount_kwh=500),
        lambda: account.credits.update(amount_kwh=500),
        lambda: Credit.objects.bulk_update([credit], ["amount_kwh"]),
        lambda: Credit.objects.update_or_create(pk=credit.pk, defaults={"amount_kwh": 500}),
        lambda: Credit.objects.bulk_create(
            [credit],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["amount_kwh"],
        ),
    ):
        with pytest.raises(CreditIsFinal):
            forbidden()
    assert account.credits_kwh == 5


def test_a_new_credit_cannot_take_the_place_of_another(account: Account) -> None:
    credit = Credit.objects.create(account=account, amount_kwh=5)
    with pytest.raises(IntegrityError), transaction.atomic():
        Credit(pk=credit.pk, account=account, amount_kwh=500).save()
    assert account.credits_kwh == 5


def test_neither_account_nor_author_of_a_credit_can_be_deleted(account: Account) -> None:
    author = User.objects.create_user("office")
    Credit.objects.create(account=account, amount_kwh=5, created_by=author)
    for kept in (author, account, account.user):
        with pytest.raises(ProtectedError):
            kept.delete()


def test_a_credit_of_zero_is_refused(account: Account) -> None:
    with pytest.raises(ValidationError) as refusal:
        Credit(account=account, amount_kwh=Decimal("0.000")).full_clean()
    assert "amount_kwh" in refusal.value.message_dict
