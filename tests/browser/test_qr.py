"""Every QR code of a charger is read by a decoder, and leads to its landing page."""

import io
from collections import Counter
from collections.abc import Iterable

import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Visit, Visitor
from tests.support.server import ServerProcess

#: An ordinary id, one that has to be escaped, and the longest.
NAMES = ("CP1", "Ñandú/7", "W" * 48)
ROWS = f"""
from ocpp.domain import links
from ocpp.models import Charger
for name in {NAMES!r}:
    Charger.objects.create(charger_id=name, name="Plaza")
answer({{one.charger_id: links.landing_url(one) for one in Charger.objects.all()}})
"""


@pytest.fixture(scope="module")
def urls(site: ServerProcess) -> dict[str, str]:
    """The absolute addresses of the landing pages, by id."""
    told: dict[str, str] = site.shell(ROWS)
    assert told["CP1"] == f"{site.url}/ocpp/c/CP1/"
    return told


@pytest.fixture
def staff(visitor: Visitor, urls: dict[str, str]) -> Visit:
    visit = visitor(viewport={"width": 1280, "height": 1400}, color_scheme="dark")
    visit.log_in("boss")
    return visit


def read(*pictures: Image.Image) -> list[str]:
    """What stands in the codes of pictures."""
    return [code.text for one in pictures for code in zxingcpp.read_barcodes(one.convert("L"))]


def of_bytes(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def code_of(urls: dict[str, str], name: str, form: str) -> str:
    """Where the code of a charger alone can be had."""
    escaped = urls[name].partition("/ocpp/c/")[2].rstrip("/")
    return f"/ocpp/labels/code/{escaped}.{form}"


def shown(page: Page, address: str) -> Image.Image:
    """A picture as a browser draws it, on white."""
    page.evaluate(
        """address => new Promise((resolve, reject) => {
          const picture = document.createElement("img");
          picture.id = "drawn";
          picture.width = 300;
          picture.onload = resolve;
          picture.onerror = () => reject(new Error(address));
          picture.src = address;
          document.querySelector("main").replaceChildren(picture);
        })""",
        address,
    )
    return of_bytes(page.locator("#drawn").screenshot())


@pytest.mark.parametrize("name", NAMES, ids=["plain", "escaped", "longest"])
def test_the_code_alone_leads_to_the_charger(staff: Visit, urls: dict[str, str], name: str) -> None:
    page = staff.open("/ocpp/labels/")
    png = page.request.get(staff.site.url + code_of(urls, name, "png"))
    assert read(of_bytes(png.body())) == [urls[name]]
    assert read(shown(page, code_of(urls, name, "svg"))) == [urls[name]]
    page.goto(urls[name])
    expect(page.get_by_role("heading", level=1)).to_have_text("Plaza")
    expect(page.locator("main")).to_contain_text(name)


def test_the_code_on_the_page_of_a_charger_and_in_its_form(
    visitor: Visitor, staff: Visit, urls: dict[str, str]
) -> None:
    """By day and by night, also where a phone shows it."""
    page = staff.open("/ocpp/charger/CP1/")
    page.locator("img.qr-code").scroll_into_view_if_needed()
    assert read(of_bytes(page.screenshot())) == [urls["CP1"]]
    page.get_by_role("link", name="Edit", exact=True).click()
    code = page.locator("img.qr-code")
    code.scroll_into_view_if_needed()
    assert read(of_bytes(code.screenshot())) == [urls["CP1"]]
    for scheme in ("light", "dark"):
        phone = visitor(viewport=PHONE, color_scheme=scheme).open("/ocpp/c/CP1/")
        assert read(of_bytes(phone.screenshot(full_page=True))) == [urls["CP1"]], scheme


@pytest.mark.parametrize("per_sheet", [1, 8, 24])
def test_the_codes_of_a_sheet_on_the_page_and_as_pdf(
    staff: Visit, urls: dict[str, str], per_sheet: int
) -> None:
    query = f"?paper=letter&per_sheet={per_sheet}"
    page = staff.open(f"/ocpp/labels/{query}")
    labels = page.locator(".label")
    expect(labels).to_have_count(len(urls))
    pictures = [of_bytes(label.screenshot()) for label in labels.all()]
    assert_all(read(*pictures), urls.values())
    answer = page.request.get(f"{staff.site.url}/ocpp/labels.pdf{query}")
    assert answer.headers["content-type"] == "application/pdf"
    sheets = pypdfium2.PdfDocument(answer.body())
    assert len(sheets) == -(-len(urls) // per_sheet)
    # As a printer of 200 dots to an inch has them.
    drawn = [sheet.render(scale=200 / 72).to_pil() for sheet in sheets]
    assert_all(read(*drawn), urls.values())
    sheets.close()


def assert_all(found: Iterable[str], expected: Iterable[str]) -> None:
    """Each of them once, and no other."""
    assert Counter(found) == Counter(expected)
