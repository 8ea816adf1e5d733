"""A closed network (`ASSETS_CDN=0`): no page asks another host for anything, and maps work."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.fixtures import KINDS, template_of
from tests.support.server import ServerProcess

ROWS = """
from accounts.models import User
from ocpp.models import Charger
User.objects.create_superuser("boss", password="secret")
Charger.objects.create(charger_id="CP1", latitude="25.500000", longitude="-100.200000")
answer(Charger.objects.get().pk)
"""
PAGES = (
    "/ocpp/",
    "/ocpp/charger/CP1/",
    "/ocpp/c/CP1/",
    "/readme/",
    "/awg/",
    "/qrcodes/?text=hi",
    "/sitemap/",
    "/admin/",
)
MARKER = "#charger-map .leaflet-marker-icon"


@pytest.fixture(scope="module")
def closed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[ServerProcess, int]]:
    """Such a node, with a charger on the map, and its key."""
    folder = tmp_path_factory.mktemp("closed")
    environment = {"SECURE_COOKIES": "0", "ASSETS_CDN": "0"}
    database = template_of(KINDS[0], request.config, tmp_path_factory).copy_of_template()
    server = ServerProcess(database, folder, environment=environment)
    key = server.shell(ROWS)
    with server:
        yield server, key
    database.drop()


@pytest.fixture
def staff(closed: tuple[ServerProcess, int], browser: Browser) -> Iterator[Page]:
    """A page of somebody who has logged in; it may ask nobody else, and say nothing."""
    server, _ = closed
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    wrong: list[str] = []
    context.on(
        "request",
        lambda request: (
            None if request.url.startswith((server.url, "data:")) else wrong.append(request.url)
        ),
    )
    context.on("console", lambda message: wrong.append(f"{message.type}: {message.text}"))
    page = context.new_page()
    page.goto(f"{server.url}/login/")
    page.fill("#id_username", "boss")
    page.fill("#id_password", "secret")
    page.click("main button")
    page.wait_for_url("**/admin/")
    yield page
    context.close()
    assert wrong == []


def test_no_page_asks_anybody_else(closed: tuple[ServerProcess, int], staff: Page) -> None:
    server, _ = closed
    for path in PAGES:
        answer = staff.goto(server.url + path)
        assert answer is not None
        assert answer.ok
        assert "https:" not in answer.headers["content-security-policy"]
        staff.wait_for_load_state("load")
        if path == "/ocpp/":
            expect(staff.locator(".network-map .pin")).to_be_visible()
        if path.startswith("/ocpp/charger/"):
            expect(staff.locator(MARKER)).to_be_visible()
        # Nobody's map is thanked where there is none.
        assert staff.get_by_text("© OpenStreetMap").count() == 0


def test_a_charger_is_placed_by_click_and_by_drag_on_a_map_without_tiles(
    closed: tuple[ServerProcess, int], staff: Page
) -> None:
    server, key = closed

    def place() -> tuple[float, float]:
        latitude = staff.input_value("#id_latitude")
        return float(latitude), float(staff.input_value("#id_longitude"))

    staff.goto(f"{server.url}/admin/ocpp/charger/{key}/change/")
    picker = staff.locator("#charger-map")
    expect(picker.locator(".leaflet-control-zoom")).to_be_visible()
    picker.scroll_into_view_if_needed()
    box = picker.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    staff.mouse.click(x + 80, y - 60)
    clicked = place()
    assert clicked[0] > 25.5
    assert clicked[1] > -100.2
    box = staff.locator(MARKER).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    staff.mouse.move(x, y)
    staff.mouse.down()
    staff.mouse.move(x - 120, y + 90, steps=6)
    staff.mouse.up()
    dragged = place()
    assert dragged[0] < clicked[0]
    assert dragged[1] < clicked[1]
    staff.get_by_role("button", name="Save", exact=True).click()
    expect(staff.locator(".messagelist .success")).to_be_visible()
    (row,) = server.database.query("SELECT latitude, longitude FROM ocpp_charger")
    assert (float(row[0]), float(row[1])) == dragged
