"""Files that charge points upload to this node: a one-time address for each, and a limit.

A slot is made when a charge point is asked for its diagnostics or a log. Whoever has its token may
send one file to it, until it expires. The file lies in `UPLOADS_ROOT` under a random name, out of
reach of any URL; staff fetch it in the admin.
"""

import hashlib
import logging
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

from django.conf import settings
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from mailer.domain.links import site_url
from ocpp.choices import UploadPurpose
from ocpp.domain.errors import Conflict, DomainError, Invalid, NotFound
from ocpp.models import Charger, Command, UploadSlot

logger = logging.getLogger(__name__)

#: How often something may be sent to one address: what fails in the middle is sent again.
MOST_ATTEMPTS = 10
#: A file that is still incomplete after this long was given up (a process was killed).
ABANDONED = timedelta(hours=6)

_PART = ".part"
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f-\x9f"\\/\u202a-\u202e\u2066-\u2069]')


class TooLarge(DomainError):
    """The file is longer than may be uploaded."""


def make_slot(charger: Charger, purpose: UploadPurpose) -> tuple[UploadSlot, str]:
    """Room for one file of a charger, and the absolute URL to send it to, told only this once."""
    token = secrets.token_urlsafe(24)
    slot = UploadSlot.objects.create(
        charger=charger,
        purpose=purpose,
        token_digest=_digest(token),
        expires=timezone.now() + timedelta(seconds=settings.OCPP_UPLOAD_TTL_S),
    )
    return slot, site_url() + reverse("ocpp:upload", args=[token])


def learn(command: Command, response: Mapping[str, Any], now: datetime) -> None:
    """Keep the name that the charge point announces; what it refuses to send has no address."""
    slots = UploadSlot.objects.filter(command=command)
    if response.get("status") == "Rejected":
        slots.filter(used=None).update(expires=now)
    elif response.get("file_name"):
        slots.update(announced=response["file_name"])


class Incoming:
    """A file while it is received. `write` pieces of it, then `keep` it; else nothing is left."""

    def __init__(self, slot: UploadSlot) -> None:
        self._slot = slot
        self._stored_as = secrets.token_hex(16)
        self._path = folder() / (self._stored_as + _PART)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(descriptor, "wb")
        self.size = 0
        self.most = settings.OCPP_UPLOAD_MAX_MB * 1_000_000

    def __enter__(self) -> "Incoming":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)

    def write(self, piece: bytes) -> None:
        """Add some bytes. Raises TooLarge as soon as there are too many."""
        self.expect(self.size + len(piece))
        self.size += len(piece)
        self._file.write(piece)

    def expect(self, size: int) -> None:
        """Raise TooLarge when a file of `size` bytes may not be uploaded."""
        if size > self.most:
            raise TooLarge(
                _("The file is longer than %(most)d MB.") % {"most": settings.OCPP_UPLOAD_MAX_MB}
            )

    def keep(self, name: str, now: datetime) -> None:
        """The file is complete: from now on it is the slot's, and no other can be.

        Raises Invalid for an empty one, Conflict when another upload was complete before.
        """
        if not self.size:
            raise Invalid("body", _("is empty."))
        self._file.flush()
        os.fsync(self._file.fileno())
        final = self._path.with_name(self._stored_as)
        self._path.rename(final)
        try:
            mine = UploadSlot.objects.filter(pk=self._slot.pk, used=None).update(
                used=now,
                file_name=clean_name(name) or clean_name(self._slot.announced),
                stored_as=self._stored_as,
                size=self.size,
            )
        except BaseException:
            final.unlink(missing_ok=True)
            raise
        if not mine:
            final.unlink(missing_ok=True)
            raise Conflict(_("Something was uploaded to this address already."))


@contextmanager
def receive(token: str, now: datetime) -> Iterator[Incoming]:
    """Receive a file for the slot of `token`.

    Raises NotFound when there is no such slot, or it is used, expired or was tried too often.
    """
    slots = UploadSlot.objects.filter(
        token_digest=_digest(token), used=None, expires__gt=now, attempts__lt=MOST_ATTEMPTS
    )
    if not slots.update(attempts=F("attempts") + 1):
        raise NotFound(_("There is nothing to upload to this address, or no longer."))
    with Incoming(UploadSlot.objects.get(token_digest=_digest(token))) as incoming:
        yield incoming


def path_of(slot: UploadSlot) -> Path | None:
    """Where the received file is, or None when there is none (any more)."""
    path = folder() / slot.stored_as
    return path if slot.stored_as and path.is_file() else None


def remove_file(stored_as: str) -> None:
    """Remove a file whose row is deleted."""
    if stored_as:
        try:
            (folder() / stored_as).unlink(missing_ok=True)
        except OSError:
            logger.exception("The file %a could not be removed", stored_as)


def clean_name(name: str) -> str:
    """A file name as a charge point gave it, fit to be shown and saved: no path, no controls."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return _NOT_IN_NAMES.sub("", last).strip(". ")[-100:]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def folder() -> Path:
    """Where files are kept, out of reach of any URL."""
    path = Path(settings.UPLOADS_ROOT)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def sweep() -> int:
    """Remove what was never completed; returns how many files."""
    before = (timezone.now() - ABANDONED).timestamp()
    count = 0
    for path in folder().glob("*" + _PART):
        with suppress(OSError):  # another process removes it too, or still writes it
            if path.stat().st_mtime < before:
                path.unlink()
                count += 1
    return count
