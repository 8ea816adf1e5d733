"""States over time, as one band: a colour, a pattern and a word for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ocpp.plot.axes import LEFT, RIGHT, WIDTH, time_marks, time_step

_TOP, _THICK = 4, 26
HEIGHT = _TOP + _THICK + 28
#: No letter of a word is wider.
_LETTER = 7.6


@dataclass(frozen=True, slots=True)
class Stretch:
    """A state from one second to another: its tone (`states.css`), its word, and all about it."""

    start: int
    end: int
    tone: str
    word: str
    told: str


@dataclass(frozen=True, slots=True)
class BandPlot:
    """What to draw; seconds count from `begin`, `end` is the last one."""

    name: str
    title: str
    description: str
    begin: datetime
    end: int
    stretches: Sequence[Stretch]


def band_svg(plot: BandPlot) -> SafeString:
    """The band as an `<svg>`; nothing without a state."""
    if not plot.stretches:
        return SafeString("")
    end = max(1, plot.end)

    def place(second: int) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * min(max(second, 0), end) / end, 1)

    parts = format_html_join(
        "",
        '<g class="band band-{}"><title>{}</title>'
        '<rect x="{}" y="{}" width="{}" height="{}"/>{}</g>',
        (
            (one.tone, one.told, left, _TOP, width, _THICK, _word(one.word, left, width))
            for one in plot.stretches
            for left in (place(one.start),)
            for width in (max(1.0, round(place(one.end) - left, 1)),)
        ),
    )
    bottom = _TOP + _THICK
    marks = format_html_join(
        "",
        '<line class="plot-axis" x1="{}" x2="{}" y1="{}" y2="{}"/>'
        '<text class="plot-text" x="{}" y="{}" text-anchor="middle">{}</text>',
        (
            (x, x, bottom, bottom + 5, min(x, WIDTH - 24), bottom + 20, text)
            for second, text in time_marks(plot.begin, end, time_step(end))
            for x in (place(second),)
        ),
    )
    return format_html(
        '<svg class="plot plot-zoom" viewBox="0 0 {} {}" role="img"'
        ' aria-labelledby="{}-title {}-desc" data-begin="{}" data-length="{}"'
        ' data-left="{}" data-right="{}" data-top="{}" data-bottom="{}">'
        '<title id="{}-title">{}</title><desc id="{}-desc">{}</desc>{}{}</svg>',
        *(WIDTH, HEIGHT, plot.name, plot.name),
        *(int(plot.begin.timestamp()), end),
        *(LEFT, WIDTH - RIGHT, _TOP, bottom),
        *(plot.name, plot.title, plot.name, plot.description),
        *(parts, marks),
    )


def _word(word: str, left: float, width: float) -> SafeString:
    if width < _LETTER * len(word) + 8:
        return SafeString("")
    return format_html(
        '<text x="{}" y="{}" text-anchor="middle">{}</text>',
        *(round(left + width / 2, 1), _TOP + _THICK / 2 + 4, word),
    )
