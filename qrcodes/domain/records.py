"""The records of values and their images: one for each value, however many ask at once."""

import logging
from datetime import timedelta

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from qrcodes.domain.drawing import draw
from qrcodes.models import QRLink, key_of, validate_value

logger = logging.getLogger(__name__)

#: A use is written down when the one before is older: a page writes nothing but once a day.
NOTED_EVERY = timedelta(days=1)


def get_or_create(value: str) -> QRLink:
    """The record of `value`, made together with its image when there is none.

    Any number of threads and processes may ask at once: they get the same record, and one file
    is kept. Raises ValidationError for a value that cannot be encoded.
    """
    validate_value(value)
    link = QRLink.objects.filter(value=value).first()
    # A record that is cleaned up at this moment is made again.
    return link if link is not None and note_use(link) else _create(value)


def note_use(link: QRLink) -> bool:
    """Somebody uses the code: it is kept for its time again. False when its record is gone."""
    now = timezone.now()
    if link.used > now - NOTED_EVERY:
        return True
    link.used = now
    return bool(QRLink.objects.filter(pk=link.pk).update(used=now))


def _create(value: str) -> QRLink:
    link = QRLink(value=value, key=key_of(value), kept=False)
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
