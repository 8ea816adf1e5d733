"""The pages around the apps: documents, sitemap, labels."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, Visitor
from tests.support.server import ServerProcess

LONG = "W" * 48
CHARGERS = f"""
from ocpp.models import Charger
Charger.objects.get_or_create(charger_id="{LONG}", defaults=dict(name="M" * 100))
for number in range(8):
    Charger.objects.get_or_create(charger_id=f"L{{number}}")
"""


@pytest.fixture(scope="module")
def chargers(site: ServerProcess) -> None:
    """Nine of them, one with the longest names that there can be."""
    site.shell(CHARGERS)


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_page_is_wider_than_a_phone(visitor: Visitor, chargers: None, language: str) -> None:
    visit = visitor(viewport=PHONE, locale=language, has_touch=True, color_scheme="dark")
    visit.log_in("boss")
    for path in (
        "/readme/",
        "/readme/docs/settings.md",
        "/readme/docs/ocpp-1.6.md",
        "/readme/docs/decisions/",
        "/sitemap/",
        "/ocpp/labels/?per_sheet=24",
    ):
        visit.open(path)
        assert visit.overflow() == 0, path
        assert visit.sticks_out() == [], path


def test_documents_stand_beside_the_text_where_there_is_room(visitor: Visitor) -> None:
    page = visitor(viewport=DESKTOP).open("/readme/docs/map.md")
    link = page.get_by_role("link", name="Settings", exact=True)
    expect(link).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 740})
    expect(link).to_be_hidden()
    page.get_by_text("On this page").click()
    page.get_by_role("link", name="Inside ocpp", exact=True).click()
    expect(page.locator("#inside-ocpp")).to_be_in_viewport()


def test_labels_are_printed_on_their_paper_and_on_white(visitor: Visitor, chargers: None) -> None:
    visit = visitor(color_scheme="dark")
    visit.log_in("boss")
    page = visit.open("/ocpp/labels/?paper=letter&per_sheet=8")
    count = page.locator(".label-sheet").count()
    assert count >= 2
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) == count
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed)
    # 215.9 x 279.4 mm, in points.
    assert {(round(float(width)), round(float(height))) for width, height in boxes} == {(612, 792)}
