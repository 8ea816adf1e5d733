"""Years, months and days above a list of the admin."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from ocpp.models import Charger, Transaction

LIST = "/admin/ocpp/transaction/"


@pytest.fixture
def charger(db: None) -> Charger:
    return Charger.objects.create(charger_id="CP1")


def began(charger: Charger, *times: datetime) -> None:
    for number, time in enumerate(times):
        Transaction.objects.create(
            charger=charger,
            connector_id=1,
            id_tag="AA",
            meter_start=number,
            start_time=time,
            start_received=time,
            start_raw=str(time),
        )


def steps(client: Client, query: str = "") -> list[str]:
    """The words of the links above the list."""
    html = client.get(f"{LIST}{query}").content.decode()
    _, _, rest = html.partition('<nav class="toplinks">')
    inside = rest.partition("</nav>")[0].replace("</a>", "").split("\n")
    return [words for line in inside if (words := line.rpartition(">")[2].strip())]


def test_nothing_is_offered_without_rows(admin_client: Client) -> None:
    assert steps(admin_client) == []


def test_years_months_days_and_back(admin_client: Client, charger: Charger) -> None:
    # Noon in UTC is the same day in Monterrey; four in the morning is the day before.
    began(charger, datetime(2024, 11, 29, 12, tzinfo=UTC), datetime(2026, 2, 2, 4, tzinfo=UTC))
    assert steps(admin_client) == ["2024", "2025", "2026"]
    year = "?start_time__year=2024"
    assert steps(admin_client, year) == ["&lsaquo; All dates", "November 2024", "December 2024"]
    assert steps(admin_client, "?start_time__year=2026")[1:] == ["January 2026", "February 2026"]
    month = f"{year}&start_time__month=11"
    assert steps(admin_client, month) == ["&lsaquo; 2024", "November 29", "November 30"]
    assert steps(admin_client, "?start_time__year=2026&start_time__month=2")[1:] == ["February 1"]
    day = f"{month}&start_time__day=29"
    assert steps(admin_client, day) == ["&lsaquo; November 2024", "November 29"]
    assert "1 transaction" in admin_client.get(f"{LIST}{day}").content.decode()


def test_one_month_begins_with_its_days(admin_client: Client, charger: Charger) -> None:
    began(charger, datetime(2026, 2, 2, 18, tzinfo=UTC), datetime(2026, 2, 3, 18, tzinfo=UTC))
    assert steps(admin_client) == ["&lsaquo; 2026", "February 2", "February 3"]


@pytest.mark.parametrize("month", ["13", "x", "0"])
def test_what_is_no_date_is_no_error(admin_client: Client, charger: Charger, month: str) -> None:
    began(charger, datetime(2026, 2, 2, 18, tzinfo=UTC))
    answer = admin_client.get(f"{LIST}?start_time__year=2026&start_time__month={month}")
    assert answer.status_code in (200, 302)


def test_a_date_without_time(admin_client: Client) -> None:
    from ocpp.models import Holiday

    Holiday.objects.create(date="2026-05-01", name="x")
    html = admin_client.get("/admin/ocpp/holiday/").content.decode()
    assert "May 1" in html
