"""A small curve without numbers, to stand beside a number."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.html import format_html
from django.utils.safestring import SafeString

#: Its size, in its own units.
SPARK_WIDTH, SPARK_HEIGHT = 240, 40


def spark_svg(name: str, title: str, description: str, values: Sequence[Decimal]) -> SafeString:
    """A small curve without numbers, which stand beside it; nothing for fewer than two values."""
    if len(values) < 2:
        return SafeString("")
    top = float(max(*values, Decimal(0))) or 1.0
    points = [
        f"{SPARK_WIDTH * number / (len(values) - 1):.1f},"
        f"{1 + (SPARK_HEIGHT - 2) * (1 - max(0.0, float(value)) / top):.1f}"
        for number, value in enumerate(values)
    ]
    area = " ".join([f"0,{SPARK_HEIGHT}", *points, f"{SPARK_WIDTH},{SPARK_HEIGHT}"])
    return format_html(
        '<svg class="plot spark" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img"'
        ' aria-labelledby="{}-title {}-desc"><title id="{}-title">{}</title>'
        '<desc id="{}-desc">{}</desc><polygon class="plot-area" points="{}"/>'
        '<polyline class="plot-line" points="{}"/></svg>',
        *(SPARK_WIDTH, SPARK_HEIGHT, name, name, name, title, name, description),
        *(area, " ".join(points)),
    )
