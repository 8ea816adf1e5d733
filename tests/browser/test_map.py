"""The map in a charger's form: clicked, dragged, typed, without tiles, only looked at."""

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import Visit, Visitor
from tests.support.server import ServerProcess

MONTERREY = (25.6866, -100.3161)
MAP = "#charger-map"
MARKER = "#charger-map .leaflet-marker-icon"

MAKE = """
from django.contrib.auth.models import Permission
from accounts.models import User
from ocpp.models import Charger
viewer = User.objects.create_user("viewer", password="secret", is_staff=True)
viewer.user_permissions.set(Permission.objects.filter(codename="view_charger"))
Charger.objects.create(charger_id="PLACED", latitude="25.500000", longitude="-100.200000")
for number in range(5):
    Charger.objects.create(charger_id=f"UNPLACED-{number}")
"""


@pytest.fixture(scope="module", autouse=True)
def chargers(site: ServerProcess) -> None:
    """One charger with a position, some without, and staff who may only look."""
    site.shell(MAKE)


def stored(visit: Visit, charger_id: str) -> list[float | None]:
    """The position that the database holds."""
    sql = "SELECT latitude, longitude FROM ocpp_charger WHERE charger_id = %s"
    (row,) = visit.site.database.query(sql, [charger_id])
    return [None if number is None else float(number) for number in row]


def open_form(visit: Visit, charger_id: str, *, name: str = "boss") -> Page:
    """The form of a charger, with its map drawn."""
    visit.log_in(name)
    page = visit.open(f"/admin/ocpp/charger/?q={charger_id}")
    page.get_by_role("link", name=charger_id, exact=True).click()
    expect(page.locator(f"{MAP} .leaflet-control-zoom")).to_be_visible()
    page.locator(MAP).scroll_into_view_if_needed()
    return page


def inputs(page: Page) -> tuple[float, float]:
    """The position that the form would send."""
    latitude, longitude = page.input_value("#id_latitude"), page.input_value("#id_longitude")
    for text in (latitude, longitude):
        assert len(text.partition(".")[2]) == 6
    return float(latitude), float(longitude)


def centre(page: Page) -> tuple[float, float]:
    """The middle of the map in the window (pixels)."""
    box = page.locator(MAP).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist .success")).to_be_visible()


def test_without_a_position_it_shows_monterrey_and_stores_nothing(visitor: Visitor) -> None:
    visit = visitor()
    page = open_form(visit, "UNPLACED-0")
    assert page.locator(MARKER).evaluate("marker => marker.style.opacity") == "0.6"
    assert page.input_value("#id_latitude") == ""
    save(page)
    assert stored(visit, "UNPLACED-0") == [None, None]


def test_a_click_in_the_middle_sets_the_middle(visitor: Visitor) -> None:
    visit = visitor()
    page = open_form(visit, "UNPLACED-1")
    page.mouse.click(*centre(page))
    placed = inputs(page)
    assert placed == pytest.approx(MONTERREY, abs=0.001)
    save(page)
    assert stored(visit, "UNPLACED-1") == list(placed)


def test_a_click_to_the_north_east_is_north_east(visitor: Visitor) -> None:
    page = open_form(visitor(), "UNPLACED-2")
    x, y = centre(page)
    page.mouse.click(x + 100, y - 80)
    latitude, longitude = inputs(page)
    assert MONTERREY[0] < latitude < MONTERREY[0] + 0.1
    assert MONTERREY[1] < longitude < MONTERREY[1] + 0.1
    assert page.locator(MARKER).evaluate("marker => marker.style.opacity") == "1"


def test_dragging_the_marker_moves_the_charger(visitor: Visitor) -> None:
    visit = visitor()
    page = open_form(visit, "PLACED")
    before = inputs(page)
    assert before == (25.5, -100.2)
    box = page.locator(MARKER).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y + 50, steps=8)
    page.mouse.up()
    latitude, longitude = inputs(page)
    assert 25.49 < latitude < 25.5
    assert -100.21 < longitude < -100.2
    save(page)
    assert stored(visit, "PLACED") == [latitude, longitude]


def test_typing_moves_the_marker(visitor: Visitor) -> None:
    page = open_form(visitor(), "UNPLACED-2")
    page.fill("#id_latitude", "25.7")
    page.fill("#id_longitude", "-100.4")
    page.locator("#id_longitude").blur()
    # The map glides there: wait until the marker's tip is in the middle of it.
    page.wait_for_function(
        """() => {
          const map = document.getElementById("charger-map").getBoundingClientRect();
          const icon = document.querySelector("#charger-map .leaflet-marker-icon");
          const marker = icon.getBoundingClientRect();
          return icon.style.opacity === "1"
            && Math.abs(marker.x + marker.width / 2 - map.x - map.width / 2) < 3
            && Math.abs(marker.bottom - map.y - map.height / 2) < 3;
        }"""
    )


def test_without_internet_it_works_on_a_grid(visitor: Visitor) -> None:
    visit = visitor(tiles=False)
    page = open_form(visit, "UNPLACED-3")
    assert page.locator(f"{MAP} .leaflet-tile-loaded").count() == 0
    page.mouse.click(*centre(page))
    placed = inputs(page)
    save(page)
    assert stored(visit, "UNPLACED-3") == list(placed)


def test_tiles_are_asked_for_with_the_referrer_that_their_owner_wants(visitor: Visitor) -> None:
    visit = visitor()
    referrers: set[str | None] = set()

    def asked(request: Request) -> None:
        if "tile.openstreetmap.org" in request.url:
            referrers.add(request.headers.get("referer"))

    visit.page.on("request", asked)
    page = open_form(visit, "UNPLACED-4")
    expect(page.locator(f"{MAP} .leaflet-tile-loaded").first).to_be_visible()
    assert referrers == {visit.site.url + "/"}
    expect(page.locator(f"{MAP} .leaflet-control-attribution")).to_contain_text("OpenStreetMap")


def test_who_may_only_look_sees_where_it_is(visitor: Visitor) -> None:
    page = open_form(visitor(), "PLACED", name="viewer")
    expect(page.locator(MARKER)).to_have_count(1)
    before = page.locator(MARKER).bounding_box()
    x, y = centre(page)
    page.mouse.click(x + 60, y + 60)
    assert page.locator(MARKER).bounding_box() == before
    assert page.locator("#id_latitude").count() == 0


def test_a_new_charger_can_be_placed_at_once(visitor: Visitor) -> None:
    visit = visitor()
    visit.log_in("boss")
    page = visit.open("/admin/ocpp/charger/add/")
    page.fill("#id_charger_id", "NEW/1")
    page.locator(MAP).scroll_into_view_if_needed()
    page.mouse.click(*centre(page))
    placed = inputs(page)
    save(page)
    assert stored(visit, "NEW/1") == list(placed)
