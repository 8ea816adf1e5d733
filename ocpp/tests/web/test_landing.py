"""`GET /ocpp/c/<cid>/`."""

from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from pytest_django import Settings

from ocpp.choices import Registration
from ocpp.models import Charger, Connector
from ocpp.tests.factories import make_running
from qrcodes.models import QRLink

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def site(settings: Settings) -> None:
    settings.SITE_URL = "https://node.example"


@pytest.fixture
def charger(db: None) -> Charger:
    """A connected charger with one free connector."""
    made = Charger.objects.create(
        charger_id="CP1",
        name="Plaza",
        owner="host/1/word",
        vendor="MakerName",
        serial_number="SERIAL-9",
        firmware_version="FIRMWARE-9",
        remote_address="203.0.113.77",
        meter_serial_number="METER-9",
    )
    Connector.objects.create(
        charger=made, connector_id=1, status="Available", status_time=NOON, info="INFO-9"
    )
    return made


def page(client: Client, charger_id: str = "CP1") -> str:
    answer = client.get(f"/ocpp/c/{quote(charger_id)}/")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("status", "css", "word", "advice"),
    [
        ("Available", "state-free", "Available", "Plug in your vehicle"),
        ("Charging", "state-busy", "Charging", "Choose another connector"),
        ("Finishing", "state-waiting", "Finishing", "Charging has ended"),
        ("Faulted", "state-broken", "Out of order", "Do not use it"),
        ("Unavailable", "state-broken", "Out of service", "Choose another one"),
        ("", "state-unknown", "Not reported yet", "not told its state"),
    ],
)
def test_a_connector_says_its_state_in_words_and_colour_and_what_to_do(
    visitor: Client, charger: Charger, status: str, css: str, word: str, advice: str
) -> None:
    Connector.objects.update(status=status)
    html = page(visitor)
    for shown in (f'class="state {css}"', word, advice, "Connector 1", "Plaza"):
        assert shown in html


def test_what_is_nobodys_business_is_not_there(visitor: Client, charger: Charger) -> None:
    make_running(charger, 1500)
    html = page(visitor)
    for hidden in (
        "MakerName",
        "SERIAL-9",
        "FIRMWARE-9",
        "METER-9",
        "203.0.113.77",
        "INFO-9",
        "AABBCCDD",
        "kWh",
    ):
        assert hidden not in html


def test_how_to_charge_depends_on_whether_a_card_is_needed(
    visitor: Client, charger: Charger
) -> None:
    assert "hold any card" in page(visitor)
    Charger.objects.update(require_rfid=True)
    assert "Your account needs a balance" in page(visitor)
    Connector.objects.update(status="Faulted")
    assert "How to charge" not in page(visitor)


def test_an_offline_charger_promises_nothing(visitor: Client, charger: Charger) -> None:
    Charger.objects.update(owner="", disconnected_at=NOON)
    html = page(visitor)
    assert "not connected to us" in html
    assert "Last known: Available" in html
    assert "state-free" not in html
    assert "How to charge" not in html


def test_a_charger_without_connectors_says_that_it_has_not_told_yet(
    visitor: Client, charger: Charger
) -> None:
    Connector.objects.all().delete()
    assert "not told its state" in page(visitor)


@pytest.mark.parametrize("registration", [Registration.PENDING, Registration.REJECTED])
def test_one_that_is_not_accepted_is_not_there_for_others(
    visitor: Client, driver: Client, staff: Client, charger: Charger, registration: Registration
) -> None:
    Charger.objects.update(registration=registration)
    assert visitor.get("/ocpp/c/CP1/").status_code == 404
    assert driver.get("/ocpp/c/CP1/").status_code == 404
    assert "Only staff see this page" in page(staff)


def test_it_shows_the_qr_code_of_its_absolute_url(visitor: Client, charger: Charger) -> None:
    QRLink.objects.all().delete()
    html = page(visitor)
    link = QRLink.objects.get()
    assert link.value == "https://node.example/ocpp/c/CP1/"
    assert f'src="{link.get_absolute_url()}"' in html
    assert visitor.get(link.get_absolute_url()).content.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "charger_id", ["a/b", "ñandú", "a%2Fb", "#1?x=2&y", "x" * 48, "CP1/", "'\"<>", "日本"]
)
def test_any_id_has_a_page(visitor: Client, staff: Client, charger_id: str) -> None:
    Charger.objects.create(charger_id=charger_id)
    assert page(visitor, charger_id)
    assert QRLink.objects.filter(value__startswith="https://node.example/ocpp/c/").count() == 1
    # The links of the dashboard and of the log lead there too.
    address = escape(reverse("ocpp:landing", args=[charger_id]))
    assert f'href="{address}"' in visitor.get("/ocpp/").text
    assert staff.get(f"/ocpp/log/{quote(charger_id)}/").status_code == 200


@pytest.mark.parametrize("path", ["nothing", "%00", "x" * 500, "%ff"])
def test_an_unknown_id_is_not_found(visitor: Client, path: str) -> None:
    answer = visitor.get(f"/ocpp/c/{path}/")
    assert answer.status_code == 404
    assert "Not found" in answer.content.decode()


def test_the_name_is_escaped(visitor: Client, charger: Charger) -> None:
    Charger.objects.update(name="<script>alert(1)</script>")
    assert "<script>alert" not in page(visitor)
