"""The axes that plots have in common: round numbers, and times of the site's zone."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from math import ceil, floor, log10

from django.utils import timezone
from django.utils.formats import date_format, get_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

#: Size of the drawing, in its own units, and the room around what is drawn.
WIDTH, HEIGHT = 480, 240
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 26, 36

#: Distances of the marks on the time axis (s), the shortest first.
_TIME_STEPS = (60, 300, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800)
_MONTH_S = 2_629_746


def step_of(length: float, marks: int = 4) -> float:
    """A round number of which `marks` or a few more make up `length`."""
    rough = (length or 1) / marks
    magnitude: float = 10 ** floor(log10(rough))
    return next(m * magnitude for m in (1, 2, 2.5, 5, 10) if m * magnitude >= rough * 0.999)


def round_numbers(highest: float) -> Iterator[float]:
    """Round numbers from 0 to `highest` or a little more, four or so."""
    step = step_of(highest)
    for number in range(ceil((highest or 1) / step * 0.999) + 1):
        yield round(number * step, 6)


def round_numbers_between(lowest: float, highest: float) -> list[float]:
    """Round numbers around both, four or so: for values that are far from 0."""
    step = step_of(max(highest - lowest, abs(highest) / 100))
    first, last = floor(lowest / step), ceil(highest / step)
    return [round(number * step, 6) for number in range(first, max(last, first + 1) + 1)]


def time_step(end: int) -> int:
    """The distance of the marks (s) for a plot that ends after `end` s."""
    return next((s for s in _TIME_STEPS if end / s <= 5), ceil(end / 5))


def time_marks(begin: datetime, end: int, gap: int) -> Iterator[tuple[int, str]]:
    """Full hours and the like in the site's zone: second after `begin`, and the words for it."""
    local = timezone.localtime(begin)
    if gap > _TIME_STEPS[-1]:
        yield from _months(local, end)
        return
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    first = -int((local - midnight).total_seconds()) % gap
    for second in range(first, end + 1, gap):
        moment = timezone.localtime(begin + timedelta(seconds=second))
        yield second, day_of(moment) if gap >= 86400 else moment.strftime("%H:%M")


def _months(local: datetime, end: int) -> Iterator[tuple[int, str]]:
    """The first days of months, six or fewer: second after `local`, and the name of the month."""
    months = ceil(end / _MONTH_S)
    every = ceil(months / 6)
    first = local.year * 12 + local.month - 1
    for number in range(first, first + months + 2, every):
        day = local.replace(
            year=number // 12, month=number % 12 + 1, day=1, hour=0, minute=0, second=0
        )
        second = round(day.timestamp() - local.timestamp())
        if 0 <= second <= end:
            yield second, date_format(day, "M")


def day_of(moment: datetime) -> str:
    """Its day and month, in the order of the reader's language."""
    order: str = get_format("SHORT_DATE_FORMAT")
    return date_format(moment, "d/m" if order.find("d") < order.find("m") else "m/d")


def value_axis(marks: Iterable[float], y: Callable[[float], float], unit: str) -> SafeString:
    """Lines across the plot with their values, and the unit; `y` is the place of a value."""
    lines = format_html_join(
        "",
        '<line class="plot-grid" x1="{}" x2="{}" y1="{}" y2="{}"/>'
        '<text class="plot-text" x="{}" y="{}" text-anchor="end">{}</text>',
        (
            (LEFT, WIDTH - RIGHT, place, place, LEFT - 6, place + 4, f"{mark:g}")
            for mark in marks
            for place in (y(mark),)
        ),
    )
    return lines + format_html('<text class="plot-text plot-unit" x="4" y="14">{}</text>', unit)


def time_axis(
    marks: Iterable[tuple[int, str]], x: Callable[[float], float], bottom: int
) -> SafeString:
    """The line at the `bottom` with marks, each a second and its words; `x` is its place."""
    return format_html_join(
        "",
        '<line class="plot-axis" x1="{}" x2="{}" y1="{}" y2="{}"/>'
        '<text class="plot-text" x="{}" y="{}" text-anchor="middle">{}</text>',
        (
            (place, place, bottom, bottom + 5, min(place, WIDTH - 24), bottom + 20, words)
            for second, words in marks
            for place in (x(second),)
        ),
    ) + format_html(
        '<line class="plot-axis" x1="{}" x2="{}" y1="{}" y2="{}"/>',
        *(LEFT, WIDTH - RIGHT, bottom, bottom),
    )
