"""The rules of QR codes: drawing them, the records of values, and what is cleaned up."""

from qrcodes.domain.drawing import (
    PIXELS,
    QUIET_ZONE,
    Design,
    Level,
    Squares,
    draw,
    squares,
    squares_once,
    svg,
)
from qrcodes.domain.records import discard_image, get_or_create, png, store_image

__all__ = [
    "PIXELS",
    "QUIET_ZONE",
    "Design",
    "Level",
    "Squares",
    "discard_image",
    "draw",
    "get_or_create",
    "png",
    "squares",
    "squares_once",
    "store_image",
    "svg",
]
