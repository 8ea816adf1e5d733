"""The pages as people see them: on a desktop and on a phone, light and dark, in two languages."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Visit, Visitor
from tests.support.server import ServerProcess
from tests.support.wire import Wire, connected

NAMED = """
from ocpp.models import Charger
Charger.objects.filter(charger_id="CP1").update(name="Plaza", require_rfid=True)
"""
BOOT = {"chargePointVendor": "Maker", "chargePointModel": "Model", "firmwareVersion": "FW-9"}
NOON = "2026-03-01T12:00:00Z"


def status(wire: Wire, connector_id: int, word: str, error: str = "NoError") -> None:
    told = {"connectorId": connector_id, "status": word, "errorCode": error}
    assert wire.call("StatusNotification", told)[0] == 3


@pytest.fixture(scope="module")
def charger(site: ServerProcess) -> Iterator[Wire]:
    """The charge point CP1 with a session on its connector 2, connected to the real server."""
    with connected(f"{site.ws_url}/ws/ocpp", "CP1") as wire:
        wire.call("BootNotification", BOOT)
        status(wire, 0, "Available")
        status(wire, 1, "Available")
        status(wire, 2, "Charging")
        start = {"connectorId": 2, "idTag": "SECRETTAG", "meterStart": 0, "timestamp": NOON}
        wire.call("StartTransaction", start)
        wire.call("Nonsense", {"text": "<script>alert(1)</script>"})
        site.shell(NAMED)
        yield wire


def theme(page: Page) -> str:
    return str(page.evaluate("document.documentElement.dataset.bsTheme"))


def shown(visit: Visit, path: str) -> str:
    return visit.open(path).inner_text("main")


def test_the_dashboard_tells_everybody_what_is_free(visitor: Visitor, charger: Wire) -> None:
    text = shown(visitor(), "/ocpp/")
    for word in ("Plaza", "CP1", "Available", "Charging"):
        assert word in text
    for word in ("Maker", "FW-9", "SECRETTAG", "kWh", "Log"):
        assert word not in text


def test_staff_see_more_and_go_on_from_there(visitor: Visitor, charger: Wire) -> None:
    visit = visitor()
    visit.log_in("boss")
    text = shown(visit, "/ocpp/")
    for word in ("Maker Model", "0.000 kWh", "ago"):
        assert word in text
    visit.page.get_by_role("link", name="Log", exact=True).click()
    expect(visit.page.get_by_role("heading", level=1)).to_have_text("Log of Plaza")
    visit.page.get_by_role("link", name="Landing Page").click()
    expect(visit.page.get_by_role("heading", level=1)).to_have_text("Plaza")


def test_the_landing_page_follows_the_charger(visitor: Visitor, charger: Wire) -> None:
    visit = visitor(viewport=PHONE)
    text = shown(visit, "/ocpp/c/CP1/")
    assert "Connector 1" in text
    assert "Plug in your vehicle" in text
    assert "Hold your card to the reader" in text
    image = visit.page.locator("img.qr-code")
    assert image.evaluate("image => image.complete && image.naturalWidth > 100")
    status(charger, 1, "Faulted", "GroundFailure")
    try:
        visit.page.get_by_role("link", name="Refresh").click()
        expect(visit.page.locator("main")).to_contain_text("Out of order")
        assert "GroundFailure" not in visit.page.inner_text("main")
    finally:
        status(charger, 1, "Available")


def test_a_charger_that_has_gone_is_offline(visitor: Visitor, site: ServerProcess) -> None:
    visit = visitor()
    with connected(f"{site.ws_url}/somewhere", "GONE") as wire:
        wire.call("BootNotification", BOOT)
        status(wire, 1, "Available")
        assert "Offline" not in shown(visit, "/ocpp/c/GONE/")
    visit.open("/ocpp/c/GONE/")
    for _ in range(50):  # the server notices the close a moment later
        if "Offline" in visit.page.inner_text("main"):
            break
        visit.page.reload()
    text = visit.page.inner_text("main")
    assert "Offline" in text
    assert "Last known: Available" in text


def test_the_log_opens_a_message_and_filters(visitor: Visitor, charger: Wire) -> None:
    visit = visitor()
    visit.log_in("boss")
    page = visit.open("/ocpp/log/CP1/")
    entry = page.locator("details", has_text="Nonsense")
    expect(entry).to_contain_class("message-failed")
    expect(entry.locator("pre").first).to_be_hidden()
    entry.locator("summary").click()
    expect(entry.locator("pre").first).to_contain_text('"text": "<script>alert(1)</script>"')
    expect(entry).to_contain_text("NotImplemented")
    page.select_option("#action", "BootNotification")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("details")).to_have_count(1)
    assert "action=BootNotification" in page.url
    page.check("#errors")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("main")).to_contain_text("No messages.")


# --- light and dark -------------------------------------------------------------------------------

#: Notes the theme at the moment when there is something to paint.
WATCH = """
new MutationObserver((_changes, observer) => {
  if (document.body) {
    window.themeAtFirst = document.documentElement.dataset.bsTheme;
    observer.disconnect();
  }
}).observe(document, {childList: true, subtree: true});
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_first_visit_follows_the_system_without_a_flash(
    visitor: Visitor, charger: Wire, scheme: str
) -> None:
    visit = visitor(color_scheme=scheme)
    visit.context.add_init_script(WATCH)
    page = visit.open("/ocpp/")
    assert page.evaluate("window.themeAtFirst") == scheme
    page.emulate_media(color_scheme="light" if scheme == "dark" else "dark")
    page.wait_for_function(
        "theme => document.documentElement.dataset.bsTheme !== theme", arg=scheme
    )


