"""Readings by the hour and by the day, and the months of an account, page by page."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from model_bakery import baker
from pytest_django import Settings

from ocpp.choices import TransactionState
from ocpp.models import Charger, QuarterHour, Transaction
from ocpp.tests.api.conftest import make_transaction
from ocpp.tests.commanding import make_charger
from ocpp.tests.factories import make_driver

QUARTER = timedelta(minutes=15)


@pytest.fixture
def charger(db: None) -> Charger:
    return make_charger("CP1")


def fill(charger: Charger, begin: datetime, hours: int, **fields: Any) -> None:
    """100 Wh in each quarter-hour, at a power of its number."""
    store(charger, [begin + number * QUARTER for number in range(4 * hours)], **fields)


def store(charger: Charger, starts: list[datetime], **fields: Any) -> None:
    """100 Wh in each of these quarter-hours."""
    values: dict[str, Any] = {"connector_id": 1, "transaction": None, "energy_wh": 100, **fields}
    QuarterHour.objects.bulk_create(
        QuarterHour(
            charger=charger,
            start=start,
            power_max_w=1000 + number,
            power_mean_w=1000,
            samples=2,
            **values,
        )
        for number, start in enumerate(starts)
    )


def told(client: Client, query: str) -> list[dict[str, Any]]:
    """All pages of the readings of CP1."""
    following, found = f"/ocpp/readings/?charger=CP1&{query}", []
    while following:
        answer = client.get(following)
        assert answer.status_code == 200, answer.json()
        found += answer.json()["items"]
        following = answer.json()["next"]
    return found


def test_an_hour_is_the_sum_of_its_quarter_hours(charger: Charger, by_token: Client) -> None:
    begin = datetime(2026, 5, 1, 12, tzinfo=UTC)
    fill(charger, begin, 1)
    last = QuarterHour.objects.order_by("start").last()
    assert last is not None
    QuarterHour.objects.filter(pk=last.pk).update(power_mean_w=2000, samples=6)
    (hour,) = told(by_token, "resolution=hour")
    assert hour == {
        "charger_id": "CP1",
        "connector_id": 1,
        "session": None,
        "start": "2026-05-01T12:00:00Z",
        "energy_wh": 400,
        "power_max_w": 1003,
        # Of 6 values of 1,000 W and 6 of 2,000 W: not the mean of the quarter-hours.
        "power_mean_w": 1500,
        "samples": 12,
    }
    QuarterHour.objects.update(power_mean_w=None, power_max_w=None, samples=0)
    (hour,) = told(by_token, "resolution=hour")
    assert (hour["power_max_w"], hour["power_mean_w"], hour["samples"]) == (None, None, 0)


def test_connectors_and_sessions_are_told_apart(charger: Charger, by_token: Client) -> None:
    begin = datetime(2026, 5, 1, 12, tzinfo=UTC)
    session = make_transaction(charger)
    fill(charger, begin, 1)
    fill(charger, begin, 1, transaction=session)
    fill(charger, begin, 1, connector_id=2)
    rows = told(by_token, "resolution=hour&limit=1")
    assert sorted((row["connector_id"], row["session"] or 0) for row in rows) == [
        *((1, 0), (1, session.pk)),
        (2, 0),
    ]
    assert [row["connector_id"] for row in told(by_token, "resolution=day&connector=2")] == [2]
    assert [row["session"] for row in told(by_token, f"resolution=day&session={session.pk}")] == [
        session.pk
    ]


@pytest.fixture(params=["America/Ciudad_Juarez", "America/Santiago", "Asia/Kathmandu"])
def zone(request: pytest.FixtureRequest, settings: Settings) -> ZoneInfo:
    """Clocks that change at two, and at midnight itself; and one that is no whole hour from UTC."""
    settings.TIME_ZONE = request.param
    return ZoneInfo(request.param)


def quarters_of_a_year(zone: ZoneInfo) -> list[datetime]:
    """Every quarter-hour within a week of a change of the clocks, else the two ends of each day.

    All 35,040 would prove no more: a day without a change has nothing but its two ends to be wrong.
    """
    first, last = (datetime(year, 1, 1, tzinfo=zone).astimezone(UTC) for year in (2026, 2027))
    every = [first + number * QUARTER for number in range((last - first) // QUARTER)]
    changes = [
        one
        for one in every
        if one.astimezone(zone).utcoffset() != (one - QUARTER).astimezone(zone).utcoffset()
    ]
    return [
        one
        for one in every
        if any(abs(one - change) < timedelta(days=7) for change in changes)
        or one.astimezone(zone).time() in (time(0, 0), time(23, 45))
    ]


def test_days_are_those_of_the_node_also_when_its_clocks_change(
    charger: Charger, by_token: Client, zone: ZoneInfo
) -> None:
    starts = quarters_of_a_year(zone)
    store(charger, starts)
    rows = told(by_token, "resolution=day&order=timestamp&limit=100")
    days = [datetime.fromisoformat(row["start"]) for row in rows]
    first = datetime(2026, 1, 1, tzinfo=zone)
    expected = [
        # By the wall clock of the zone.
        (first + timedelta(days=number)).astimezone(UTC)
        for number in range(365)
    ]
    assert days == expected
    stored = Counter(start.astimezone(zone).date() for start in starts)
    assert [row["energy_wh"] for row in rows] == [100 * stored[day] for day in sorted(stored)]
    changing = 0 if zone.key == "Asia/Kathmandu" else 1
    lengths = [(after - one) / timedelta(hours=1) for one, after in pairwise(days)]
    assert (lengths.count(23), lengths.count(25)) == (changing, changing)
    energies = [row["energy_wh"] for row in rows]
    assert (energies.count(23 * 400), energies.count(25 * 400)) == (changing, changing)
    assert rows == told(by_token, "resolution=day&limit=30")[::-1]
    since, until = datetime(2026, 3, 7, 12, tzinfo=UTC), datetime(2026, 4, 10, 12, tzinfo=UTC)
    some = "since=2026-03-07T12:00:00Z&until=2026-04-10T12:00:00Z"
    for resolution in ("hour", "day"):
        chosen = told(by_token, f"resolution={resolution}&limit=1000&{some}")
        within = sum(since <= start < until for start in starts)
        assert sum(row["energy_wh"] for row in chosen) == 100 * within


def test_days_as_a_file(charger: Charger, by_token: Client) -> None:
    fill(charger, datetime(2026, 5, 1, 6, tzinfo=UTC), 24)
    answer = by_token.get("/ocpp/readings/?charger=CP1&resolution=day&format=csv")
    assert answer.content.decode("utf-8-sig").splitlines() == [
        "charger_id,connector_id,session,start,energy_wh,power_max_w,power_mean_w,samples",
        "CP1,1,,2026-05-01T06:00:00Z,9600,1095,1000,192",
    ]
    answer = by_token.get("/ocpp/readings/?charger=CP1&resolution=hour&format=xlsx")
    assert answer.content.startswith(b"PK")


def test_a_cursor_goes_with_its_resolution(charger: Charger, by_token: Client) -> None:
    fill(charger, datetime(2026, 5, 1, tzinfo=UTC), 5)
    url = "/ocpp/readings/?charger=CP1&limit=1&resolution="
    following = by_token.get(f"{url}hour").json()["next"]
    wrong = by_token.get(following.replace("resolution=hour", "resolution=day") + "x")
    assert (wrong.status_code, list(wrong.json())) == (400, ["detail"])
    measurand = by_token.get(f"{url}day&measurand=Voltage")
    assert measurand.status_code == 400
    assert "raw only" in measurand.json()["detail"]


def test_months_of_an_account_come_page_by_page(charger: Charger, by_token: Client) -> None:
    account = make_driver("ana")
    for month in range(1, 8):
        # In the last hour of the month by the clock of Monterrey: already the next one in UTC.
        stop = datetime(2026, month + 1, 1, 5, 59, tzinfo=UTC)
        make_transaction(
            charger,
            account=account,
            state=TransactionState.COMPLETED,
            stop_time=stop,
            billed_wh=1000 * month,
        )
    url = f"/accounts/{account.pk}/statements/"
    whole = by_token.get(url).json()
    assert whole["next"] is None
    assert [one["month"] for one in whole["items"]] == [f"2026-0{n}-01" for n in range(7, 0, -1)]
    following, found = f"{url}?limit=3&order=month", []
    while following:
        page = by_token.get(following).json()
        assert len(page["items"]) <= 3
        found += page["items"]
        following = page["next"]
        # What comes meanwhile to a month that was told is not told again.
        baker.make(Transaction, charger=charger, account=account, stop_time=None)
    assert found == whole["items"][::-1]
    assert found[0] == {"month": "2026-01-01", "sessions": 1, "energy_kwh": "1.000"}
    sheet = by_token.get(f"{url}?format=xlsx")
    assert sheet["Content-Disposition"].endswith('.xlsx"')
    assert by_token.get(f"{url}?order=energy").status_code == 400
