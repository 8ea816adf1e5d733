"""Drawing QR codes (ISO/IEC 18004) so that phones read them."""

import io
import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

import qrcode
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from PIL import Image
from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q

from qrcodes.models import validate_value

#: Pixels of one square where nobody asks for a size, and the quiet zone around the code in squares
#: (ISO/IEC 18004, 9.1 wants 4).
PIXELS = 10
QUIET_ZONE = 4
#: What can be asked for: squares of the quiet zone, and the side of the whole picture (pixels).
QUIET_ZONES = (1, 16)
SIDES_PX = (64, 2000)
#: With less than so many pixels for a square, cameras see grey.
LEAST_PIXELS = 2
#: The symbol contrast of ISO/IEC 15415 (7.8.3): how much more light the light squares give back
#: than the dark ones. From 0.70 on it is grade A; below 0.40 it is D, and few phones read it.
GOOD_CONTRAST, LEAST_CONTRAST = 0.70, 0.40

_COLOUR = re.compile(r"#?([0-9a-f]{6}|[0-9a-f]{3})", re.IGNORECASE)


class Level(TextChoices):
    """How much of a code may be dirty or torn off and it is still read (ISO/IEC 18004, 6.5)."""

    L = "L", _("L: 7 %")
    M = "M", _("M: 15 %")
    Q = "Q", _("Q: 25 %")
    H = "H", _("H: 30 %")


_LEVELS = {
    Level.L: ERROR_CORRECT_L,
    Level.M: ERROR_CORRECT_M,
    Level.Q: ERROR_CORRECT_Q,
    Level.H: ERROR_CORRECT_H,
}


@dataclass(frozen=True)
class Design:
    """How a code looks. Colours are `#rrggbb`, `quiet_zone` is in squares."""

    dark: str = "#000000"
    light: str = "#ffffff"
    level: str = Level.M.value
    quiet_zone: int = QUIET_ZONE

    @property
    def contrast(self) -> float:
        """The symbol contrast, from 0 to 1; below 0 where the dark squares are the lighter ones."""
        return _reflectance(self.light) - _reflectance(self.dark)

    def check(self) -> None:
        """Raise ValidationError, with the field at fault, for what phones would not read."""
        if self.contrast < 0:
            text = _("The squares must be darker than the background: few phones read it inverted.")
            raise ValidationError({"dark": text})
        if self.contrast < LEAST_CONTRAST:
            text = _(
                "The contrast of these colours is %(percent)d %%; below %(least)d %% few phones"
                " read a code. Choose a darker colour, or a lighter background."
            )
            facts = {"percent": self.contrast * 100, "least": round(LEAST_CONTRAST * 100)}
            raise ValidationError({"dark": ValidationError(text, params=facts)})
        least, most = QUIET_ZONES
        if not least <= self.quiet_zone <= most:
            text = _("%(value)d is not possible: a margin has %(least)d to %(most)d squares.")
            facts = {"value": self.quiet_zone, "least": least, "most": most}
            raise ValidationError({"quiet": ValidationError(text, params=facts)})

    def doubts(self) -> list[str]:
        """What a phone in bad light may stumble over, in sentences."""
        found = []
        if self.contrast < GOOD_CONTRAST:
            text = _("The contrast is %(percent)d %%. Phones in bad light may need more.")
            found.append(text % {"percent": self.contrast * 100})
        if self.quiet_zone < QUIET_ZONE:
            text = _("The standard asks for a margin of %(least)d squares; some phones need it.")
            found.append(text % {"least": QUIET_ZONE})
        return found


PLAIN = Design()


@dataclass(frozen=True)
class Squares:
    """A code as squares, to be drawn at any size: its quiet zone included, from the top left."""

    #: Squares along each side.
    size: int
    #: The dark ones: column and row of the first of a run to the right, and how many.
    runs: tuple[tuple[int, int, int], ...]

    @property
    def path(self) -> str:
        """The dark squares as the `d` of an SVG path."""
        return "".join(f"M{x} {y}h{length}v1h-{length}z" for x, y, length in self.runs)


@lru_cache(maxsize=256)
def squares(value: str, level: str = Level.M, quiet_zone: int = QUIET_ZONE) -> Squares:
    """The QR code of `value`, kept for a while, because to make one takes 10 to 300 ms.

    Raises ValidationError for a value that cannot be encoded.
    """
    return squares_once(value, level, quiet_zone)


