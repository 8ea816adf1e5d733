"""Lines, bars and bands: what is drawn, where, and that nothing foreign gets into the drawing."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from ocpp.plot import (
    BandPlot,
    BarsPlot,
    DrawnBar,
    DrawnLine,
    LinesPlot,
    Stretch,
    band_svg,
    bars_svg,
    lines_svg,
)

NOON = datetime(2026, 5, 1, 18, tzinfo=UTC)  # noon in Monterrey
HOUR = 3600
LINES = LinesPlot(
    name="p",
    title="Voltage",
    description="Two phases.",
    unit="V",
    begin=NOON,
    end=HOUR,
    lines=[
        DrawnLine("L1", [(0, Decimal("229.5")), (60, Decimal(231))]),
        DrawnLine("L2", [(0, Decimal(230)), (60, Decimal(232))]),
    ],
    from_zero=False,
)
BARS = BarsPlot("b", "Energy", "2 kWh.", "kWh", NOON, HOUR, [DrawnBar(-900, 900, Decimal(2))])
BAND = BandPlot(
    "s",
    "States",
    "Two.",
    NOON,
    HOUR,
    [
        Stretch(0, 3000, "free", "Available", "Available until late"),
        Stretch(3000, 3001, "broken", "Out of order", "E1"),
    ],
)


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314  (our own drawing)


def texts(svg: str) -> set[str]:
    return {element.text or "" for element in parsed(svg).iter("text")}


def points(element: ET.Element) -> list[tuple[float, float]]:
    pairs = (pair.split(",") for pair in element.attrib["points"].split())
    return [(float(x), float(y)) for x, y in pairs]


def test_lines_have_axes_names_and_the_values_themselves() -> None:
    svg = lines_svg(LINES)
    assert {"V", "L1", "L2", "12:00", "13:00"} <= texts(svg)
    assert "0" not in texts(svg)  # the axis is about where the values are
    root = parsed(svg)
    assert (root.attrib["data-begin"], root.attrib["data-length"]) == (
        str(int(NOON.timestamp())),
        str(HOUR),
    )
    told = [one.attrib["data-values"] for one in root.iter("g") if "data-values" in one.attrib]
    assert told == ["0:229.5 60:231", "0:230 60:232"]
    drawn = [points(one) for one in root.iter("polyline") if len(points(one)[0]) == 2][:2]
    (x0, y0), (x1, y1) = drawn[0]
    assert x1 > x0
    assert y1 < y0  # upwards


def test_lines_of_several_are_told_apart_without_colour() -> None:
    classes = {
        word
        for one in parsed(lines_svg(LINES)).iter("g")
        for word in one.attrib["class"].split()
        if word.startswith("plot-style-")
    }
    assert classes == {"plot-style-1", "plot-style-2"}


def test_a_line_is_broken_where_nothing_was_told() -> None:
    told = [(0, Decimal(1)), (60, Decimal(2)), (1800, Decimal(3))]
    one = replace(LINES, lines=[DrawnLine("", told)], from_zero=True)
    root = parsed(lines_svg(one))
    assert [len(points(line)) for line in root.iter("polyline")] == [2]
    assert len(list(root.iter("circle"))) == 1
    assert "0" in texts(lines_svg(one))


def test_an_even_value_and_nothing_can_be_drawn() -> None:
    even = replace(LINES, lines=[DrawnLine("", [(0, Decimal(0)), (60, Decimal(0))])])
    assert "polyline" in lines_svg(even)
    assert lines_svg(replace(LINES, lines=[])) == ""
    assert bars_svg(replace(BARS, bars=[])) == ""
    assert band_svg(replace(BAND, stretches=[])) == ""


def test_a_bar_stays_within_the_plot() -> None:
    root = parsed(bars_svg(BARS))
    (bar,) = root.iter("rect")
    assert float(bar.attrib["x"]) == float(root.attrib["data-left"])
    right = float(bar.attrib["x"]) + float(bar.attrib["width"])
    assert right < float(root.attrib["data-right"])


def test_states_have_their_word_where_there_is_room_and_always_a_title() -> None:
    svg = band_svg(BAND)
    assert "Available" in texts(svg)
    assert "Out of order" not in texts(svg)
    root = parsed(svg)
    titles = [one.findtext("title") for one in root.iter("g")]
    assert titles == ["Available until late", "E1"]
    assert [float(one.attrib["width"]) >= 1 for one in root.iter("rect")] == [True, True]


def test_foreign_text_is_escaped() -> None:
    nasty = "<script>alert(1)</script>"
    lines = replace(LINES, title=nasty, lines=[DrawnLine(nasty, [(0, Decimal(1))])] * 2)
    band = replace(BAND, stretches=[Stretch(0, HOUR, "free", nasty, nasty)])
    for svg in (lines_svg(lines), band_svg(band)):
        assert "<script" not in svg
