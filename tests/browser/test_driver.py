"""A driver with a phone: logs in at a charger, starts, sees the energy grow, stops."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, Visitor
from tests.support.server import ServerProcess
from tests.support.wire import Wire, connected

ROWS = """
from datetime import timedelta
from django.db import transaction
from django.utils import timezone
from accounts.domain import balance
from accounts.models import RFID, Credit, User, Vehicle
from ocpp.models import *
with transaction.atomic():
    driver = User.objects.get(username="driver")
    account = balance.open_account(driver)
    RFID.objects.create(rfid="CAFE0001", user=driver)
    Credit.objects.create(account=account, amount_kwh=20)
    Vehicle.objects.create(
        account=account, brand="B" * 40, model="M" * 40, VIN="1M8GDM9AXKP042788"
    )
    tariff = Tariff.objects.create(name="Public", standard=True)
    now = timezone.now()
    version = TariffVersion.objects.create(
        tariff=tariff, valid_from=now - timedelta(days=1), tax_percent=16
    )
    TariffPrice.objects.create(version=version, component="energy", amount=5, label="L" * 40)
    TariffPrice.objects.create(
        version=version, component="idle", amount="0.75", weekdays="01234", season_start="04-01",
        season_end="10-31", start="08:00", end="22:00",
    )
    charger = Charger.objects.get(charger_id="CP1")
    charger.name = "Estacionamiento " * 5
    charger.require_rfid = True
    charger.latitude, charger.longitude = "25.686600", "-100.316100"
    charger.save()
"""
NUMBERS = count(1)
BOOT = {"chargePointVendor": "Maker", "chargePointModel": "Model"}


def tell(wire: Wire, action: str, payload: Any) -> Any:
    """Make a call; what the server asks meanwhile is not known to this charge point."""
    wire.send(json.dumps([2, f"{action}-{next(NUMBERS)}", action, payload]))
    while True:
        frame = wire.receive()
        if frame[0] != 2:
            assert frame[0] == 3, frame
            return frame[2]
        wire.send(json.dumps([4, frame[1], "NotSupported", "", {}]))


def status(wire: Wire, word: str) -> None:
    tell(wire, "StatusNotification", {"connectorId": 1, "status": word, "errorCode": "NoError"})


@pytest.fixture(scope="module")
def charger(site: ServerProcess) -> Iterator[Wire]:
    """The charge point CP1 with a vehicle plugged in, which asks for cards."""
    with connected(f"{site.ws_url}/ws/ocpp", "CP1") as wire:
        tell(wire, "BootNotification", BOOT)
        status(wire, "Preparing")
        site.shell(ROWS)
        yield wire


def asked(wire: Wire) -> tuple[str, str, Any]:
    """The next call of the server that is about charging: its number, action and payload."""
    while True:
        kind, number, action, payload = wire.receive()
        assert kind == 2
        if action.startswith("Remote"):
            return number, action, payload
        wire.send(json.dumps([4, number, "NotSupported", "", {}]))


def answer(wire: Wire, number: str, word: str) -> None:
    wire.send(json.dumps([3, number, {"status": word}]))


def now() -> str:
    return datetime.now(UTC).isoformat()


def stays(page: Page) -> None:
    """From now on the page must not be loaded again."""
    page.evaluate("window.stayed = true")


def test_a_driver_starts_follows_and_stops(visitor: Visitor, charger: Wire) -> None:
    visit = visitor(viewport=PHONE, has_touch=True)
    page = visit.open("/ocpp/c/CP1/")
    page.get_by_role("link", name="Log in with a card number").click()
    page.get_by_label("Number of the card").fill("ca:fe:00:01")
    page.locator("main button").click()
    page.wait_for_url("**/ocpp/c/CP1/")
    main = page.locator("main")
    expect(main).to_contain_text("20.000 kWh")

    page.get_by_role("button", name="Start at connector 1").click()
    expect(main).to_contain_text("Asking the charger…")
    number, action, payload = asked(charger)
    assert (action, payload) == ("RemoteStartTransaction", {"idTag": "CAFE0001", "connectorId": 1})
    stays(page)
    answer(charger, number, "Accepted")
    expect(main).to_contain_text("The charger agreed")
    start = {"connectorId": 1, "idTag": "CAFE0001", "meterStart": 1000, "timestamp": now()}
    begun = tell(charger, "StartTransaction", start)
    assert begun["idTagInfo"]["status"] == "Accepted"
    status(charger, "Charging")
    expect(page.get_by_role("button", name="Stop my session")).to_be_visible()
    for register, energy, cost in (
        (1500, "0.500 kWh", "2.90 MXN"),
        (2250, "1.250 kWh", "7.25 MXN"),
    ):
        sampled = [{"value": str(register)}, {"value": "7360", "measurand": "Power.Active.Import"}]
        values = {"timestamp": now(), "sampledValue": sampled}
        told = {"connectorId": 1, "transactionId": begun["transactionId"], "meterValue": [values]}
        tell(charger, "MeterValues", told)
        session = page.locator(".session-now")
        expect(session).to_contain_text(energy)
        expect(session).to_contain_text(cost)
        expect(session).to_contain_text("7.4 kW")
    assert (visit.overflow(), visit.sticks_out()) == (0, [])
    assert page.evaluate("window.stayed") is True

    page.get_by_role("button", name="Stop my session").click()
    number, action, payload = asked(charger)
    assert (action, payload["transactionId"]) == ("RemoteStopTransaction", begun["transactionId"])
    expect(main).to_contain_text("Asking the charger…")
    stays(page)
    answer(charger, number, "Accepted")
    expect(main).to_contain_text("is ending the session")
    stop = {"transactionId": begun["transactionId"], "meterStop": 3000, "timestamp": now()}
    tell(charger, "StopTransaction", stop)
    status(charger, "Preparing")
    expect(main).to_contain_text("Your session here has ended: 2.000 kWh. Cost: 11.60 MXN.")
    expect(main).to_contain_text("18.000 kWh")
    assert page.evaluate("window.stayed") is True


def test_what_the_charger_refuses_is_said(visitor: Visitor, charger: Wire) -> None:
    visit = visitor(viewport=PHONE, locale="es-MX", color_scheme="dark")
    visit.log_in("driver")
    page = visit.open("/ocpp/c/CP1/")
    page.locator("#start-1").click()
    number, _, _ = asked(charger)
    answer(charger, number, "Rejected")
    expect(page.locator(".alert-danger")).to_contain_text("El cargador no aceptó")
    # And may be tried again.
    expect(page.locator("#start-1")).to_be_visible()


@pytest.mark.parametrize("language", ["en-US", "es-MX"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_the_pages_of_an_account_fit(
    visitor: Visitor, charger: Wire, language: str, size: dict[str, int]
) -> None:
    visit = visitor(viewport=size, locale=language)
    visit.log_in("driver")
    wrong = {}
    for path in (
        "/ocpp/c/CP1/",
        "/ocpp/me/",
        *(f"/accounts/me/{name}/" for name in ("cards", "vehicles", "vehicles/add", "contact")),
        *("/accounts/me/password/", "/ocpp/statements/"),
    ):
        visit.open(path)
        found = (visit.overflow(), visit.sticks_out())
        if found != (0, []):
            wrong[path] = found
    assert wrong == {}
