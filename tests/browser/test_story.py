"""A day in the control room: simulated charge points come, charge and go, and all pages move.

Nobody loads a page again: each of them carries a mark that a load would wipe out.
"""

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from ocpp.simulator import ChargePointSimulator, SimulatorConfig
from tests.browser.conftest import PHONE, Visitor
from tests.support.server import ServerProcess

ROWS = """
from datetime import timedelta
from django.db import transaction
from django.utils import timezone
from accounts.domain import balance
from accounts.models import RFID, Credit, User
from ocpp.models import Tariff, TariffPrice, TariffVersion
with transaction.atomic():
    driver = User.objects.get(username="driver")
    RFID.objects.create(rfid="CAFE0001", user=driver)
    Credit.objects.create(account=balance.open_account(driver), amount_kwh=20)
    tariff = Tariff.objects.create(name="Public", standard=True)
    begin = timezone.now() - timedelta(days=1)
    version = TariffVersion.objects.create(tariff=tariff, valid_from=begin, tax_percent=16)
    TariffPrice.objects.create(version=version, component="energy", amount=5)
"""
#: Simulated seconds in a real one: meter values each second, some Wh each.
FAST = 20
#: Energy that has begun to flow.
SOME = re.compile(r"(?<![\d.])(?!0\.000)\d+\.\d{3} kWh")
SOME_NUMBER = re.compile(r"(?<![\d.])(?!0\.000)\d+\.\d{3}(?!\d)")
SOON_MS = 20_000


@contextmanager
def simulated(site: ServerProcess, name: str, *, by_card: bool) -> Iterator[None]:
    """A simulated charge point, connected, in a thread of its own.

    With `by_card` a vehicle comes at once and its driver holds a card to the reader; else it waits
    to be told from a page. In the end it stops what runs, properly.
    """
    config = SimulatorConfig(
        ws_port=site.port,
        cp_path=f"ws/ocpp/{name}",
        rfid="CAFE0001",
        autostart=by_card,
        repeat=not by_card,
        duration_s=3600,
        interval_s=FAST,
        power_kw=7,
        time_scale=FAST,
    )
    loop = asyncio.new_event_loop()
    point = ChargePointSimulator(config)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            loop.run_until_complete(point.run())
        except BaseException as failure:
            failures.append(failure)
        finally:
            loop.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        if not loop.is_closed():
            loop.call_soon_threadsafe(point.stop)
        thread.join(30)
    assert (failures, thread.is_alive()) == ([], False)


@pytest.fixture(scope="module", autouse=True)
def rows(site: ServerProcess) -> None:
    """The driver has a card and a credit, and energy has a price."""
    site.shell(ROWS)


def marked(page: Page) -> Page:
    """From now on the page must not be loaded again."""
    page.evaluate("window.stayed = true")
    return page


