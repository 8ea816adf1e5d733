"""Making, finding and drawing QR codes."""

import io
import logging
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

import qrcode
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from qrcode.constants import ERROR_CORRECT_M

from qrcodes.models import QRLink, key_of, validate_value

logger = logging.getLogger(__name__)

#: Pixels of one square, and the quiet zone around the code in squares (ISO/IEC 18004 wants 4).
PIXELS = 10
QUIET_ZONE = 4


def draw(value: str) -> bytes:
    """The QR code of `value` as a PNG: black on white, also where the page is dark.

    Raises ValidationError for a value that cannot be encoded.
    """
    buffer = io.BytesIO()
    _encode(value).make_image().save(buffer, "PNG")
    return buffer.getvalue()


@dataclass(frozen=True)
class Squares:
    """A code as squares, to be drawn at any size: its quiet zone included, from the top left."""

    #: Squares along each side.
    size: int
    #: The black ones: column and row of the first of a run to the right, and how many.
    runs: tuple[tuple[int, int, int], ...]

    @property
    def path(self) -> str:
        """The black squares as the `d` of an SVG path."""
        return "".join(f"M{x} {y}h{length}v1h-{length}z" for x, y, length in self.runs)


@lru_cache(maxsize=256)
def squares(value: str) -> Squares:
    """The QR code of `value`, kept for a while, because to make one takes 30 ms.

    Raises ValidationError for a value that cannot be encoded.
    """
    return squares_once(value)


def squares_once(value: str) -> Squares:
    """The same for a secret, of which nothing is kept.

    Raises ValidationError for a value that cannot be encoded.
    """
    rows = _encode(value).get_matrix()
    runs: list[tuple[int, int, int]] = []
    for y, row in enumerate(rows):
        x = 0
        for black, group in groupby(row):
            length = len(list(group))
            if black:
                runs.append((x, y, length))
            x += length
    return Squares(len(rows), tuple(runs))


def svg(value: str) -> str:
    """The QR code of `value` as an SVG file: black on white, sharp at any size.

    Raises ValidationError for a value that cannot be encoded.
    """
    found = squares(value)
    side = found.size * PIXELS
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{side}" '
        f'viewBox="0 0 {found.size} {found.size}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{found.size}v{found.size}H0z"/><path d="{found.path}"/></svg>\n'
    )


def _encode(value: str) -> qrcode.QRCode:
    validate_value(value)
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, box_size=PIXELS, border=QUIET_ZONE)
    code.add_data(value.encode())
    code.make(fit=True)
    return code


def get_or_create(value: str) -> QRLink:
    """The record of `value`, made together with its image when there is none.

    Any number of threads and processes may ask at once: they get the same record, and one file
    is kept. Raises ValidationError for a value that cannot be encoded.
    """
    validate_value(value)
    link = QRLink.objects.filter(value=value).first()
    return link if link is not None else _create(value)


def _create(value: str) -> QRLink:
    link = QRLink(value=value, key=key_of(value))
    store_image(link)
    try:
        with transaction.atomic():
            link.save(force_insert=True)
    except IntegrityError:
        # Somebody else was first. What we drew is not referred to by anything.
        discard_image(link)
        return QRLink.objects.get(value=value)
    return link


def png(link: QRLink) -> bytes:
    """The image of a record; drawn again when its file is missing or empty."""
    known = link.image.name or ""
    if known:
        try:
            with link.image.storage.open(known) as file:
                content: bytes = file.read()
        except OSError:
            content = b""
        if content:
            return content
    content = store_image(link)
    if not QRLink.objects.filter(pk=link.pk, image=known).update(image=link.image.name or ""):
        discard_image(link)  # somebody else has drawn it meanwhile, or deleted the record
    return content


def store_image(link: QRLink) -> bytes:
    """Draw the image and put it into the record, without saving the record.

    A full disk is no reason to refuse anybody the code: that is logged, the record's image stays
    empty, and the drawing is returned all the same.
    """
    content = draw(link.value)
    try:
        link.image.save(f"{link.key}.png", ContentFile(content), save=False)
    except OSError:
        logger.warning("The QR code of %r could not be stored", link.value, exc_info=True)
        link.image = None
    return content


def discard_image(link: QRLink) -> None:
    """Delete the file of a record that is gone or was never saved."""
    if not link.image.name:
        return
    try:
        link.image.storage.delete(link.image.name)
    except OSError:
        logger.warning("The file %s could not be deleted", link.image.name, exc_info=True)
