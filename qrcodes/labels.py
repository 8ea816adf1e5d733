"""Labels with a QR code, several on a sheet of paper, as a PDF.

The same sheets as a page to print: the cells of `Layout` are those of `labels.css`.
"""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from reportlab.lib.colors import Color, black
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from qrcodes import domain

#: Papers with their width and height (mm). Letter comes first: it is what Mexico uses.
PAPERS = {"letter": (215.9, 279.4), "a4": (210.0, 297.0)}
#: Labels on a sheet: columns and rows.
GRIDS = {1: (1, 1), 2: (1, 2), 4: (2, 2), 8: (2, 4), 12: (3, 4), 24: (3, 8)}
MARGIN_MM = 10
PADDING_MM = 3
#: The largest and the smallest size (points) of a label's title.
LARGEST_PT, SMALLEST_PT = 30, 4
#: What a letter is replaced by that the typeface does not have.
UNKNOWN = "?"
_LINE = 1.25
_CUT = Color(0.7, 0.7, 0.7)


@dataclass(frozen=True)
class Label:
    """What stands on a label."""

    #: What the code holds.
    value: str
    title: str
    #: Below the title, smaller: another name of the same thing; may be empty.
    subtitle: str
    #: What to do with the code, in one language each.
    instructions: tuple[str, ...]


@dataclass(frozen=True)
class Layout:
    """A paper and how many labels it has. Raises KeyError for one that there is not."""

    paper: str = "letter"
    per_sheet: int = 8

    def __post_init__(self) -> None:
        PAPERS[self.paper], GRIDS[self.per_sheet]

    @property
    def cell_mm(self) -> tuple[float, float]:
        """Width and height of a label."""
        width, height = PAPERS[self.paper]
        columns, rows = GRIDS[self.per_sheet]
        return (width - 2 * MARGIN_MM) / columns, (height - 2 * MARGIN_MM) / rows

    @property
    def is_upright(self) -> bool:
        """Whether the text stands below the code, and not beside it."""
        width, height = self.cell_mm
        return height > width * 0.9


def sheets(labels: Iterable[Label], layout: Layout) -> list[list[Label]]:
    """The labels by the sheets that they stand on."""
    everything = list(labels)
    step = layout.per_sheet
    return [everything[start : start + step] for start in range(0, len(everything), step)]


def pdf(labels: Sequence[Label], layout: Layout, *, title: str) -> bytes:
    """The labels as a PDF, with thin lines to cut along; an empty sheet for no labels."""
    buffer = io.BytesIO()
    width, height = (side * mm for side in PAPERS[layout.paper])
    canvas = Canvas(buffer, pagesize=(width, height), invariant=True)
    canvas.setTitle(title)
    cell_width, cell_height = (side * mm for side in layout.cell_mm)
    columns, _ = GRIDS[layout.per_sheet]
    for sheet in sheets(labels, layout) or [[]]:
        for place, label in enumerate(sheet):
            row, column = divmod(place, columns)
            canvas.saveState()
            # From here the lower left corner of the label is the origin.
            canvas.translate(
                MARGIN_MM * mm + column * cell_width,
                height - MARGIN_MM * mm - (row + 1) * cell_height,
            )
            _draw(canvas, label, cell_width, cell_height, upright=layout.is_upright)
            canvas.restoreState()
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _draw(canvas: Any, label: Label, width: float, height: float, *, upright: bool) -> None:
    canvas.setStrokeColor(_CUT)
    canvas.setLineWidth(0.3)
    canvas.rect(0, 0, width, height)
    pad = PADDING_MM * mm
    side = min(width, height * 0.62) - 2 * pad if upright else min(height, width * 0.5) - 2 * pad
    if upright:
        _draw_code(canvas, label.value, (width - side) / 2, height - pad - side, side)
        _write(canvas, label, (pad, pad, width - 2 * pad, height - side - 3 * pad), centred=True)
    else:
        _draw_code(canvas, label.value, pad, (height - side) / 2, side)
        left = 2 * pad + side
        _write(canvas, label, (left, pad, width - left - pad, height - 2 * pad), centred=False)


def _draw_code(canvas: Any, value: str, left: float, bottom: float, side: float) -> None:
    code = domain.squares(value)
    unit = side / code.size
    path = canvas.beginPath()
    for x, y, length in code.runs:
        path.rect(left + x * unit, bottom + (code.size - y - 1) * unit, length * unit, unit)
    canvas.setFillColor(black)
    canvas.drawPath(path, stroke=0, fill=1)


def _write(
    canvas: Any, label: Label, box: tuple[float, float, float, float], *, centred: bool
) -> None:
    """Write the text as large as the box (left, bottom, width, height) allows, in its middle."""
    left, bottom, width, height = box
    size = float(LARGEST_PT)
    lines = _lines(label, size, width)
    while size > SMALLEST_PT and sum(line_size for _, _, line_size in lines) * _LINE > height:
        size -= 0.5
        lines = _lines(label, size, width)
    top = bottom + (height + sum(line_size for _, _, line_size in lines) * _LINE) / 2
    for text, font, line_size in lines:
        top -= line_size * _LINE
        if top < bottom - 1:
            break  # even at the smallest size it is too much
        canvas.setFont(font, line_size)
        if centred:
            canvas.drawCentredString(left + width / 2, top + line_size * 0.25, text)
        else:
            canvas.drawString(left, top + line_size * 0.25, text)


def _lines(label: Label, size: float, width: float) -> list[tuple[str, str, float]]:
    """Each line of the text with its font and size, when the title has `size`."""
    regular, bold = _fonts()
    parts = [
        (label.title, bold, size),
        (label.subtitle, regular, size * 0.7),
        *((text, regular, size * 0.6) for text in label.instructions),
        (label.value, regular, size * 0.4),
    ]
    return [
        (line, font, part_size)
        for text, font, part_size in parts
        for line in _wrapped(_known(text), font, part_size, width)
    ]


def _wrapped(text: str, font: str, size: float, width: float) -> list[str]:
    """The text in lines that fit; a word that fits no line is broken anywhere."""

    def fits(line: str) -> bool:
        return bool(pdfmetrics.stringWidth(line, font, size) <= width)

    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}".strip()
        if fits(joined):
            lines[-1] = joined
            continue
        if lines[-1]:
            lines.append("")
        for letter in word:
            if lines[-1] and not fits(lines[-1] + letter):
                lines.append("")
            lines[-1] += letter
    return [line for line in lines if line]


def _known(text: str) -> str:
    """The text with the letters that the typeface has; it has those of Western Europe."""
    regular, _ = _fonts()
    glyphs = pdfmetrics.getFont(regular).face.charToGlyph
    return "".join(letter if ord(letter) in glyphs else UNKNOWN for letter in text)


@cache
def _fonts() -> tuple[str, str]:
    """The regular and the bold font, which come with reportlab and go into the PDF."""
    for name in ("Vera", "VeraBd"):
        pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))
    return "Vera", "VeraBd"
