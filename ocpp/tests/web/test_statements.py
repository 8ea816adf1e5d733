"""The pages and files of statements: one's own, or anybody's for staff who may look."""

import csv
from decimal import Decimal
from io import BytesIO, StringIO

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from model_bakery import baker
from openpyxl import load_workbook

from accounts.models import Account, User, Vehicle
from ocpp.models import Charger
from ocpp.tests.factories import Reporter, at, make_driver

MONTHS = reverse("ocpp:statements")


@pytest.fixture
def account(db: None) -> Account:
    return make_driver()


@pytest.fixture
def session(account: Account, reporter: Reporter) -> int:
    baker.make(Vehicle, account=account, VIN="1M8GDM9AXKP042788", brand="=2+2", model="<b>x")
    Charger.objects.update(name="@cmd")
    started, _ = reporter.start(meter=1000)
    reporter.stop(started.pk, meter=3345)
    return started.pk


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(account: Account, query: str = "") -> str:
    return reverse("ocpp:statement", args=[account.pk, 2026, 5]) + query


def test_a_driver_sees_their_own(account: Account, session: int) -> None:
    driver = client_of(account.user)
    months = driver.get(MONTHS).content.decode()
    assert page(account) in months
    text = driver.get(page(account)).content.decode()
    assert "2.345" in text
    assert "-2.345" in text  # the credit came later
    assert "<b>x" not in text


def test_nobody_else_sees_it(account: Account, session: int) -> None:
    stranger = client_of(make_driver("bob", tag="BEEF0002").user)
    staff = client_of(User.objects.create_user("clerk", is_staff=True))
    for client in (stranger, staff):
        assert client.get(page(account)).status_code == 404
        assert client.get(page(account, "?format=csv")).status_code == 404
        assert client.get(MONTHS, {"account": account.pk}).status_code == 404
    for url in (page(account), MONTHS):
        answer = Client().get(url)
        assert answer.status_code == 302
        assert "login" in answer["Location"]


def test_staff_who_may_look_see_everybodys(account: Account, session: int) -> None:
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_transaction"))
    client = client_of(clerk)
    assert client.get(page(account)).status_code == 200
    assert client.get(MONTHS, {"account": account.pk}).status_code == 200
    # Of their own they have none.
    assert "no energy account" in client.get(MONTHS).content.decode()


@pytest.mark.parametrize("account_id", ["0", "x", "9" * 30, "-1"])
def test_an_account_that_is_none(admin_client: Client, account_id: str) -> None:
    assert admin_client.get(MONTHS, {"account": account_id}).status_code == 404


def test_a_month_that_is_none(admin_client: Client, account: Account) -> None:
    assert admin_client.get(f"/ocpp/statements/{account.pk}/2026-13/").status_code == 404


def test_csv_for_a_spreadsheet(account: Account, session: int) -> None:
    answer = client_of(account.user).get(page(account, "?format=csv"))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer["Content-Disposition"]
    (row,) = csv.DictReader(StringIO(answer.content.decode("utf-8-sig")))
    assert (row["transaction"], row["energy_kwh"], row["minutes"]) == (str(session), "2.345", "60")
    assert row["started"] == "2026-05-01T06:00:00-06:00"
    # No cell begins a formula.
    assert row["charger"] == "'@cmd"
    assert row["vehicle"].startswith("'=2+2")


def test_xlsx_has_numbers_and_no_formulas(account: Account, session: int) -> None:
    answer = client_of(account.user).get(page(account, "?format=xlsx"))
    sheet = load_workbook(BytesIO(answer.content)).active
    assert sheet is not None
    head, row = sheet.iter_rows(values_only=True)
    cells = dict(zip(head, row, strict=True))
    assert Decimal(str(cells["energy_kwh"])) == Decimal("2.345")
    assert cells["charger"] == "'@cmd"
    assert all(cell.data_type != "f" for line in sheet.iter_rows() for cell in line)


def test_an_empty_month(account: Account, reporter: Reporter) -> None:
    driver = client_of(account.user)
    assert "No session has ended yet" in driver.get(MONTHS).content.decode()
    assert "No session ended" in driver.get(page(account)).content.decode()


def test_what_awaits_a_review_is_named(account: Account, reporter: Reporter) -> None:
    started, _ = reporter.start(meter=1000)
    reporter.stop(started.pk, meter=1, time=at(10))
    text = client_of(account.user).get(page(account)).content.decode()
    assert "not counted until somebody has looked" in text
