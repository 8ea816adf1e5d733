"""What is drawn is read again, and what a phone would not read is not drawn."""

import io
import re
from xml.etree import ElementTree

import pytest
import zxingcpp
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from qrcodes import domain
from qrcodes.domain import Design, Level, drawing
from qrcodes.models import MAX_BYTES

URL = "https://node.example/ocpp/c/CP1/"
QUICK = settings(max_examples=40, deadline=None)


def colours(least: int, most: int) -> st.SearchStrategy[str]:
    channels = st.tuples(*[st.integers(least, most)] * 3)
    return channels.map(lambda found: "#{:02x}{:02x}{:02x}".format(*found))


levels = st.sampled_from(Level.values)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1)


def read(png: bytes) -> bytes:
    """What a reader finds that is told nothing of turned or inverted codes."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    [found] = zxingcpp.read_barcodes(picture, try_invert=False, try_rotate=False)
    return bytes(found.bytes)


@QUICK
@given(text=texts.filter(lambda text: len(text.encode()) <= 300), level=levels)
def test_any_text_is_read_as_it_was_written(text: str, level: str) -> None:
    assert read(domain.draw(text, Design(level=level))) == text.encode()


@QUICK
@given(dark=colours(0, 160), light=colours(150, 255), level=levels, quiet=st.integers(1, 16))
def test_every_design_that_is_drawn_is_read(dark: str, light: str, level: str, quiet: int) -> None:
    design = Design(dark, light, level, quiet)
    if design.contrast < drawing.LEAST_CONTRAST:
        with pytest.raises(ValidationError):
            domain.draw(URL, design)
        return
    assert read(domain.draw(URL, design)) == URL.encode()


@QUICK
@given(side=st.integers(*drawing.SIDES_PX), level=levels)
def test_every_size_that_is_drawn_is_read_and_is_that_size(side: int, level: str) -> None:
    design = Design(level=level)
    if side < domain.squares(URL, level).size * drawing.LEAST_PIXELS:
        with pytest.raises(ValidationError, match="give it at least"):
            domain.draw(URL, design, side)
        return
    png = domain.draw(URL, design, side)
    assert Image.open(io.BytesIO(png)).size == (side, side)
    assert read(png) == URL.encode()


@pytest.mark.parametrize("level", Level.values)
def test_the_longest_text_fits_every_level(level: str) -> None:
    text = "añ" * (MAX_BYTES // 3)
    assert read(domain.draw(text, Design(level=level), 1000)) == text.encode()


@pytest.mark.parametrize(("level", "share"), [("L", 0.07), ("M", 0.15), ("Q", 0.25), ("H", 0.30)])
def test_a_level_stands_the_damage_that_it_promises(level: str, share: float) -> None:
    """A blot on the data below the finder patterns, of three quarters of the promise."""
    found = domain.squares(URL, level)
    picture = Image.open(io.BytesIO(domain.draw(URL, Design(level=level)))).convert("RGB")
    side = found.size - 2 * domain.QUIET_ZONE
    squares = int(side * side * share * 0.5)
    wide = int(squares**0.5)
    corner = (domain.QUIET_ZONE + 10) * domain.PIXELS
    blot = Image.new("RGB", (wide * domain.PIXELS,) * 2, "white")
    picture.paste(blot, (corner, corner))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    assert read(buffer.getvalue()) == URL.encode()


def test_more_protection_takes_more_squares() -> None:
    sizes = [domain.squares(URL * 3, level).size for level in Level.values]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]


def test_the_svg_is_the_same_picture() -> None:
    design = Design("#123456", "#ffeedd", "Q", 6)
    root = ElementTree.fromstring(domain.svg(URL, design, 333))  # noqa: S314  (our own)
    assert (root.get("width"), root.get("height")) == ("333", "333")
    size = domain.squares(URL, "Q", 6).size
    assert root.get("viewBox") == f"0 0 {size} {size}"
    ground, dark = root
    assert (ground.get("fill"), dark.get("fill")) == ("#ffeedd", "#123456")
    assert dark.get("d") == domain.squares(URL, "Q", 6).path


@pytest.mark.parametrize(
    ("dark", "light", "percent"),
    [
        ("#000000", "#ffffff", 100),
        # Relative luminance of the primaries, IEC 61966-2-1: 0.2126, 0.7152, 0.0722.
        ("#ff0000", "#ffffff", 79),
        ("#00ff00", "#ffffff", 28),
        ("#0000ff", "#ffffff", 93),
        # ((0.5020 + 0.055) / 1.055)^2.4 is 0.2159.
        ("#000000", "#808080", 22),
        ("#ffffff", "#000000", -100),
    ],
)
def test_contrast_is_the_difference_of_what_is_given_back(
    dark: str, light: str, percent: int
) -> None:
    assert round(Design(dark, light).contrast * 100) == percent


@pytest.mark.parametrize(
    ("design", "side", "field", "said"),
    [
        (Design("#ffffff", "#000000"), 400, "dark", "few phones read it inverted"),
        (Design("#777777", "#888888"), 400, "dark", "The contrast of these colours is 6 %"),
        (Design(quiet_zone=0), 400, "quiet", "0 is not possible: a margin has 1 to 16"),
        (Design(quiet_zone=17), 400, "quiet", "17 is not possible"),
        (Design(), 63, "size", "63 is not possible: a picture has 64 to 2000 pixels."),
        (Design(), 2001, "size", "2001 is not possible"),
        (Design(), 70, "size", "This code has 37 squares on each side: give it at least 74"),
    ],
)
def test_what_is_not_drawn_says_why(design: Design, side: int, field: str, said: str) -> None:
    for make in (domain.draw, domain.svg):
        with pytest.raises(ValidationError) as refused:
            make(URL, design, side)
        [text] = refused.value.message_dict[field]
        assert said in text


def test_what_may_be_hard_to_read_is_told() -> None:
    assert Design().doubts() == []
    assert "contrast is 54 %" in Design("#b4b4b4").doubts()[0]
    assert "margin of 4 squares" in Design(quiet_zone=2).doubts()[0]


@pytest.mark.parametrize(
    ("text", "same"),
    [("#1A2b3C", "#1a2b3c"), ("1a2b3c", "#1a2b3c"), (" #abc ", "#aabbcc"), ("abc", "#aabbcc")],
)
def test_colours_as_people_write_them(text: str, same: str) -> None:
    assert drawing.colour(text) == same


@pytest.mark.parametrize("text", ["", "#", "red", "#12345", '#fff"/>', "#1234567"])
def test_what_is_no_colour(text: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        drawing.colour(text)
