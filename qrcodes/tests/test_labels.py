"""Sheets of labels, and the code as squares."""

import io
import re

import pytest
from PIL import Image
from reportlab.pdfbase import pdfmetrics

from qrcodes import domain, labels
from qrcodes.labels import GRIDS, PAPERS, Label, Layout

URL = "https://node.example/ocpp/c/CP1/"
LABEL = Label(URL, "Plaza", "CP1", ("Scan it.", "Escanéelo."))


def test_the_squares_are_those_of_the_picture() -> None:
    picture = Image.open(io.BytesIO(domain.draw(URL))).convert("L")
    found = domain.squares(URL)
    assert picture.width == found.size * domain.PIXELS
    black = {(x + step, y) for x, y, length in found.runs for step in range(length)}
    for x in range(found.size):
        for y in range(found.size):
            middle = (x * domain.PIXELS + 5, y * domain.PIXELS + 5)
            assert (picture.getpixel(middle) == 0) == ((x, y) in black)


def test_the_svg_has_them_all_on_white() -> None:
    found = domain.squares(URL)
    svg = domain.svg(URL)
    runs = re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", svg)
    assert [(int(x), int(y), int(n)) for x, y, n, _ in runs] == list(found.runs)
    assert f'viewBox="0 0 {found.size} {found.size}"' in svg
    assert 'fill="#ffffff"' in svg


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("per_sheet", GRIDS)
def test_the_labels_fill_the_paper_and_the_code_can_be_scanned(paper: str, per_sheet: int) -> None:
    layout = Layout(paper, per_sheet)
    width, height = layout.cell_mm
    columns, rows = GRIDS[per_sheet]
    assert columns * rows == per_sheet
    assert columns * width + 2 * labels.MARGIN_MM == pytest.approx(PAPERS[paper][0])
    assert rows * height + 2 * labels.MARGIN_MM == pytest.approx(PAPERS[paper][1])
    # A phone at arm's length wants 25 mm.
    assert min(width, height) - 2 * labels.PADDING_MM > 25


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (1, 1), (8, 1), (9, 2)])
def test_a_pdf_has_as_many_sheets_as_it_takes(count: int, pages: int) -> None:
    made = labels.pdf([LABEL] * count, Layout("a4", 8), title="Labels")
    assert made.startswith(b"%PDF-")
    assert f"/Count {pages}".encode() in made
    assert re.search(rb"/MediaBox \[ 0 0 595\.\d+ 841\.\d+ \]", made)


def test_the_same_labels_make_the_same_file() -> None:
    made = [labels.pdf([LABEL], Layout(), title="Labels") for _ in range(2)]
    assert made[0] == made[1]


@pytest.mark.parametrize(
    "text", ["Plaza Fiesta San Agustín, nivel 2", "W" * 100, "a " * 80, "", "x" + " y" * 3]
)
def test_text_never_leaves_its_box(text: str) -> None:
    regular, _ = labels._fonts()
    lines = labels._wrapped(text, regular, 12, 100)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(pdfmetrics.stringWidth(line, regular, 12) <= 100 for line in lines)


def test_letters_that_the_typeface_has_not_are_marked() -> None:
    assert labels._known("Ñandú – 5 €") == "Ñandú – 5 €"
    assert labels._known("充電 1") == "?? 1"
    labels.pdf([Label(URL, "充電 \u202e", "", ("x",))], Layout(), title="充電")


@pytest.mark.parametrize("layout", [("a5", 8), ("a4", 7)])
def test_a_layout_that_there_is_not_is_refused(layout: tuple[str, int]) -> None:
    with pytest.raises(KeyError):
        Layout(*layout)


@pytest.mark.django_db
def test_the_drawing_of_a_record_is_served(client) -> None:
    link = domain.get_or_create(URL)
    answer = client.get(f"/qrcodes/{link.key}.svg")
    assert answer["Content-Type"] == "image/svg+xml"
    assert answer.text == domain.svg(URL)
    assert "immutable" in answer["Cache-Control"]
    assert client.get("/qrcodes/nothing.svg").status_code == 404