def test_the_button_changes_the_theme_and_every_page_remembers(
    visitor: Visitor, charger: Wire
) -> None:
    visit = visitor()
    visit.context.add_init_script(WATCH)
    page = visit.open("/ocpp/")
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    page.get_by_role("button", name="Dark theme").click()
    assert theme(page) == "dark"
    assert page.evaluate(background) != light
    assert page.evaluate("localStorage.getItem('theme')") == "dark"
    visit.open("/ocpp/c/CP1/")
    assert page.evaluate("window.themeAtFirst") == "dark"
    page.emulate_media(color_scheme="dark")
    page.emulate_media(color_scheme="light")
    assert theme(page) == "dark"  # what was chosen is stronger than the system
    page.get_by_role("button", name="Light theme").click()
    assert theme(page) == "light"


def test_the_admin_looks_alike(visitor: Visitor, charger: Wire) -> None:
    visit = visitor()
    visit.log_in("boss")
    visit.open("/ocpp/").get_by_role("button", name="Dark theme").click()
    page = visit.open("/admin/")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_the_button_stands_at_the_upper_right(visitor: Visitor) -> None:
    for viewport in ({"width": 1280, "height": 900}, PHONE):
        page = visitor(viewport=viewport).open("/login/")
        box = page.locator("#theme-button").bounding_box()
        assert box is not None
        assert box["y"] < 60
        assert box["x"] > viewport["width"] * 0.6


# --- languages ------------------------------------------------------------------------------------


def test_the_language_is_the_browsers_until_it_is_switched(visitor: Visitor, charger: Wire) -> None:
    visit = visitor(locale="es-MX")
    page = visit.open("/ocpp/c/CP1/?x=1")
    assert page.get_attribute("html", "lang") == "es"
    page.locator("[data-bs-toggle=dropdown]").click()
    page.get_by_role("button", name="English").click()
    page.wait_for_function("document.documentElement.lang === 'en'")
    assert page.url.endswith("/ocpp/c/CP1/?x=1")
    assert "Connector 1" in page.inner_text("main")
    visit.open("/login/")
    assert page.get_attribute("html", "lang") == "en"


# --- on a phone -----------------------------------------------------------------------------------

LONG = """
from ocpp.models import Charger, Connector
charger, _ = Charger.objects.get_or_create(
    charger_id="W" * 48, defaults={"name": "M" * 100, "vendor": "W" * 50, "model": "W" * 50}
)
Connector.objects.get_or_create(
    charger=charger, connector_id=1, defaults={"status": "Faulted", "error_code": "W" * 30}
)
"""


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_page_is_wider_than_a_phone(
    visitor: Visitor, site: ServerProcess, charger: Wire, language: str
) -> None:
    site.shell(LONG)
    visit = visitor(viewport=PHONE, locale=language, has_touch=True)
    visit.log_in("boss")
    long = "W" * 48
    for path in ("/ocpp/", "/ocpp/c/CP1/", f"/ocpp/c/{long}/", "/ocpp/log/CP1/"):
        visit.open(path)
        assert visit.overflow() == 0, path
    for entry in visit.page.locator("details summary").all():
        entry.click()
    assert visit.overflow() == 0
    menu = visit.page.locator(".navbar-toggler")
    menu.click()
    visit.page.locator("#menu .dropdown-toggle").click()
    expect(visit.page.locator("#menu form button")).to_be_visible()
    assert visit.overflow() == 0


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_bar_of_staff_is_one_line_high(
    visitor: Visitor, site: ServerProcess, language: str
) -> None:
    visit = visitor(locale=language)
    visit.log_in("boss")
    for width in (1280, 1200, 1024, 768, 360):
        visit.page.set_viewport_size({"width": width, "height": 740})
        visit.open("/awg/")
        assert visit.overflow() == 0, width
        bar = visit.page.locator("nav.navbar").first.bounding_box()
        assert bar is not None
        assert bar["height"] < 70, width


def test_the_keyboard_reaches_the_content_first(visitor: Visitor) -> None:
    page = visitor().open("/ocpp/")
    page.keyboard.press("Tab")
    focused = "document.activeElement.textContent.trim()"
    assert page.evaluate(focused) == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.url.endswith("#content")
