"""Plots: what is drawn, where, and that nothing foreign gets into the drawing."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from ocpp.plot import Step, StepPlot, steps_svg

DAY = 24 * 60 * 60
NOON = datetime(2026, 5, 1, 18, tzinfo=UTC)  # noon in Monterrey
PLOT = StepPlot(
    name="p",
    title="Limits",
    description="Two limits.",
    unit="A",
    steps=[Step(0, Decimal("16.5")), Step(3600, Decimal(6))],
    end=7200,
)


def drawn(plot: StepPlot) -> ET.Element:
    return ET.fromstring(steps_svg(plot))  # noqa: S314  (our own drawing)


def texts(plot: StepPlot) -> list[str]:
    return [element.text or "" for element in drawn(plot).iter("text")]


def test_it_says_what_it_is() -> None:
    svg = drawn(PLOT)
    assert svg.attrib["role"] == "img"
    named = {element.attrib["id"]: element.text for element in svg if "id" in element.attrib}
    assert svg.attrib["aria-labelledby"].split() == ["p-title", "p-desc"]
    assert named == {"p-title": "Limits", "p-desc": "Two limits."}


def test_steps_are_level_and_fall_at_their_time() -> None:
    line = next(e for e in drawn(PLOT).iter("polyline"))
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = [
        tuple(float(n) for n in point.split(",")) for point in line.attrib["points"].split()
    ]
    assert (y0, y2) == (y1, y3)
    assert y2 > y0  # downwards
    assert x1 == x2 == (x0 + x3) / 2


def test_axes_have_units_and_round_numbers() -> None:
    shown = texts(PLOT)
    assert {"A", "0", "5", "10", "15", "20", "16.5 A", "6 A"} <= set(shown)
    assert {"+30 min", "+1:00 h", "+2:00 h"} <= set(shown)


def test_times_are_those_of_the_site_and_now_is_marked() -> None:
    shown = texts(replace(PLOT, begin=NOON, now=1800))
    assert {"12:00", "12:30", "14:00", "now"} <= set(shown)
    assert "now" not in texts(replace(PLOT, begin=NOON, now=9000))


@pytest.mark.parametrize(("language", "days"), [("en", "05/08"), ("es-mx", "08/05")])
def test_days_stand_as_the_reader_writes_them(language: str, days: str) -> None:
    with translation.override(language):
        assert days in texts(replace(PLOT, begin=NOON, end=28 * DAY))


@pytest.mark.parametrize(
    ("language", "months"),
    [("en", ["Aug", "Oct", "Dec", "Feb", "Apr", "Jun"]), ("es-mx", ["Ago", "Oct", "Dic"])],
)
def test_many_months_have_their_names(language: str, months: list[str]) -> None:
    with translation.override(language):
        shown = texts(replace(PLOT, begin=NOON + 31 * timedelta(days=1), end=365 * DAY))
    assert [text for text in shown if text in months][: len(months)] == months
    assert sum(len(text) == 3 and text.isalpha() for text in shown) <= 7


def test_limits_are_lines_of_their_own() -> None:
    plot = replace(PLOT, limits=[(Decimal(32), "fuse")])
    assert "fuse: 32 A" in texts(plot)
    assert any(e.attrib["class"] == "plot-limit" for e in drawn(plot).iter("line"))


@pytest.mark.parametrize("value", [Decimal(0), Decimal("0.1"), Decimal(22000), Decimal(10**9)])
@pytest.mark.parametrize("end", [1, 59, 86400, 10**9])
def test_it_can_draw_whatever_is_said(value: Decimal, end: int) -> None:
    svg = drawn(replace(PLOT, steps=[Step(0, value)], end=end, begin=NOON))
    marks = list(svg.iter("text"))
    assert 3 <= len(marks) <= 20
    for element in svg.iter():
        for name in ("x", "x1", "x2", "y", "y1", "y2"):
            assert -1 <= float(element.attrib.get(name, 0)) <= 481


def test_what_comes_after_the_end_stays_inside() -> None:
    svg = drawn(replace(PLOT, steps=[*PLOT.steps, Step(9000, Decimal(1))]))
    points = next(svg.iter("polyline")).attrib["points"].split()
    assert max(float(point.split(",")[0]) for point in points) <= 480


def test_foreign_text_is_escaped_and_nothing_is_drawn_of_nothing() -> None:
    svg = steps_svg(replace(PLOT, title="</title><script>", unit="<b>"))
    assert "<script>" not in svg
    assert "<b>" not in svg
    assert steps_svg(replace(PLOT, steps=[])) == ""
