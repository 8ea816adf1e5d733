"""The dashboard moves by itself: no reload, one row at a time, and it says when it stands still."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, Visitor
from tests.support.server import ServerProcess
from tests.support.wire import Wire, connected

BOOT = {"chargePointVendor": "Maker", "chargePointModel": "Model"}
PLACED = """
from ocpp.models import Charger
Charger.objects.filter(charger_id="CP1").update(latitude="25.67", longitude="-100.31", name="Plaza")
"""


def status(wire: Wire, word: str) -> None:
    told = {"connectorId": 1, "status": word, "errorCode": "NoError"}
    assert wire.call("StatusNotification", told)[0] == 3


@pytest.fixture(scope="module")
def charger(site: ServerProcess) -> Iterator[Wire]:
    """The charge point CP1, on the map, connected to the real server."""
    with connected(f"{site.ws_url}/ws/ocpp", "CP1") as wire:
        wire.call("BootNotification", BOOT)
        status(wire, "Available")
        site.shell(PLACED)
        yield wire


def stays(page: Page) -> None:
    """From now on the page must not be loaded again."""
    page.evaluate("window.stayed = true")


@pytest.mark.parametrize(
    "screen",
    [{"viewport": DESKTOP}, {"viewport": PHONE, "color_scheme": "dark", "locale": "es-MX"}],
    ids=["desktop", "phone-dark-spanish"],
)
def test_it_follows_a_charger(visitor: Visitor, charger: Wire, screen: dict[str, Any]) -> None:
    status(charger, "Available")
    visit = visitor(**screen)
    visit.log_in("boss")
    page = visit.open("/ocpp/")
    stays(page)
    spanish = "locale" in screen
    free, faulted = ("Disponible", "Averiado") if spanish else ("Available", "Out of order")
    row = page.locator("tr", has_text="CP1")
    expect(page.locator(".pin")).to_be_visible()
    expect(row).to_contain_text(free)
    log = row.locator("a[href='/ocpp/log/CP1/']")
    log.focus()
    status(charger, "Faulted")
    expect(row).to_contain_text(faulted)
    expect(log).to_be_focused()
    expect(page.locator(".pin.state-broken")).to_be_visible(timeout=20_000)
    assert page.evaluate("window.stayed") is True
    assert visit.overflow() <= 0
    row.locator("[data-on-map]").click()
    expect(page.locator(".leaflet-popup")).to_contain_text("Plaza")


def test_a_visitor_sees_it_move_too(visitor: Visitor, charger: Wire) -> None:
    status(charger, "Available")
    page = visitor(tiles=False).open("/ocpp/")
    stays(page)
    expect(page.locator("tr", has_text="CP1")).to_contain_text("Available")
    status(charger, "Charging")
    expect(page.locator("tr", has_text="CP1")).to_contain_text("Charging")
    assert page.evaluate("window.stayed") is True


def test_new_messages_appear_in_the_log(visitor: Visitor, charger: Wire) -> None:
    visit = visitor()
    visit.log_in("boss")
    page = visit.open("/ocpp/log/CP1/?action=Heartbeat")
    stays(page)
    messages = page.locator("details.message")
    expect(page.get_by_role("button", name="Follow")).to_be_visible()
    before = messages.count()
    charger.call("Heartbeat", {})
    status(charger, "Available")
    expect(messages).to_have_count(before + 1)
    messages.first.locator("summary").click()
    charger.call("Heartbeat", {})
    expect(messages).to_have_count(before + 2)
    expect(messages.nth(1)).to_have_attribute("open", "")
    assert page.evaluate("window.stayed") is True
    page.get_by_role("button", name="Follow").click()
    expect(page.get_by_role("button", name="Follow")).to_have_attribute("aria-pressed", "false")
    charger.call("Heartbeat", {})
    page.get_by_role("button", name="Follow").click()
    expect(messages).to_have_count(before + 3)


def test_a_lost_connection_is_said_and_made_again(
    visitor: Visitor, site: ServerProcess, charger: Wire
) -> None:
    visit = visitor(tiles=False)
    page = visit.open("/ocpp/")
    row = page.locator("tr", has_text="CP1")
    note = page.locator("[data-live-note]")
    expect(row).to_be_visible()
    stays(page)
    visit.context.set_offline(True)
    expect(note).to_be_visible(timeout=15_000)
    status(charger, "Faulted")
    visit.context.set_offline(False)
    expect(note).to_be_hidden(timeout=15_000)
    expect(row).to_contain_text("Out of order")
    assert page.evaluate("window.stayed") is True
    visit.problems.clear()  # the browser says itself that it was offline


def test_chargers_come_and_go_with_what_the_page_is_about(
    visitor: Visitor, site: ServerProcess, charger: Wire
) -> None:
    """A new one, one that no longer fits the filter, the last one, one that fits again."""
    status(charger, "Available")
    page = visitor(tiles=False).open("/ocpp/?state=free")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(1)
    stays(page)
    link = rows.get_by_role("link", name="Plaza")
    link.focus()
    with connected(f"{site.ws_url}/ws/ocpp", "ANEW") as anew:
        anew.call("BootNotification", BOOT)
        status(anew, "Available")
        expect(rows).to_have_count(2, timeout=15_000)
        assert "ANEW" in rows.first.inner_text()  # in the order of the ids
        expect(link).to_be_focused()
        status(charger, "Charging")
        expect(page.locator("tr", has_text="CP1")).to_have_count(0)
        expect(page.get_by_role("link", name="ANEW")).to_be_focused()
    expect(page.get_by_text("No charger matches.")).to_be_visible()
    status(charger, "Available")
    expect(page.locator("tr", has_text="CP1")).to_be_visible(timeout=15_000)
    assert page.evaluate("window.stayed") is True


def test_the_first_charger_of_a_search_and_one_that_is_deleted(
    visitor: Visitor, site: ServerProcess, charger: Wire
) -> None:
    visit = visitor(tiles=False)
    visit.log_in("boss")
    page = visit.open("/ocpp/?q=brief")
    expect(page.get_by_text("No charger matches “brief”.")).to_be_visible()
    stays(page)
    with connected(f"{site.ws_url}/ws/ocpp", "BRIEF") as brief:
        brief.call("BootNotification", BOOT)
        row = page.locator("tr", has_text="BRIEF")
        expect(row).to_be_visible(timeout=15_000)
        expect(page.get_by_text("No charger matches")).to_be_hidden()
    edit = row.get_by_role("link", name="Edit").get_attribute("href")
    staff = visit.context.new_page()
    staff.goto(site.url + str(edit).replace("/change/", "/delete/"))
    staff.get_by_role("button", name="Yes, I’m sure").click()
    expect(staff.locator(".messagelist .success")).to_be_visible()
    expect(row).to_have_count(0)
    assert page.evaluate("window.stayed") is True


def test_a_click_is_not_lost_when_the_page_moves_under_it(visitor: Visitor, charger: Wire) -> None:
    status(charger, "Available")
    page = visitor().open("/ocpp/c/CP1/")
    expect(page.locator("main")).to_contain_text("Available")
    link = page.get_by_role("link", name="Log in with a password")
    link.hover()
    page.mouse.down()
    # Asked for twice: what came first was not shown, and is asked for again.
    with page.expect_response("**/ocpp/now/CP1/"):
        status(charger, "Faulted")
    with page.expect_response("**/ocpp/now/CP1/"):
        pass
    expect(page.locator("main")).not_to_contain_text("Out of order")
    page.mouse.up()
    page.wait_for_url("**/login/?next=*")


MANY = """
from ocpp.models import Charger, Connector
made = Charger.objects.bulk_create(
    Charger(charger_id=f"MANY{n:03}", id_key=f"many{n:03}") for n in range(130)
)
Connector.objects.bulk_create(
    Connector(charger=one, connector_id=1, status="Available") for one in made
)
"""
FEW = """
from ocpp.models import Charger
Charger.objects.filter(charger_id__startswith="MANY").delete()
"""


def test_the_rest_of_a_long_page_comes_by_itself(visitor: Visitor, site: ServerProcess) -> None:
    site.shell(MANY)
    try:
        visit = visitor(tiles=False)
        page = visit.open("/ocpp/?q=many")
        rows = page.locator("tbody tr")
        expect(rows).to_have_count(100)
        expect(page.locator("[data-coming]")).to_have_count(0)
        names = rows.locator("th").all_inner_texts()
        assert names == [f"MANY{n:03}" for n in range(100)]
        page.get_by_role("link", name="Next").click()
        expect(rows).to_have_count(30)
        expect(page.get_by_role("link", name="MANY129")).to_be_visible()
    finally:
        site.shell(FEW)


def test_without_a_script_a_link_shows_the_whole_page(
    visitor: Visitor, site: ServerProcess
) -> None:
    site.shell(MANY)
    try:
        page = visitor(tiles=False, java_script_enabled=False).open("/ocpp/?q=many")
        rows = page.locator("tbody tr")
        expect(rows).to_have_count(20)
        page.locator("[data-coming] a").click()
        expect(rows).to_have_count(100)
    finally:
        site.shell(FEW)


def test_the_map_comes_with_the_first_charger_that_has_a_place(
    visitor: Visitor, site: ServerProcess
) -> None:
    """And goes with the last one, without a reload."""
    visit = visitor(tiles=False)
    visit.log_in("boss")
    with connected(f"{site.ws_url}/ws/ocpp", "LONELY") as lonely:
        lonely.call("BootNotification", BOOT)
        page = visit.open("/ocpp/?q=lonely")
        row = page.locator("tr", has_text="LONELY")
        expect(row).to_be_visible()
        expect(page.locator("#network-map")).to_be_hidden()
        stays(page)
        form = visit.context.new_page()
        form.goto(site.url + str(row.get_by_role("link", name="Edit").get_attribute("href")))
        for latitude, longitude in (("25.67", "-100.31"), ("", "")):
            form.fill("#id_latitude", latitude)
            form.fill("#id_longitude", longitude)
            form.get_by_role("button", name="Save and continue editing").click()
            expect(form.locator(".messagelist .success")).to_be_visible()
            placed = bool(latitude)
            expect(page.locator(".pin")).to_have_count(int(placed), timeout=25_000)
            expect(page.locator("#network-map")).to_be_visible(visible=placed)
            expect(row.locator("[data-on-map]")).to_have_count(int(placed), timeout=15_000)
            if placed:
                row.locator("[data-on-map]").click()
                expect(page.locator(".leaflet-popup")).to_contain_text("LONELY")
    assert page.evaluate("window.stayed") is True
