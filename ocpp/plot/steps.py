"""Values that hold from one moment to the next, as a plot."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ocpp.plot.axes import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    round_numbers,
    time_axis,
    time_marks,
    time_step,
    value_axis,
)

#: No letter of a value is wider.
_LETTER = 8.5
#: With more steps than this their values are not written beside them.
MOST_LABELLED = 8


@dataclass(frozen=True, slots=True)
class Step:
    """From `start` (s after the beginning of the plot) on, `value` holds."""

    start: int
    value: Decimal


@dataclass(frozen=True, slots=True)
class StepPlot:
    """What to draw: `steps` in order, up to `end` (s after the beginning)."""

    #: Distinguishes it from other plots of the same page.
    name: str
    title: str
    description: str
    unit: str
    steps: Sequence[Step]
    end: int
    #: The time at second 0; None where only the distance from it is known.
    begin: datetime | None = None
    #: Where now is (s after the beginning), when it is to be marked.
    now: int | None = None
    #: Horizontal lines: value and what it is.
    limits: Sequence[tuple[Decimal, str]] = ()


class _Frame:
    """Turns seconds and values into coordinates."""

    def __init__(self, plot: StepPlot) -> None:
        highest = max([step.value for step in plot.steps] + [value for value, _ in plot.limits])
        self.end = max(1, plot.end)
        self.marks = list(round_numbers(float(highest)))
        self.top = self.marks[-1]

    def x(self, second: float) -> float:
        """The place of a second."""
        return round(LEFT + (WIDTH - LEFT - RIGHT) * second / self.end, 1)

    def y(self, value: float) -> float:
        """The place of a value."""
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / self.top, 1)


def steps_svg(plot: StepPlot) -> SafeString:
    """The plot as an `<svg>`; nothing when there are no steps before its end."""
    plot = replace(plot, steps=[step for step in plot.steps if step.start < max(1, plot.end)])
    if not plot.steps:
        return SafeString("")
    frame = _Frame(plot)
    inside = [
        value_axis(frame.marks, frame.y, plot.unit),
        time_axis(_time_marks(plot, frame.end), frame.x, HEIGHT - BOTTOM),
        _line(plot, frame),
        _limits(plot, frame),
        _now(plot, frame),
    ]
    return format_html(
        '<svg class="plot" viewBox="0 0 {} {}" role="img" aria-labelledby="{}-title {}-desc">'
        '<title id="{}-title">{}</title><desc id="{}-desc">{}</desc>{}</svg>',
        *(WIDTH, HEIGHT, plot.name, plot.name),
        *(plot.name, plot.title, plot.name, plot.description),
        format_html_join("", "{}", ((part,) for part in inside)),
    )


def _time_marks(plot: StepPlot, end: int) -> Iterator[tuple[int, str]]:
    """Full hours and the like in the site's zone; distances where the beginning is unknown."""
    gap = time_step(end)
    if plot.begin is None:
        for second in range(0, end + 1, gap):
            yield second, _elapsed(second)
        return
    yield from time_marks(plot.begin, end, gap)


def _elapsed(second: int) -> str:
    hours, minutes = divmod(second // 60, 60)
    if second % 60:
        return f"+{second} s"
    return f"+{hours}:{minutes:02d} h" if hours else f"+{minutes} min"


def _line(plot: StepPlot, frame: _Frame) -> SafeString:
    ends = [*(step.start for step in plot.steps[1:]), frame.end]
    points = [
        f"{frame.x(second)},{frame.y(float(step.value))}"
        for step, end in zip(plot.steps, ends, strict=True)
        for second in (step.start, max(step.start, min(end, frame.end)))
    ]
    floor_y = frame.y(0)
    first, last = points[0].partition(",")[0], points[-1].partition(",")[0]
    area = " ".join([f"{first},{floor_y}", *points, f"{last},{floor_y}"])
    drawn = format_html(
        '<polygon class="plot-area" points="{}"/><polyline class="plot-line" points="{}"/>',
        *(area, " ".join(points)),
    )
    if len(plot.steps) > MOST_LABELLED:
        return drawn
    return drawn + format_html_join(
        "",
        '<text class="plot-text plot-value" x="{}" y="{}" text-anchor="{}">{}</text>',
        (_label(step, plot, frame) for step in plot.steps),
    )


def _label(step: Step, plot: StepPlot, frame: _Frame) -> tuple[float, float, str, str]:
    """Where the value of a step is written: to its left where it would leave the plot."""
    words = f"{step.value:f} {plot.unit}"
    x, y = frame.x(step.start), frame.y(float(step.value)) - 5
    if x + 3 + _LETTER * len(words) > WIDTH:
        return x - 3, y, "end", words
    return x + 3, y, "start", words


def _limits(plot: StepPlot, frame: _Frame) -> SafeString:
    return format_html_join(
        "",
        '<line class="plot-limit" x1="{}" x2="{}" y1="{}" y2="{}"/>'
        '<text class="plot-text" x="{}" y="{}" text-anchor="end">{}</text>',
        (
            (LEFT, WIDTH - RIGHT, y, y, WIDTH - RIGHT, y - 4, f"{word}: {value:f} {plot.unit}")
            for value, word in plot.limits
            for y in (frame.y(float(value)),)
        ),
    )


def _now(plot: StepPlot, frame: _Frame) -> SafeString:
    if plot.now is None or not 0 <= plot.now <= frame.end:
        return SafeString("")
    x = frame.x(plot.now)
    at_right = x > WIDTH - 60
    return format_html(
        '<line class="plot-now" x1="{}" x2="{}" y1="{}" y2="{}"/>'
        '<text class="plot-text plot-now-word" x="{}" y="{}" text-anchor="{}">{}</text>',
        *(x, x, TOP - 8, HEIGHT - BOTTOM),
        *(x - 4 if at_right else x + 4, TOP - 12, "end" if at_right else "start", _("now")),
    )
