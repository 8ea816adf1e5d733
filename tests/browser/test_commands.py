"""Commanding from the pages: a form is sent, and the answer appears without loading the page."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Visit, Visitor
from tests.support.server import ServerProcess
from tests.support.wire import Wire, connected

BOOT = {"chargePointVendor": "Maker", "chargePointModel": "Model"}
SCHEDULE = {
    "status": "Accepted",
    "connectorId": 1,
    "scheduleStart": "2026-05-01T12:00:00Z",
    "chargingSchedule": {
        "chargingRateUnit": "A",
        "duration": 7200,
        "chargingSchedulePeriod": [
            {"startPeriod": 0, "limit": 16.5},
            {"startPeriod": 3600, "limit": 6},
        ],
    },
}


@pytest.fixture
def charger(site: ServerProcess) -> Iterator[Wire]:
    """The charge point CP1 with one connector, which answers what a test says."""
    with connected(f"{site.ws_url}/ws/ocpp", "CP1") as wire:
        wire.call("BootNotification", BOOT)
        told = {"connectorId": 1, "status": "Available", "errorCode": "NoError"}
        wire.call("StatusNotification", told)
        yield wire


def asked(wire: Wire) -> tuple[str, str, Any]:
    """The next call of the server: its number, action and payload."""
    kind, number, action, payload = wire.receive()
    assert kind == 2
    return number, action, payload


def answer(wire: Wire, number: str, payload: Any) -> None:
    wire.send(json.dumps([3, number, payload]))


def open_commands(visit: Visit) -> Page:
    """The list of what CP1 can be told, from the list of chargers."""
    visit.log_in("boss")
    page = visit.open("/admin/ocpp/charger/?q=CP1")
    page.locator("tr", has_text="CP1").get_by_role("link", name="Command…").click()
    page.wait_for_url("**/command/")  # and until its styles are there
    return page


def stays(page: Page) -> None:
    """From now on the page must not be loaded again."""
    page.evaluate("window.stayed = true")


def test_the_answer_arrives_without_loading_the_page(visitor: Visitor, charger: Wire) -> None:
    visit = visitor()
    page = open_commands(visit)
    page.get_by_role("link", name="Unlock a connector").click()
    page.get_by_label("Connector:").select_option("1")
    page.get_by_role("button", name="Send").click()
    number, action, payload = asked(charger)
    assert (action, payload) == ("UnlockConnector", {"connectorId": 1})
    stays(page)
    status = page.get_by_role("status")
    expect(status).to_contain_text("has not answered yet")
    answer(charger, number, {"status": "UnlockFailed"})
    expect(status).to_contain_text("CP1 answered: UnlockFailed.")
    expect(status).to_contain_text("Declined")
    assert page.evaluate("window.stayed") is True
    page.get_by_role("link", name="Again…").click()
    expect(page.get_by_label("Connector:")).to_have_value("1")


def test_what_is_wrong_is_said_and_nothing_is_sent(visitor: Visitor, charger: Wire) -> None:
    visit = visitor()
    page = open_commands(visit)
    page.get_by_role("link", name="Set a charging profile").click()
    page.get_by_label("Connector:").select_option("1")
    page.get_by_label("Purpose:").select_option("TxDefaultProfile")
    page.get_by_label("Kind:").select_option("Absolute")
    page.get_by_label("Unit:").select_option("A")
    for row, (start, limit) in enumerate([("0", "16.5"), ("3600", "10"), ("7200", "6")], start=1):
        page.get_by_label(f"From (s), row {row}").fill(start)
        page.get_by_label(f"Limit, row {row}").fill(limit)
    page.get_by_role("button", name="More rows").click()
    page.get_by_label("From (s), row 4").fill("7000")
    page.get_by_label("Limit, row 4").fill("1")
    page.get_by_role("button", name="Send").click()
    error = page.locator(".field-periods .errorlist")
    expect(error).to_have_text("Row 4: must start after the one before it.")
    page.get_by_label("From (s), row 4").fill("9000")
    page.get_by_role("button", name="Send").click()
    number, action, payload = asked(charger)
    assert action == "SetChargingProfile"
    periods = payload["csChargingProfiles"]["chargingSchedule"]["chargingSchedulePeriod"]
    assert [period["startPeriod"] for period in periods] == [0, 3600, 7200, 9000]
    answer(charger, number, {"status": "Accepted"})
    expect(page.get_by_role("status")).to_contain_text("Done")


def test_a_secret_is_hidden_while_it_is_typed(visitor: Visitor, charger: Wire) -> None:
    page = open_commands(visitor())
    page.get_by_role("link", name="Change a configuration key").click()
    value = page.locator("#id_value")
    page.get_by_label("Key:").fill("HeartbeatInterval")
    expect(value).to_have_attribute("type", "text")
    page.get_by_label("Key:").fill("Authorization-Key")
    expect(value).to_have_attribute("type", "password")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_composite_schedule_is_seen_on_a_phone(
    visitor: Visitor, charger: Wire, scheme: str
) -> None:
    visit = visitor(viewport=PHONE, color_scheme=scheme, has_touch=True)
    page = open_commands(visit)
    assert visit.overflow() == 0
    page.get_by_role("link", name="Ask for the composite schedule").click()
    page.get_by_label("Connector:").select_option("1")
    page.get_by_label("Duration (s):").fill("7200")
    page.wait_for_load_state()
    assert visit.overflow() == 0
    page.get_by_role("button", name="Send").click()
    number, _, _ = asked(charger)
    answer(charger, number, SCHEDULE)
    plot = page.get_by_role("img", name="Composite schedule")
    expect(plot).to_be_visible()
    box = plot.bounding_box()
    assert box is not None
    assert 200 < box["width"] <= PHONE["width"]
    colours = page.evaluate(
        """() => [getComputedStyle(document.querySelector('.plot-value')).fill,
                  getComputedStyle(document.body).backgroundColor]"""
    )
    assert colours[0] != colours[1]
    assert visit.overflow() == 0


def test_everything_works_without_scripts(visitor: Visitor, charger: Wire) -> None:
    visit = visitor(java_script_enabled=False)
    page = open_commands(visit)
    page.get_by_role("link", name="Read the configuration").click()
    page.get_by_label("Keys, row 3").fill("HeartbeatInterval")
    page.get_by_role("button", name="More rows").click()
    expect(page.get_by_label("Keys, row 1")).to_have_value("HeartbeatInterval")
    page.get_by_role("button", name="Send").click()
    number, _, payload = asked(charger)
    assert payload == {"key": ["HeartbeatInterval"]}
    expect(page.get_by_role("status")).to_contain_text("has not answered yet")
    answer(charger, number, {"configurationKey": [], "unknownKey": ["HeartbeatInterval"]})
    expect(page.get_by_role("status")).to_contain_text("Done", timeout=20_000)


def test_the_charger_page_follows_its_firmware(visitor: Visitor, charger: Wire) -> None:
    visit = visitor()
    page = open_commands(visit)
    page.locator(".breadcrumbs").get_by_role("link", name="CP1").click()
    stays(page)
    now = page.locator(".charger-now")
    for word, percent in (("Downloading", "20"), ("Installed", "100")):
        charger.call("FirmwareStatusNotification", {"status": word})
        expect(now).to_contain_text(f"Firmware update: {word}")
        expect(now.locator("progress")).to_have_attribute("value", percent)
    assert page.evaluate("window.stayed") is True


def test_many_chargers_and_each_answer_as_it_arrives(visitor: Visitor, site: ServerProcess) -> None:
    visit = visitor(viewport=PHONE, has_touch=True)
    visit.log_in("boss")
    with ExitStack() as stack:
        wires = {}
        for name in ("B-FINE", "B-MUTE", "B-NO"):
            mute = name == "B-MUTE"
            # Ended in the middle of the test.
            context = connected(f"{site.ws_url}/ws/ocpp", name)
            wire = context.__enter__() if mute else stack.enter_context(context)
            if mute:
                hang_up = context
            wire.call("BootNotification", BOOT)
            wires[name] = wire
        page = visit.open("/admin/ocpp/charger/?q=B-")
        page.locator("#action-toggle").check()
        page.select_option("select[name=action]", "command_selected")
        page.get_by_role("button", name="Go", exact=True).click()
        page.get_by_role("link", name="Empty the cache of cards").click()
        expect(page.locator("#content")).to_contain_text("B-FINE, B-MUTE, B-NO")
        page.wait_for_load_state()
        assert visit.overflow() == 0
        page.get_by_role("button", name="Send").click()
        stays(page)
        numbers = {name: asked(wire)[0] for name, wire in wires.items()}
        ended = page.get_by_role("status")
        expect(ended).to_have_text("0 of 3 ended")
        answer(wires["B-FINE"], numbers["B-FINE"], {"status": "Accepted"})
        expect(ended).to_have_text("1 of 3 ended")
        wires["B-NO"].send(json.dumps([4, numbers["B-NO"], "NotSupported", "never", {}]))
        expect(ended).to_have_text("2 of 3 ended")
        row = page.locator("tr", has_text="B-NO")
        expect(row).to_contain_text("B-NO refused: NotSupported never")
        expect(page.locator("tr", has_text="B-MUTE")).to_contain_text("has not answered yet")
        hang_up.__exit__(None, None, None)
        expect(ended).to_have_text("3 of 3 ended")
        expect(page.locator("tr", has_text="B-MUTE")).to_contain_text("was lost")
        counts = page.locator(".bulk-counts")
        expect(counts).to_contain_text("Done 1")
        expect(counts).to_contain_text("Failed 2")
        assert page.evaluate("window.stayed") is True
        assert visit.overflow() == 0
        page.get_by_role("button", name="Try the 2 without success again").click()
        assert asked(wires["B-NO"])[1] == "ClearCache"
        expect(page.locator("tr", has_text="B-MUTE")).to_contain_text("is not connected")
