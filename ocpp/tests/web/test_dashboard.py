"""`GET /ocpp/`."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from ocpp.choices import Registration
from ocpp.domain.queries.energy import quarter_of
from ocpp.models import Charger, ChargerGroup, Connector, QuarterHour, Transaction
from ocpp.tests.factories import make_running
from ocpp.web.dashboard import CHARGERS_PER_PAGE, FIRST_ROWS

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
    make_running(made, 1_234_567)
    return made


def page(client: Client, query: str = "") -> str:
    answer = client.get(f"/ocpp/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def rows_of(html: str) -> list[str]:
    """The ids of the chargers that have a row, in its order."""
    return re.findall(r'<tr id="charger-\d+" data-live-charger="([^"]*)"', html)


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
        "kW</div>",
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


def test_an_id_with_a_slash_and_signs_leads_to_its_pages(staff: Client) -> None:
    made = Charger.objects.create(charger_id="a/b &'%?#ñ")
    html = page(staff)
    for name, argument in (
        ("ocpp:landing", made.charger_id),
        ("ocpp:log", made.charger_id),
        ("admin:ocpp_charger_change", made.pk),
    ):
        assert f'href="{escape(reverse(name, args=[argument]))}"' in html


def test_the_table_is_in_the_language_of_who_looks(staff: Client, charger: Charger) -> None:
    Charger.objects.filter(pk=charger.pk).update(last_seen=timezone.now() - timedelta(hours=2))
    html = staff.get("/ocpp/", headers={"accept-language": "es-MX"}).content.decode()
    for shown in (">Carga<", "Bitácora</a>", "Editar</a>", "2\xa0horas", "Energía de hoy"):
        assert shown in html, shown


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
    assert rows_of(first) == [f"CP{n:04}" for n in range(FIRST_ROWS)]
    assert f"{CHARGERS_PER_PAGE - FIRST_ROWS} more on this page." in first
    whole = page(staff, "?whole=1")
    assert rows_of(whole) == [f"CP{n:04}" for n in range(CHARGERS_PER_PAGE)]
    assert "more on this page" not in whole + second
    assert ("CP0000" in second, "CP0100" in second) == (False, True)
    assert "?page=2" in first
    found = page(staff, "?q=cp005")
    assert ("CP0050" in found, "CP0060" in found) == (True, False)
    assert "pagination" not in found
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
        cache.clear()
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
    # Of the session, user, count, chargers, connectors, reservations, sessions, energy
    # of today; two totals; groups; the map; who waits; the network's energy and power.
    assert few == 16
    chargers.clear()
    add(range(10, 1000))
    Charger.objects.bulk_create(chargers)
    Connector.objects.bulk_create(
        Connector(charger=charger, connector_id=1, status="Available") for charger in chargers
    )
    assert queries() == few


def quarter(charger: Charger, begin: datetime, energy_wh: int, **facts: object) -> None:
    QuarterHour.objects.create(
        charger=charger, connector_id=1, start=begin, energy_wh=energy_wh, **facts
    )


def test_power_and_energy_of_a_session_and_of_the_network(staff: Client, charger: Charger) -> None:
    now = timezone.now()
    session = Transaction.objects.get()
    facts = {"transaction": session, "power_mean_w": 7_400, "samples": 1}
    quarter(charger, quarter_of(now), 1_500, **facts)
    html = page(staff)
    assert html.count("7.4 kW") == 2
    assert html.count("1.5 kWh") == 4
    assert '<title id="network-power-title">Power of the last 24 hours</title>' in html
    said = {"measurand": "Power.Active.Import", "value": "11.06", "unit": "kW"}
    values = [{"timestamp": "2026-03-01T12:00:00Z", "sampledValue": [said]}]
    told = {"connectorId": 1, "transactionId": session.pk, "meterValue": values}
    Charger.objects.update(last_meter_values=told)
    cache.clear()  # what the network delivers is kept for some seconds
    assert page(staff).count("11.1 kW") == 2  # of the session, and of the network


def test_of_an_offline_charger_no_power_is_told(staff: Client, charger: Charger) -> None:
    Charger.objects.update(owner="")
    session = Transaction.objects.get()
    facts = {"transaction": session, "power_mean_w": 7_400, "samples": 1}
    quarter(charger, quarter_of(timezone.now()), 0, **facts)
    assert "7.4 kW" not in staff.get(f"/ocpp/rows/?pk={charger.pk}").content.decode()


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("free", ["FREE"]),
        ("charging", ["BUSY"]),
        ("broken", ["BROKEN", "DOWN"]),
        ("offline", ["AWAY"]),
        ("online", ["BROKEN", "BUSY", "DOWN", "FREE"]),
        ("nonsense", ["AWAY", "BROKEN", "BUSY", "DOWN", "FREE"]),
    ],
)
def test_chargers_are_chosen_by_state(visitor: Client, state: str, found: list[str]) -> None:
    for name, status, whole in (
        ("FREE", "Available", "Available"),
        ("BUSY", "Charging", "Available"),
        ("BROKEN", "Faulted", "Available"),
        ("DOWN", "Available", "Faulted"),
        ("AWAY", "Available", "Available"),
    ):
        owner = "" if name == "AWAY" else "host/1/word"
        made = Charger.objects.create(charger_id=name, owner=owner)
        Connector.objects.create(charger=made, connector_id=0, status=whole)
        Connector.objects.create(charger=made, connector_id=1, status=status)
    assert rows_of(page(visitor, f"?state={state}")) == found


def test_staff_choose_by_group_and_others_do_not(
    staff: Client, visitor: Client, charger: Charger
) -> None:
    Charger.objects.create(charger_id="CP2")
    group = ChargerGroup.objects.create(name="Centro")
    group.chargers.add(charger)
    html = page(staff, f"?group={group.pk}")
    assert ("Centro" in html, 'href="/ocpp/c/CP2/"' in html) == (True, False)
    html = page(visitor, f"?group={group.pk}")
    assert ("Centro" in html, 'href="/ocpp/c/CP2/"' in html) == (False, True)


def test_rows_are_asked_for_one_by_one(staff: Client, visitor: Client, charger: Charger) -> None:
    hidden = Charger.objects.create(charger_id="CP2", registration=Registration.PENDING)
    for client, known in ((staff, ["CP1", "CP2"]), (visitor, ["CP1"])):
        answer = client.get("/ocpp/rows/", {"pk": f"{charger.pk},{hidden.pk},x,{10**30},-1"})
        html = answer.content.decode()
        ids = [name for name in ("CP1", "CP2") if f'data-live-charger="{name}"' in html]
        assert ids == known
        assert html.strip().startswith(f'<tr id="charger-{charger.pk}"')
        assert "no-store" in answer["Cache-Control"]
    assert "MakerName" not in html
    assert visitor.get("/ocpp/rows/").content.strip() == b""


def test_a_row_that_no_longer_fits_the_filter_is_not_given(
    visitor: Client, charger: Charger
) -> None:
    for query, given in (("state=charging", True), ("state=free", False), ("q=other", False)):
        html = visitor.get(f"/ocpp/rows/?pk={charger.pk}&{query}").content.decode()
        assert ("Plaza" in html) is given, query


def test_which_chargers_stand_on_a_page(staff: Client, visitor: Client) -> None:
    names = [f"CP{n:03}" for n in range(CHARGERS_PER_PAGE + 1)]
    made = Charger.objects.bulk_create(
        Charger(charger_id=name, id_key=name.lower()) for name in names
    )
    hidden = Charger.objects.create(charger_id="A", registration=Registration.PENDING)
    keys = [one.pk for one in made]

    def told(client: Client, query: str) -> tuple[list[int], str]:
        answer = client.get(f"/ocpp/listed/{query}")
        assert "no-store" in answer["Cache-Control"]
        return answer.json()["keys"], answer.json()["pages"]

    first, pages = told(visitor, "")
    assert first == keys[:-1]
    assert 'rel="next" href="?page=2"' in pages
    assert told(visitor, "?page=2")[0] == keys[-1:]
    assert told(staff, "")[0] == [hidden.pk, *keys[:-2]]
    assert told(visitor, "?q=cp00&state=offline") == (keys[:10], "")
    assert 'rel="next" href="?page=2&amp;q=CP"' in told(visitor, "?q=CP")[1]


def test_tiles_of_visitors_tell_nothing_of_energy(
    staff: Client, visitor: Client, charger: Charger
) -> None:
    assert "kW" in staff.get("/ocpp/tiles/").content.decode()
    html = visitor.get("/ocpp/tiles/").content.decode()
    assert "charging" in html
    assert "kW" not in html


def test_the_map_has_chargers_with_a_place_and_says_their_state(
    staff: Client, visitor: Client, charger: Charger
) -> None:
    hidden = 'id="network-map" hidden'
    assert hidden in page(visitor)
    Charger.objects.update(latitude="25.5", longitude="-100.25")
    facts = {"latitude": "1", "longitude": "2", "registration": Registration.PENDING}
    Charger.objects.create(charger_id="CP2", **facts)
    html = page(visitor, "?q=CP1")
    assert 'data-src="/ocpp/map/?q=CP1"' in html
    assert hidden not in html
    told = visitor.get("/ocpp/map/").json()["chargers"]
    assert told == [
        {
            "pk": charger.pk,
            "name": "Plaza",
            "place": [25.5, -100.25],
            "tone": "busy",
            "icon": "lightning-charge",
            "word": "Charging",
            "url": "/ocpp/c/CP1/",
        }
    ]
    assert len(staff.get("/ocpp/map/").json()["chargers"]) == 2
    assert staff.get("/ocpp/map/?state=offline").json()["chargers"][0]["word"] == "Offline"


def test_the_parts_ask_as_little_for_many_as_for_few(staff: Client) -> None:
    def queries(path: str) -> int:
        cache.clear()
        with CaptureQueriesContext(connection) as captured:
            staff.get(path)
        return len(captured)

    def add(numbers: range) -> list[int]:
        place = {"owner": "host/1/word", "latitude": 1, "longitude": 2}
        made = Charger.objects.bulk_create(
            Charger(charger_id=f"CP{n}", id_key=f"cp{n}", **place) for n in numbers
        )
        Connector.objects.bulk_create(
            Connector(charger=one, connector_id=1, status="Charging") for one in made
        )
        return [one.pk for one in made]

    keys = ",".join(map(str, add(range(10))))
    parts = ("/ocpp/tiles/", "/ocpp/map/", "/ocpp/listed/", "/ocpp/listed/?state=charging")
    few = [queries(path) for path in (f"/ocpp/rows/?pk={keys}", *parts)]
    assert few == [7, 7, 5, 4, 4]
    keys = ",".join(map(str, add(range(10, 500))))
    assert [queries(path) for path in (f"/ocpp/rows/?pk={keys}", *parts)] == few
