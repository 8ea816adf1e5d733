"""Beginning, going on and ending."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.domain import balance
from accounts.models import Account, Credit, User
from ocpp.domain.errors import Conflict, Invalid, NotFound
from subscriptions.domain import subscribing
from subscriptions.models import Product
from subscriptions.tests.conftest import START

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def test_the_first_period_begins_at_once(account: Account, product: Product) -> None:
    begun, resumed = subscribing.subscribe(account, product, START, account.user)
    assert not resumed
    assert (begun.started, begun.next_renewal) == (START, START + 10 * DAY)
    assert begun.ends is None
    assert begun.created_by == account.user
    (renewal,) = begun.renewals.all()
    assert (renewal.price, renewal.currency) == (Decimal("199.50"), "MXN")
    assert renewal.credit is not None
    assert renewal.credit.amount_kwh == Decimal("20.5")
    # A driver grants nothing: the node does.
    assert renewal.credit.created_by is None
    assert balance.of(account).balance_kwh == Decimal("20.5")


def test_the_credit_names_the_member_of_staff(account: Account, product: Product) -> None:
    staff = User.objects.create_user("boss", is_staff=True)
    subscribing.subscribe(account, product, START, staff)
    assert Credit.objects.get().created_by == staff


def test_an_account_has_a_product_once(account: Account, product: Product) -> None:
    subscribing.subscribe(account, product, START)
    with pytest.raises(Conflict, match="already"):
        subscribing.subscribe(account, product, START + DAY)
    assert Credit.objects.count() == 1


def test_what_is_not_offered_cannot_be_had(account: Account, product: Product) -> None:
    Product.objects.update(active=False)
    with pytest.raises(Conflict, match="not offered"):
        subscribing.subscribe(account, product, START)


def test_cancelling_ends_it_with_its_period(account: Account, product: Product) -> None:
    begun = subscribing.subscribe(account, product, START).subscription
    assert subscribing.cancel(begun, START + 3 * DAY)
    assert begun.ends == START + 10 * DAY
    assert not subscribing.cancel(begun, START + 4 * DAY)
    assert begun.cancelled == START + 3 * DAY


def test_to_cancel_and_subscribe_again_gives_nothing_twice(
    account: Account, product: Product
) -> None:
    begun = subscribing.subscribe(account, product, START).subscription
    subscribing.cancel(begun, START + 3 * DAY)
    again, resumed = subscribing.subscribe(account, product, START + 4 * DAY)
    assert resumed
    assert again.pk == begun.pk
    assert again.cancelled is None
    assert again.next_renewal == START + 10 * DAY
    assert Credit.objects.count() == 1


def test_after_its_end_it_begins_anew(account: Account, product: Product) -> None:
    begun = subscribing.subscribe(account, product, START).subscription
    subscribing.cancel(begun, START)
    again, resumed = subscribing.subscribe(account, product, START + 10 * DAY)
    assert not resumed
    assert again.pk != begun.pk
    assert Credit.objects.count() == 2


def test_one_that_was_withdrawn_does_not_go_on(account: Account, product: Product) -> None:
    begun = subscribing.subscribe(account, product, START).subscription
    subscribing.cancel(begun, START)
    Product.objects.update(active=False)
    with pytest.raises(Conflict, match="not offered"):
        subscribing.subscribe(account, product, START)


def test_periods_that_began_before_it_was_cancelled_count(
    account: Account, product: Product
) -> None:
    """The node was down for 25 days, and the first thing that it hears is the end."""
    begun = subscribing.subscribe(account, product, START).subscription
    subscribing.cancel(begun, START + 25 * DAY)
    assert begun.renewals.count() == 3
    assert begun.ends == START + 30 * DAY


def test_an_account_is_named_by_one_number_or_the_other(account: Account) -> None:
    user = account.user
    assert subscribing.whose(account.pk, None) == user
    assert subscribing.whose(None, user.pk) == user
    assert subscribing.whose(account.pk, user.pk) == user
    other = User.objects.create_user("bob")
    with pytest.raises(Invalid):
        subscribing.whose(None, None)
    with pytest.raises(Invalid):
        subscribing.whose(account.pk, other.pk)
    for wrong in ((10**6, None), (None, 10**6)):
        with pytest.raises(NotFound):
            subscribing.whose(*wrong)