def squares_once(value: str, level: str = Level.M, quiet_zone: int = QUIET_ZONE) -> Squares:
    """The same for a secret, of which nothing is kept."""
    validate_value(value)
    code = qrcode.QRCode(error_correction=_LEVELS[Level(level)], border=quiet_zone)
    code.add_data(value.encode())
    code.make(fit=True)
    rows = code.get_matrix()
    runs: list[tuple[int, int, int]] = []
    for y, row in enumerate(rows):
        x = 0
        for dark, group in groupby(row):
            length = len(list(group))
            if dark:
                runs.append((x, y, length))
            x += length
    return Squares(len(rows), tuple(runs))


def draw(value: str, design: Design = PLAIN, side_px: int | None = None) -> bytes:
    """The QR code of `value` as a PNG: black on white, also where the page is dark.

    Every square has the same whole number of pixels; what is left of `side_px` goes to the margin.
    Raises ValidationError for a value or a design that cannot be drawn.
    """
    found = _checked(value, design, side_px)
    side = side_px or found.size * PIXELS
    pixels = side // found.size
    small = Image.new("P", (found.size, found.size), 0)
    small.putpalette([*_channels(design.light), *_channels(design.dark)])
    for x, y, length in found.runs:
        small.paste(1, (x, y, x + length, y + 1))
    code = small.resize((found.size * pixels,) * 2, Image.Resampling.NEAREST)
    whole = Image.new("P", (side, side), 0)
    whole.putpalette(small.getpalette() or [])
    start = (side - code.width) // 2
    whole.paste(code, (start, start))
    buffer = io.BytesIO()
    whole.save(buffer, "PNG", bits=1)
    return buffer.getvalue()


def svg(value: str, design: Design = PLAIN, side_px: int | None = None) -> str:
    """The QR code of `value` as an SVG file: black on white, sharp at any size.

    Raises ValidationError for a value or a design that cannot be drawn.
    """
    found = _checked(value, design, side_px)
    side = side_px or found.size * PIXELS
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{side}" '
        f'viewBox="0 0 {found.size} {found.size}" shape-rendering="crispEdges">'
        f'<path fill="{colour(design.light)}" d="M0 0h{found.size}v{found.size}H0z"/>'
        f'<path fill="{colour(design.dark)}" d="{found.path}"/></svg>\n'
    )


def check(value: str, design: Design, side_px: int) -> None:
    """Raise ValidationError, with the field at fault, for what cannot be drawn or read."""
    _checked(value, design, side_px)


def colour(text: str) -> str:
    """`#rrggbb` for that, the same without its sign, or `#rgb`. Raises ValueError for others."""
    found = _COLOUR.fullmatch(text.strip())
    if not found:
        raise ValueError(text)
    digits = found[1].lower()
    return "#" + (digits if len(digits) == 6 else "".join(one * 2 for one in digits))


def _checked(value: str, design: Design, side_px: int | None) -> Squares:
    design.check()
    least, most = SIDES_PX
    if side_px is not None and not least <= side_px <= most:
        text = _("%(value)d is not possible: a picture has %(least)d to %(most)d pixels.")
        facts = {"value": side_px, "least": least, "most": most}
        raise ValidationError({"size": ValidationError(text, params=facts)})
    try:
        found = squares(value, design.level, design.quiet_zone)
    except ValidationError as error:
        raise ValidationError({"text": error}) from None
    if side_px is not None and side_px < found.size * LEAST_PIXELS:
        text = _(
            "This code has %(count)d squares on each side: give it at least %(least)d pixels."
            " A shorter text or a lower level has fewer squares."
        )
        facts = {"count": found.size, "least": found.size * LEAST_PIXELS}
        raise ValidationError({"size": ValidationError(text, params=facts)})
    return found


def _channels(text: str) -> tuple[int, int, int]:
    digits = colour(text)[1:]
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def _reflectance(text: str) -> float:
    """How much light a colour gives back, from 0 to 1: relative luminance (IEC 61966-2-1)."""
    linear = [
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in (channel / 255 for channel in _channels(text))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
