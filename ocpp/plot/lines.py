"""What was measured now and then, as lines over time; and amounts, as bars.

Both tell in `data-` attributes which time they show, by which `static/ocpp/charger.js` zooms, and
the values of their points, which it reads out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ocpp.plot.axes import (
    BOTTOM,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    round_numbers,
    round_numbers_between,
    time_axis,
    time_marks,
    time_step,
    value_axis,
)

HEIGHT = 200
#: Lines beyond these are drawn like the first ones again.
_STYLES = 4
#: Without a point for so long a line is broken (s), or for this part of the plot.
_GAP_S, _GAP_PART = 180, 20


@dataclass(frozen=True, slots=True)
class DrawnLine:
    """A line: what it is ("" for the only one), and (second after the beginning, value)."""

    label: str
    points: Sequence[tuple[int, Decimal]]


@dataclass(frozen=True, slots=True)
class DrawnBar:
    """An amount between two seconds after the beginning."""

    start: int
    end: int
    value: Decimal


@dataclass(frozen=True, slots=True)
class _Plot:
    """What every plot tells of itself. `name` is its own on its page."""

    name: str
    title: str
    description: str
    unit: str
    begin: datetime
    #: How long it is (s).
    end: int


@dataclass(frozen=True, slots=True)
class LinesPlot(_Plot):
    """Lines over time. `from_zero`: whether its axis begins at 0."""

    lines: Sequence[DrawnLine]
    from_zero: bool = True


@dataclass(frozen=True, slots=True)
class BarsPlot(_Plot):
    """Amounts over time."""

    bars: Sequence[DrawnBar]


class _Frame:
    """Turns seconds and values into coordinates."""

    def __init__(self, end: int, marks: Sequence[float]) -> None:
        self.end = max(1, end)
        self.marks = marks
        self.low, self.high = marks[0], marks[-1]

    def x(self, second: float) -> float:
        """The place of a second, within the plot."""
        second = min(max(second, 0), self.end)
        return round(LEFT + (WIDTH - LEFT - RIGHT) * second / self.end, 1)

    def y(self, value: float) -> float:
        """The place of a value."""
        part = (value - self.low) / (self.high - self.low)
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * part, 1)


def lines_svg(plot: LinesPlot) -> SafeString:
    """The plot as an `<svg>`; nothing without a point."""
    values = [float(value) for line in plot.lines for _, value in line.points]
    if not values:
        return SafeString("")
    if plot.from_zero and min(values) >= 0:
        marks = list(round_numbers(max(values)))
    else:
        marks = round_numbers_between(min(values), max(values))
    frame = _Frame(plot.end, marks)
    drawn = [
        _line(line, frame, number % _STYLES + 1, plot.unit)
        for number, line in enumerate(plot.lines)
        if line.points
    ]
    return _svg(plot, frame, [*drawn, _legend(plot.lines)])


def bars_svg(plot: BarsPlot) -> SafeString:
    """The plot as an `<svg>`; nothing without a bar."""
    if not plot.bars:
        return SafeString("")
    frame = _Frame(plot.end, list(round_numbers(max(float(bar.value) for bar in plot.bars))))
    floor_y = frame.y(0)
    bars = format_html_join(
        "",
        '<rect class="plot-bar" x="{}" y="{}" width="{}" height="{}"/>',
        (
            (left, top, max(1.0, round(right - left - 0.6, 1)), round(floor_y - top, 1))
            for bar in plot.bars
            for left, right in ((frame.x(bar.start), frame.x(bar.end)),)
            for top in (frame.y(float(bar.value)),)
        ),
    )
    middles = [((bar.start + bar.end) // 2, bar.value) for bar in plot.bars]
    values = format_html(
        '<g class="plot-values" data-unit="{}" data-label="" data-values="{}"></g>',
        plot.unit,
        _told(middles),
    )
    return _svg(plot, frame, [bars, values])


def _svg(plot: _Plot, frame: _Frame, inside: Sequence[SafeString]) -> SafeString:
    times = time_marks(plot.begin, frame.end, time_step(frame.end))
    parts = [
        value_axis(frame.marks, frame.y, plot.unit),
        time_axis(times, frame.x, HEIGHT - BOTTOM),
        *inside,
    ]
    return format_html(
        '<svg class="plot plot-zoom" viewBox="0 0 {} {}" role="img"'
        ' aria-labelledby="{}-title {}-desc" data-begin="{}" data-length="{}"'
        ' data-left="{}" data-right="{}" data-top="{}" data-bottom="{}">'
        '<title id="{}-title">{}</title><desc id="{}-desc">{}</desc>{}</svg>',
        *(WIDTH, HEIGHT, plot.name, plot.name),
        *(int(plot.begin.timestamp()), plot.end),
        *(LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM),
        *(plot.name, plot.title, plot.name, plot.description),
        format_html_join("", "{}", ((part,) for part in parts)),
    )


def _line(line: DrawnLine, frame: _Frame, style: int, unit: str) -> SafeString:
    parts = []
    for some in _unbroken(line.points, frame.end):
        places = [(frame.x(second), frame.y(float(value))) for second, value in some]
        if len(places) == 1:
            x, y = places[0]
            parts.append(format_html('<circle class="plot-dot" cx="{}" cy="{}" r="2.5"/>', x, y))
        else:
            path = " ".join(f"{x},{y}" for x, y in places)
            parts.append(format_html('<polyline points="{}"/>', path))
    return format_html(
        '<g class="plot-values plot-style-{}" data-unit="{}" data-label="{}" data-values="{}">'
        "{}</g>",
        *(style, unit, line.label, _told(line.points)),
        format_html_join("", "{}", ((part,) for part in parts)),
    )


def _unbroken(
    points: Sequence[tuple[int, Decimal]], end: int
) -> Iterator[list[tuple[int, Decimal]]]:
    """The parts of a line between which nothing was told for long."""
    longest = max(_GAP_S, end // _GAP_PART)
    some: list[tuple[int, Decimal]] = []
    for point in points:
        if some and point[0] - some[-1][0] > longest:
            yield some
            some = []
        some.append(point)
    yield some


def _told(points: Sequence[tuple[int, Decimal]]) -> str:
    return " ".join(f"{second}:{value:.4g}" for second, value in points)


def _legend(lines: Sequence[DrawnLine]) -> SafeString:
    """What each line is, where there are several: with a piece of it, so colour is not needed."""
    if len(lines) < 2:
        return SafeString("")
    width = min(105, (WIDTH - LEFT - RIGHT) // len(lines))
    return format_html_join(
        "",
        '<g class="plot-style-{}"><polyline points="{},10 {},10"/></g>'
        '<text class="plot-text" x="{}" y="14">{}</text>',
        (
            (number % _STYLES + 1, left, left + 22, left + 27, line.label)
            for number, line in enumerate(lines)
            for left in (LEFT + width * number,)
        ),
    )
