"""The page of a charger in a browser: it moves by itself, is zoomed, and asks before it stops."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, Visitor
from tests.support.server import ServerProcess
from tests.support.wire import Wire, connected

BOOT = {"chargePointVendor": "Maker", "chargePointModel": "Model"}
PAGE = "/ocpp/charger/CP1/?range=1h"


def tell(wire: Wire, status: str) -> None:
    told = {"connectorId": 1, "status": status, "errorCode": "NoError"}
    wire.call("StatusNotification", told)


@pytest.fixture(scope="module")
def charger(site: ServerProcess) -> Iterator[Wire]:
    """The charge point CP1, connected to the real server."""
    with connected(f"{site.ws_url}/ws/ocpp", "CP1") as wire:
        wire.call("BootNotification", BOOT)
        yield wire


@pytest.mark.parametrize(
    "screen",
    [{"viewport": DESKTOP}, {"viewport": PHONE, "color_scheme": "dark", "locale": "es-MX"}],
    ids=["desktop", "phone-dark-spanish"],
)
def test_it_follows_is_zoomed_and_asks_first(
    visitor: Visitor, charger: Wire, screen: dict[str, Any]
) -> None:
    tell(charger, "Available")
    visit = visitor(**screen)
    visit.log_in("boss")
    page = visit.open(PAGE)
    state = page.locator("#now .card .state")
    expect(state).to_have_class("state state-free")
    tell(charger, "Faulted")
    expect(state).to_have_class("state state-broken", timeout=15_000)
    assert visit.overflow() <= 0

    band = page.locator("#plots svg.plot-zoom").first
    band.scroll_into_view_if_needed()
    box = band.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 3
    page.mouse.move(box["x"] + box["width"] * 0.4, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, middle, steps=4)
    page.mouse.up()
    page.wait_for_url("**?from=*&to=*")
    expect(page.locator("#plots [aria-current]")).to_have_count(0)

    page.locator("#commands [data-deed=restart]").click()
    dialog = page.locator("#confirm")
    expect(dialog).to_be_visible()
    dialog.locator("[data-close]").click()
    expect(dialog).to_be_hidden()
    assert visit.overflow() <= 0
