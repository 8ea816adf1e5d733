"""The status of the node in a browser: it keeps itself up to date, on a phone too, in Spanish."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, Visitor
from tests.support.server import ServerProcess
from tests.support.wire import Wire, connected

BOOT = {"chargePointVendor": "Maker", "chargePointModel": "Model"}
STATUS = "/admin/ocpp/serverprocess/"


@pytest.fixture(scope="module")
def charger(site: ServerProcess) -> Iterator[Wire]:
    """The charge point CP1, connected to the real server."""
    with connected(f"{site.ws_url}/ws/ocpp", "CP1") as wire:
        wire.call("BootNotification", BOOT)
        yield wire


@pytest.mark.parametrize(
    "screen",
    [
        {"viewport": DESKTOP},
        {"viewport": PHONE},
        {"viewport": PHONE, "color_scheme": "dark", "locale": "es-MX"},
    ],
    ids=["desktop", "phone", "phone-dark-spanish"],
)
def test_it_follows_what_happens(visitor: Visitor, charger: Wire, screen: dict[str, Any]) -> None:
    visit = visitor(**screen)
    visit.log_in("boss")
    page = visit.open("/admin/")
    page.click(f"#content-main a[href='{STATUS}'], #content > p a[href='{STATUS}']")
    page.wait_for_url(f"**{STATUS}")
    assert visit.overflow() <= 0
    spanish = "locale" in screen
    heading = "Estado del nodo" if spanish else "Status of the node"
    expect(page.locator("#content > h1")).to_have_text(heading)
    for _ in range(100):
        charger.call("Heartbeat", {})
    # The lease is renewed every few seconds, and the page asks again.
    rate = page.locator(".figures dd").nth(1)
    expect(rate).not_to_have_text("0.0", timeout=30_000)
    expect(page.locator("svg.plot")).to_be_visible()
    expect(page.locator(".figures dd").first).to_have_text("1")
    assert visit.overflow() <= 0
