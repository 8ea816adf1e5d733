"""`GET /ocpp/`."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ocpp.choices import Registration
from ocpp.models import Charger, Connector, Transaction
from ocpp.web.dashboard import CHARGERS_PER_PAGE

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def charger(db: None) -> Charger:
    """A connected charger with a session on its connector 1."""
    made = Charger.objects.create(
        charger_id="CP1",
        name="Plaza",
        owner="host/1/word",
        vendor="MakerName",
        model="ModelName",
        serial_number="SERIAL-9",
        firmware_version="FIRMWARE-9",
        remote_address="203.0.113.77",
        last_seen=NOON,
    )
    Connector.objects.create(charger=made, connector_id=1, status="Charging", status_time=NOON)
    Transaction.objects.create(
        charger=made,
        connector_id=1,
        id_tag="AABBCCDD",
        meter_start=0,
        energy_wh=1_234_567,
        start_time=NOON,
        start_received=NOON,
        start_raw="",
    )
    return made


def page(client: Client, query: str = "") -> str:
    answer = client.get(f"/ocpp/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_staff_see_all_there_is(staff: Client, charger: Charger) -> None:
    html = page(staff)
    for shown in ("Plaza", "CP1", "MakerName", "ModelName", "Charging", "1,234.567 kWh"):
        assert shown in html
    for link in ("/ocpp/log/CP1/", "/ocpp/c/CP1/", f"/admin/ocpp/charger/{charger.pk}/change/"):
        assert f'href="{link}"' in html


@pytest.mark.parametrize("who", ["visitor", "driver"])
def test_others_see_name_connectors_and_status_only(
    request: pytest.FixtureRequest, who: str, charger: Charger
) -> None:
    html = page(request.getfixturevalue(who))
    for shown in ("Plaza", "CP1", "Charging", "/ocpp/c/CP1/"):
        assert shown in html
    for hidden in (
        "MakerName",
        "ModelName",
        "SERIAL-9",
        "FIRMWARE-9",
        "203.0.113.77",
        "AABBCCDD",
        "kWh",
        "/ocpp/log/",
        "/admin/",
        "Last seen",
    ):
        assert hidden not in html


@pytest.mark.parametrize("registration", [Registration.PENDING, Registration.REJECTED])
def test_chargers_that_are_not_accepted_are_for_staff(
    visitor: Client, staff: Client, registration: Registration
) -> None:
    Charger.objects.create(charger_id="WAITING", registration=registration)
    assert "WAITING" not in page(visitor)
    assert "WAITING" not in page(visitor, "?q=WAIT").replace("?q=WAIT", "")
    assert "WAITING" in page(staff)
    assert str(registration.label) in page(staff)


def test_an_offline_charger_says_so_and_since_when(staff: Client, charger: Charger) -> None:
    Charger.objects.update(owner="", disconnected_at=NOON)
    html = page(staff)
    assert "Offline" in html
    assert "last known: Charging" in html
    assert 'class="state state-busy"' not in html


def test_text_of_a_charge_point_is_escaped(staff: Client, charger: Charger) -> None:
    nasty = "<script>alert(1)</script>"
    Charger.objects.update(name=nasty, vendor=nasty, model=nasty)
    Connector.objects.update(status="<b>", error_code="<i>x")
    html = page(staff)
    assert nasty not in html
    assert "&lt;script&gt;" in html
    assert "<i>x" not in html


def test_an_empty_node_says_how_to_connect_the_first_charger(
    staff: Client, visitor: Client
) -> None:
    assert "ws://testserver/ws/ocpp/CP1" in page(staff)
    assert "There is no charger yet" in page(visitor)


def test_search_and_pages(staff: Client) -> None:
    Charger.objects.bulk_create(
        Charger(charger_id=f"CP{n:04}", id_key=f"cp{n:04}") for n in range(CHARGERS_PER_PAGE + 1)
    )
    first, second = page(staff), page(staff, "?page=2")
    assert ("CP0000" in first, "CP0100" in first) == (True, False)
    assert ("CP0000" in second, "CP0100" in second) == (False, True)
    assert "?page=2" in first
    found = page(staff, "?q=cp005")
    assert ("CP0050" in found, "CP0060" in found) == (True, False)
    assert "&amp;q=" not in found
    assert "?page=2&amp;q=cp0" in page(staff, "?q=cp0")


@pytest.mark.parametrize("query", ["?page=x", "?page=-1", "?page=999", "?q=%00", "?q=" + "a+" * 99])
def test_whatever_stands_in_the_url_there_is_a_page(
    staff: Client, charger: Charger, query: str
) -> None:
    page(staff, query)


def test_only_reading_is_possible_and_nothing_is_kept(visitor: Client) -> None:
    assert visitor.post("/ocpp/").status_code == 405
    assert "no-store" in visitor.get("/ocpp/")["Cache-Control"]


def test_the_number_of_queries_is_the_same_for_few_and_many(staff: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            page(staff)
        return len(captured)

    def add(numbers: range) -> None:
        for n in numbers:
            made = Charger(charger_id=f"CP{n}", id_key=f"cp{n}", owner="host/1/word")
            chargers.append(made)

    chargers: list[Charger] = []
    add(range(10))
    Charger.objects.bulk_create(chargers)
    few = queries()
    # Of the session, user, count, chargers, connectors, reservations, sessions; totals; who waits.
    assert few == 10
    chargers.clear()
    add(range(10, 500))
    Charger.objects.bulk_create(chargers)
    Connector.objects.bulk_create(
        Connector(charger=charger, connector_id=1, status="Available") for charger in chargers
    )
    assert queries() == few