def test_a_session_moves_every_page(visitor: Visitor, site: ServerProcess) -> None:
    staff, driver, passer = visitor(), visitor(viewport=PHONE, has_touch=True), visitor()
    staff.log_in("boss")
    dashboard = marked(staff.open("/ocpp/"))
    expect(dashboard.get_by_text("There is no charger yet.")).to_be_visible()

    with (
        simulated(site, "SIM-1", by_card=False),
        simulated(site, "SIM-2", by_card=False),
    ):
        # They come.
        row = dashboard.locator("tr", has_text="SIM-1")
        for name in ("SIM-1", "SIM-2"):
            there = dashboard.locator("tr", has_text=name)
            expect(there).to_contain_text("Available", timeout=SOON_MS)
        expect(dashboard.get_by_text("There is no charger yet.")).to_be_hidden()

        def opened(path: str) -> Page:
            page = staff.context.new_page()
            page.goto(site.url + path)
            return marked(page)

        charger = opened("/ocpp/charger/SIM-1/?range=1h")
        log = opened("/ocpp/log/SIM-1/")
        state = charger.locator("#now .card .state")
        expect(state).to_have_class("state state-free")
        public = marked(passer.open("/ocpp/c/SIM-1/"))
        expect(public.locator("main")).to_contain_text("Available")

        # A driver logs in at the charger with a password, and starts.
        phone = driver.open("/ocpp/c/SIM-1/")
        phone.get_by_role("link", name="Log in with a password").click()
        phone.fill("#id_username", "driver")
        phone.fill("#id_password", "secret")
        phone.locator("main button").click()
        phone.wait_for_url("**/ocpp/c/SIM-1/")
        account = driver.context.new_page()
        account.goto(f"{site.url}/ocpp/me/")
        marked(account)
        expect(account.locator("main")).to_contain_text("No session of yours runs now.")
        phone.get_by_role("button", name="Start at connector 1").click()
        marked(phone)
        expect(phone.get_by_role("button", name="Stop my session")).to_be_visible(timeout=SOON_MS)

        # Everybody sees it.
        for place in (
            *(row, charger.locator("#now"), phone.locator(".session-now")),
            account.locator(".card", has_text="SIM-1"),
        ):
            expect(place).to_contain_text(SOME, timeout=SOON_MS)
        expect(row).to_contain_text("Charging")
        expect(row).to_contain_text(re.compile(r"\b[67]\.\d kW"))
        expect(dashboard.locator("tr", has_text="SIM-2")).to_contain_text("Available")
        expect(state).to_have_class("state state-busy")
        expect(charger.locator("#sessions")).to_contain_text(SOME_NUMBER)
        expect(charger.locator("#plots")).to_contain_text("Power", timeout=SOON_MS)
        for action in ("RemoteStartTransaction", "StartTransaction", "MeterValues"):
            expect(log.get_by_text(action, exact=True).first).to_be_visible(timeout=SOON_MS)
        expect(public.locator("main")).to_contain_text("Charging")
        expect(phone.locator(".session-now")).to_contain_text("MXN")
        dashboard.wait_for_function(
            "() => [...document.querySelectorAll('.total')].some(one =>"
            " one.innerText.includes('charging') && one.innerText.trim().startsWith('1'))",
            timeout=SOON_MS,
        )

        # The driver stops, and everybody sees that.
        assert phone.evaluate("window.stayed") is True
        # With the keyboard, which stays on the button however often it is made anew.
        phone.get_by_role("button", name="Stop my session").press("Enter")
        # The charger may have answered before anybody could look.
        asked = re.compile("Asking the charger…|Your session here has ended")
        expect(phone.locator("main")).to_contain_text(asked, timeout=SOON_MS)
        marked(phone)
        main = phone.locator("main")
        expect(main).to_contain_text("Your session here has ended", timeout=SOON_MS)
        expect(main).to_contain_text(SOME)
        expect(row).to_contain_text("Available", timeout=SOON_MS)
        expect(state).to_have_class("state state-free", timeout=SOON_MS)
        expect(log.get_by_text("StopTransaction", exact=True)).to_be_visible(timeout=SOON_MS)
        expect(public.locator("main")).not_to_contain_text("Charging")
        expect(account.locator("main")).to_contain_text("No session of yours runs now.")
        expect(account.locator("table")).to_contain_text("SIM-1", timeout=SOON_MS)

    # They go.
    expect(row).to_contain_text("Offline", timeout=SOON_MS)
    expect(state).to_contain_text("Offline")
    expect(public.locator("main")).to_contain_text("Offline")
    for page in (dashboard, charger, log, public, phone, account):
        assert page.evaluate("window.stayed") is True, page.url


def test_a_session_by_card_elsewhere_appears_in_ones_account(
    visitor: Visitor, site: ServerProcess
) -> None:
    """At a charger that nobody knew when the page was opened."""
    visit = visitor(viewport=PHONE, locale="es-MX", color_scheme="dark")
    visit.log_in("driver")
    page = marked(visit.open("/ocpp/me/"))
    with simulated(site, "SIM-3", by_card=True):
        card = page.locator(".card", has_text="SIM-3")
        expect(card).to_contain_text(SOME, timeout=SOON_MS)
        assert (visit.overflow(), visit.sticks_out()) == (0, [])
    expect(card).to_have_count(0)
    expect(page.locator("table")).to_contain_text("SIM-3", timeout=SOON_MS)
    assert page.evaluate("window.stayed") is True
