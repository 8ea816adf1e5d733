"""Accounts and credits in the admin."""

import re
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.domain import balance
from accounts.models import RFID, Account, Credit, User, Vehicle
from accounts.tests.conftest import RunningSessions

pytestmark = pytest.mark.django_db

LIST = reverse("admin:accounts_account_changelist")


def account_form(account: Account, *credits: str) -> dict[str, object]:
    """What the browser would send for this account with these lines of new credit."""
    kept = account.credits.count()
    return {
        "credits-TOTAL_FORMS": kept + len(credits),
        "credits-INITIAL_FORMS": kept,
        **{f"credits-{kept + line}-amount_kwh": amount for line, amount in enumerate(credits)},
        "vehicles-TOTAL_FORMS": 0,
        "vehicles-INITIAL_FORMS": 0,
    }


def change_url(account: Account) -> str:
    return reverse("admin:accounts_account_change", args=[account.pk])


def cells(page: str, column: str) -> list[str]:
    """The text of a column of a list; an icon stands for its alternative text."""
    found = re.findall(rf'<td class="field-{column}[^>]*>(.*?)</td>', page, re.DOTALL)
    return [re.sub(r'<img[^>]*alt="([^"]+)"[^>]*>', r"\1", cell) for cell in found]


def test_the_list_says_who_may_charge_and_why(
    admin_client: Client, running: RunningSessions
) -> None:
    accounts = {
        name: balance.open_account(User.objects.create_user(name))
        for name in ("a_rich", "b_new", "c_poor", "d_gone", "e_service")
    }
    Credit.objects.create(account=accounts["a_rich"], amount_kwh="20")
    Credit.objects.create(account=accounts["c_poor"], amount_kwh="1.5")
    running.wh[accounts["c_poor"].pk] = 1500
    User.objects.filter(username="d_gone").update(is_active=False)
    Account.objects.filter(pk=accounts["e_service"].pk).update(service_account=True)
    page = admin_client.get(LIST).content.decode()
    assert cells(page, "authorized") == ["True", "False", "False", "False", "True"]
    assert cells(page, "reason") == [
        "20.000 kWh left.",
        "No credit yet.",
        "No credit left: 0.000 kWh.",
        "The user is deactivated.",
        "Service account: charges without a balance.",
    ]
    assert cells(page, "balance_kwh")[:3] == ["20.000", "0.000", "0.000"]


def test_fifty_accounts_take_as_many_queries_as_one(
    admin_client: Client,
    running: RunningSessions,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    accounts = [
        balance.open_account(User.objects.create_user(f"driver{number}")) for number in range(50)
    ]
    Credit.objects.bulk_create(
        Credit(account=account, amount_kwh=1) for account in accounts for _ in range(3)
    )
    # Session, user, two counts, the accounts with their users, and all their credits at once.
    with django_assert_num_queries(6):
        page = admin_client.get(LIST).content.decode()
    assert cells(page, "balance_kwh") == ["3.000"] * 50
    assert running.calls == 1


def test_credits_are_added_with_their_author(
    admin_client: Client, admin_user: User, account: Account
) -> None:
    admin_client.post(change_url(account), account_form(account, "10.5", "-0.25"))
    assert account.credits_kwh == Decimal("10.25")
    assert {credit.created_by for credit in Credit.objects.all()} == {admin_user}
    admin_client.post(change_url(account), account_form(account, "1", ""))
    assert Credit.objects.count() == 3


def test_an_author_cannot_be_made_up(
    admin_client: Client, admin_user: User, account: Account, driver: User
) -> None:
    form = account_form(account, "10") | {"credits-0-created_by": driver.pk}
    admin_client.post(change_url(account), form)
    assert Credit.objects.get().created_by == admin_user


def test_earlier_credits_are_neither_changed_nor_deleted(
    admin_client: Client, account: Account
) -> None:
    credit = Credit.objects.create(account=account, amount_kwh=10)
    page = admin_client.get(change_url(account)).content.decode()
    assert 'name="credits-0-DELETE"' not in page
    assert 'value="10.000"' not in page
    admin_client.post(
        change_url(account),
        account_form(account)
        | {"credits-0-id": credit.pk, "credits-0-amount_kwh": 500, "credits-0-DELETE": "on"},
    )
    assert account.credits_kwh == 10
    journal = reverse("admin:accounts_credit_change", args=[credit.pk])
    assert admin_client.post(journal, {"amount_kwh": 500}).status_code == 403
    removal = reverse("admin:accounts_credit_delete", args=[credit.pk])
    assert admin_client.post(removal, {"post": "yes"}).status_code == 403
    assert account.credits_kwh == 10


def test_a_credit_of_zero_is_refused(admin_client: Client, account: Account) -> None:
    page = admin_client.post(change_url(account), account_form(account, "0")).content.decode()
    assert "A credit of zero changes nothing" in page


def test_the_journal_records_its_author_too(
    admin_client: Client, admin_user: User, account: Account
) -> None:
    admin_client.post(
        reverse("admin:accounts_credit_add"), {"account": account.pk, "amount_kwh": "7"}
    )
    assert Credit.objects.get().created_by == admin_user
    page = admin_client.get(reverse("admin:accounts_credit_changelist")).content.decode()
    assert cells(page, "amount_kwh") == ["7.000"]


def test_an_account_stays_with_its_user(admin_client: Client, account: Account) -> None:
    other = User.objects.create_user("eva")
    admin_client.post(change_url(account), account_form(account) | {"user": other.pk})
    account.refresh_from_db()
    assert account.user.username == "ana"


def test_an_account_is_added_for_a_user_without_one(admin_client: Client, driver: User) -> None:
    add = reverse("admin:accounts_account_add")
    assert admin_client.get(add).status_code == 200
    form = account_form(Account(pk=0)) | {"user": driver.pk, "service_account": "on"}
    admin_client.post(add, form)
    assert driver.account.service_account


def test_the_page_shows_cards_and_vehicles(
    admin_client: Client, account: Account, driver: User
) -> None:
    good = RFID.objects.create(rfid="04A2B3C4", user=driver)
    RFID.objects.create(rfid="0A0A0A0A", user=driver, allowed=False)
    Vehicle.objects.create(account=account, brand="Nissan", model="Leaf", VIN="3N1CN7AD1EK123456")
    page = admin_client.get(change_url(account)).content.decode()
    assert reverse("admin:accounts_rfid_change", args=[good.pk]) in page
    assert "0A0A0A0A</a> (not allowed)" in page
    assert "3N1CN7AD1EK123456" in page
    assert "No credit yet." in page


def test_who_may_only_look_adds_no_credit(account: Account, client: Client) -> None:
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(viewer)
    assert client.get(change_url(account)).status_code == 200
    client.post(change_url(account), account_form(account, "10"))
    assert not Credit.objects.exists()


@pytest.mark.parametrize("query", ["ana", "04A2", "3N1CN"])
def test_accounts_are_found_by_user_card_and_vehicle(
    admin_client: Client, account: Account, driver: User, query: str
) -> None:
    balance.open_account(User.objects.create_user("eva"))
    RFID.objects.create(rfid="04A2B3C4", user=driver)
    Vehicle.objects.create(account=account, brand="Nissan", model="Leaf", VIN="3N1CN7AD1EK123456")
    page = admin_client.get(LIST, {"q": query}).content.decode()
    assert len(cells(page, "reason")) == 1
