"""Firmware that this node hosts: staff upload a file, charge points fetch it.

Each order to update gives a charge point an address of its own, good until some time after it is
to fetch the file, and for a few attempts. Files lie beside what charge points upload.
"""

import hashlib
import os
import re
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from mailer.domain.links import site_url
from ocpp.domain import uploads
from ocpp.domain.errors import Invalid, NotFound
from ocpp.models import Charger, FirmwareFile, FirmwareTicket

#: How often one charge point may fetch a file for one order: downloads break off.
MOST_TIMES = 20

_ODD = re.compile(r"[^A-Za-z0-9._-]+")


def store(name: str, pieces: Iterable[bytes], note: str, user: User | None) -> FirmwareFile:
    """Keep a file that staff uploaded. Raises Invalid for an empty one.

    Its name is reduced to what every charge point can read in a URL.
    """
    stored_as = secrets.token_hex(16)
    path = uploads.folder() / stored_as
    digest = hashlib.sha256()
    size = 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for piece in pieces:
                file.write(piece)
                digest.update(piece)
                size += len(piece)
            file.flush()
            os.fsync(file.fileno())
        if not size:
            raise Invalid("file", _("is empty."))
        return FirmwareFile.objects.create(
            file_name=_ODD.sub("_", uploads.clean_name(name)) or "firmware.bin",
            note=note,
            stored_as=stored_as,
            size=size,
            sha256=digest.hexdigest(),
            created_by=user,
        )
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def find(number: int) -> FirmwareFile:
    """The file of that number. Raises NotFound."""
    firmware = FirmwareFile.objects.filter(pk=number).first()
    if firmware is None:
        raise NotFound(_("There is no firmware %(number)d.") % {"number": number})
    return firmware


def make_ticket(
    firmware: FirmwareFile, charger: Charger, from_when: datetime
) -> tuple[FirmwareTicket, str]:
    """An absolute URL from which a charger may fetch the file, told only this once."""
    token = secrets.token_urlsafe(24)
    ticket = FirmwareTicket.objects.create(
        firmware=firmware,
        charger=charger,
        token_digest=_digest(token),
        expires=from_when + timedelta(seconds=settings.OCPP_FIRMWARE_TTL_S),
    )
    return ticket, site_url() + reverse("ocpp:firmware", args=[token, firmware.file_name])


def fetch(token: str, now: datetime) -> tuple[FirmwareFile, Path]:
    """What may be fetched with a token, and where it is.

    Raises NotFound when it may not, or no longer, or was fetched too often.
    """
    tickets = FirmwareTicket.objects.filter(
        token_digest=_digest(token), expires__gt=now, times__lt=MOST_TIMES
    )
    if tickets.update(times=F("times") + 1, fetched=now):
        ticket = FirmwareTicket.objects.select_related("firmware").get(token_digest=_digest(token))
        path = uploads.folder() / ticket.firmware.stored_as
        if path.is_file():
            return ticket.firmware, path
    raise NotFound(_("There is nothing to fetch from this address, or no longer."))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
