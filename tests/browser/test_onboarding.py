"""A charger's configuration and onboarding in a browser, on a phone too, light and dark."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, Visitor
from tests.support.server import ServerProcess
from tests.support.wire import Wire, connected

BOOT = {"chargePointVendor": "Maker", "chargePointModel": "Model"}
KEYS = [
    {"key": "HeartbeatInterval", "value": "300", "readonly": False},
    {"key": "LocalPreAuthorize", "value": "true", "readonly": False},
    {"key": "NumberOfConnectors", "value": "2", "readonly": True},
    {"key": "AuthorizationKey", "readonly": False},
    {"key": "A.Long.Vendor.Key.That.Needs.A.Lot.Of.Room.In.Row", "value": "x" * 120,
     "readonly": False},
]  # fmt: skip
CONFIGURATION = "/admin/ocpp/charger/{}/configuration/"
ONBOARDING = "/admin/ocpp/connectionattempt/"

WAITING = """
from ocpp.models import Charger, ConnectionAttempt
from django.utils import timezone
Charger.objects.create(charger_id="NEW1", registration="Pending", discovered=True, vendor="Maker")
now = timezone.now()
ConnectionAttempt.objects.create(
    charger_id="CP 9", address="203.0.113.7", code="bad_id", reason="The id has a space.",
    path="/ws/ocpp/" + "CP 9" * 20, first=now, last=now, count=7)
ConnectionAttempt.objects.create(
    charger_id="CP9", address="203.0.113.7", code="unknown_closed", reason="No.",
    path="/ws/ocpp/CP9", first=now, last=now)
"""


@pytest.fixture(scope="module")
def charger(site: ServerProcess) -> Iterator[Wire]:
    """The charge point CP1, connected to the real server."""
    with connected(f"{site.ws_url}/ws/ocpp", "CP1") as wire:
        wire.call("BootNotification", BOOT)
        site.shell(WAITING)
        yield wire


def answer(wire: Wire, action: str, payload: Any) -> Any:
    """Answer the server's next call, which must be this one; returns its payload."""
    asked = wire.receive()
    assert asked[2] == action
    wire.send(json.dumps([3, asked[1], payload]))
    return asked[3]


def key_of(site: ServerProcess) -> str:
    told = "from ocpp.models import Charger; answer(Charger.objects.get(charger_id='CP1').pk)"
    return str(site.shell(told))


def test_keys_are_changed_on_a_phone(visitor: Visitor, charger: Wire, site: ServerProcess) -> None:
    visit = visitor(viewport=PHONE)
    visit.log_in("boss")
    page = visit.open(CONFIGURATION.format(key_of(site)))
    page.get_by_role("button", name="Read the configuration again").click()
    answer(charger, "GetConfiguration", {"configurationKey": KEYS})
    field = page.get_by_label("HeartbeatInterval")
    expect(field).to_have_value("300")
    assert visit.overflow() <= 0
    # A value of the wrong type is marked, and nothing is sent.
    field.fill("soon")
    page.get_by_role("button", name="Send what was changed").click()
    expect(page.locator(".errorlist")).to_contain_text("“soon” is none")
    field.fill("60")
    page.get_by_label("LocalPreAuthorize").select_option("false")
    page.get_by_role("button", name="Send what was changed").click()
    results = page.locator("#results")
    expect(results).to_contain_text("HeartbeatInterval")
    changed = answer(charger, "ChangeConfiguration", {"status": "Accepted"})
    assert changed == {"key": "HeartbeatInterval", "value": "60"}
    expect(results).to_contain_text("Accepted")
    answer(charger, "ChangeConfiguration", {"status": "RebootRequired"})
    expect(results).to_contain_text("Accepted; in effect after a restart")
    # When all have answered the page knows the new values.
    expect(page.get_by_label("HeartbeatInterval")).to_have_value("60")
    page.get_by_role("button", name="Restart now").click()
    # It is asked first, since a restart ends what goes on.
    assert visit.overflow() <= 0
    page.get_by_role("button", name="Restart, ending transactions first").click()
    assert answer(charger, "Reset", {"status": "Accepted"}) == {"type": "Soft"}
    expect(results).to_contain_text("Accepted")
    assert visit.overflow() <= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_onboarding_fits(
    visitor: Visitor, charger: Wire, viewport: dict[str, int], scheme: str
) -> None:
    visit = visitor(viewport=viewport, color_scheme=scheme)
    visit.log_in("boss")
    page = visit.open(ONBOARDING)
    page.get_by_label("Charger id, as you like:").fill("CP77")
    page.get_by_role("button", name="Show the address").click()
    expect(page.locator("#charge-point-url")).to_contain_text("/ws/ocpp/CP77")
    image = page.locator("img.qr-code")
    assert image.evaluate("image => image.complete && image.naturalWidth > 100")
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert visit.overflow() <= 0


def test_one_click_decides(visitor: Visitor, charger: Wire) -> None:
    visit = visitor(viewport=PHONE)
    visit.log_in("boss")
    page = visit.open("/admin/")
    page.get_by_role("link", name="1 charger waits for approval").click()
    page.get_by_role("button", name="Approve").click()
    expect(page.locator(".messagelist")).to_contain_text("NEW1: Accepted.")
    page.get_by_role("button", name="Allow this id").click()
    expect(page.locator(".messagelist")).to_contain_text("CP9: Accepted.")
    page.get_by_role("button", name="Forget").click()
    expect(page.locator("main")).to_contain_text("No connection was refused.")


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_limits_fit(
    visitor: Visitor, charger: Wire, viewport: dict[str, int], language: str
) -> None:
    visit = visitor(viewport=viewport, locale=language)
    visit.log_in("boss")
    page = visit.open(ONBOARDING)
    page.locator("a[href$='/limits/']").click()
    expect(page.locator("h1").last).to_contain_text({"en": "Limits", "es": "Límites"}[language])
    expect(page.locator("main")).to_contain_text("OCPP_ADMISSIONS_A_SECOND")
    assert visit.overflow() <= 0
