"""Pages by cursor, files, unchanged answers, and how many requests are too many."""

import csv
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook
from pytest_django import Settings

from accounts.api.rate import Buckets
from accounts.models import RFID, Account, User
from accounts.tests.api.conftest import allow, client_of, make_person

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def staff(clerk: User) -> Client:
    return allow(clerk, "view_account", "view_rfid", "view_credit", "view_vehicle")


def _cards(count: int) -> None:
    RFID.objects.bulk_create([RFID(rfid=f"BEEF{n:04X}") for n in range(count)])
    # Several of one time: the order among them is that of their numbers.
    for number, card in enumerate(RFID.objects.order_by("pk")):
        RFID.objects.filter(pk=card.pk).update(created=NOON + timedelta(hours=number // 3))


def _pages(client: Client, url: str) -> list[list[Any]]:
    found = []
    following: str | None = url
    while following:
        told = client.get(following).json()
        found.append(told["items"])
        following = told["next"]
    return found


@pytest.mark.parametrize("order", ["id", "-id", "created", "-created"])
def test_pages_follow_each_other_without_gap_or_repetition(staff: Client, order: str) -> None:
    _cards(11)
    pages = _pages(staff, f"/accounts/cards/?limit=4&order={order}&allowed=true")
    assert [len(page) for page in pages] == [4, 4, 3]
    told = [card["id"] for page in pages for card in page]
    way = "-pk" if order.startswith("-") else "pk"
    assert told == list(RFID.objects.order_by(way).values_list("pk", flat=True))


def test_rows_that_come_and_go_disturb_no_page(staff: Client) -> None:
    _cards(6)
    first = staff.get("/accounts/cards/?limit=3&order=-id").json()
    RFID.objects.create(rfid="CAFE0001")
    RFID.objects.filter(pk=first["items"][-1]["id"]).delete()
    second = staff.get(first["next"]).json()
    assert [card["rfid"] for card in second["items"]] == ["BEEF0002", "BEEF0001", "BEEF0000"]
    assert second["next"] is None


@pytest.mark.parametrize(
    "query",
    [
        *("limit=0", "limit=1001", "limit=x", "order=colour", "format=pdf", "allowed=perhaps"),
        *("cursor=x", "cursor=W10", "cursor=bnVsbA", "user=%00"),
        "cursor=WyJpZCIsbnVsbF0",  # ["id",null]
        "cursor=WyItaWQiLDFd",  # ["-id",1]: of another order
    ],
)
def test_queries_that_are_none(staff: Client, query: str) -> None:
    answer = staff.get(f"/accounts/cards/?{query}")
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(query.partition("=")[0])


@pytest.mark.parametrize("url", ["/accounts/", "/accounts/credits/", "/accounts/vehicles/"])
def test_more_rows_are_no_more_queries(staff: Client, url: str) -> None:
    counts = []
    for number in (1, 2, 12):
        make_person(f"person-{number}", number)
        for more in range(number):
            make_person(f"more-{number}-{more}", 100 * number + more)
        staff.get(url)
        with CaptureQueriesContext(connection) as captured:
            assert staff.get(url).status_code == 200
        counts.append(len(captured))
    assert len(set(counts)) == 1, counts
    assert counts[0] <= 8


def test_a_file_is_the_whole_list_with_nothing_that_a_spreadsheet_runs(staff: Client) -> None:
    _cards(5)
    RFID.objects.filter(rfid="BEEF0002").update(allowed=False, block_reason="=HYPERLINK(1)")
    answer = staff.get("/accounts/cards/?format=csv&limit=2")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="accounts-cards.csv"'
    rows = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["rfid"] for row in rows] == [f"BEEF000{n}" for n in range(5)]
    assert rows[2]["block_reason"] == "'=HYPERLINK(1)"
    assert (rows[2]["allowed"], rows[0]["created"]) == ("0", "2026-05-01T12:00:00Z")
    sheet = load_workbook(BytesIO(staff.get("/accounts/cards/?format=xlsx").content)).active
    assert sheet is not None
    assert [cell.value for cell in sheet[1]] == list(rows[0])
    assert sheet.max_row == 6


def test_an_answer_that_is_known_is_not_sent_again(ana: Account, driver: Client) -> None:
    first = driver.get("/accounts/")
    again = driver.get("/accounts/", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    Account.objects.update(service_account=True)
    other = driver.get("/accounts/", headers={"If-None-Match": first["ETag"]})
    assert other.status_code == 200
    assert other["ETag"] != first["ETag"]


def test_too_many_requests_of_one_token(ana: Account, settings: Settings) -> None:
    settings.API_REQUESTS_PER_MINUTE = 2
    one, other = client_of(ana.user), client_of(ana.user)
    assert [one.get("/accounts/me/").status_code for _ in range(3)] == [200, 200, 429]
    refused = one.get("/accounts/me/")
    assert refused.json()["detail"].startswith("Too many requests.")
    assert 1 <= int(refused["Retry-After"]) <= 30
    # Another token of the same person has a number of its own.
    assert other.get("/accounts/me/").status_code == 200
    settings.API_REQUESTS_PER_MINUTE = 0
    assert one.get("/accounts/me/").status_code == 200


def test_a_bucket_fills_at_a_steady_pace() -> None:
    buckets = Buckets()
    assert [buckets.take("a", 60, 100.0) for _ in range(60)] == [0.0] * 60
    assert buckets.take("a", 60, 100.0) == pytest.approx(1.0)
    assert buckets.take("a", 60, 100.5) == pytest.approx(0.5)
    assert buckets.take("a", 60, 101.0) == 0.0
    assert buckets.take("b", 60, 101.0) == 0.0
    # Never more than a minute's worth, however long nobody asked.
    assert [buckets.take("a", 2, 9000.0) > 0 for _ in range(3)] == [False, False, True]
