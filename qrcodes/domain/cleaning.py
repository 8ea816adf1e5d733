"""Removing what nobody uses any more: records that pages once made, and files without a record.

A record is a picture of its value and nothing else, so a printed code works without it, and a page
that shows the code again makes the record again.
"""

import logging
import re
from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qrcodes.models import QRLink
from schedules import domain as schedules

logger = logging.getLogger(__name__)

DAY_S = 24 * 3600
#: Rows and files that are looked at together.
AT_ONCE = 50
#: A file that is younger may belong to a record whose transaction has not ended yet.
YOUNG = timedelta(days=1)
FOLDER = "qrcodes"
#: How our files are called; the storage adds a word to a name that is taken. No other is touched.
_OURS = re.compile(r"[0-9a-f]{32}(_\w+)?\.png")

Users = Callable[[Collection[str]], Collection[str]]
_users: dict[str, Users] = {}


class Cleaned(NamedTuple):
    """What was removed, or would be."""

    records: list[str]
    files: list[str]

    def __bool__(self) -> bool:
        return bool(self.records or self.files)

    def __str__(self) -> str:
        return f"{len(self.records)} records and {len(self.files)} files"


def register_users(name: str, users: Users) -> None:
    """Have an app say which of some values it uses: their records stay, however long unseen."""
    _users[name] = users


def register_duty() -> None:
    """Register the duty, when the apps are ready."""
    schedules.register(
        "qrcodes.clean",
        clean,
        every_s=DAY_S,
        label=_("QR codes that nobody uses any more are removed."),
    )


def clean(*, dry: bool = False, days: int | None = None) -> Cleaned:
    """Remove records that were not used for `days` (else `QR_KEEP_DAYS`), and files of none.

    0 days keep every record. With `dry` nothing is removed. Other processes may use, make and
    clean codes meanwhile.
    """
    keep_days = settings.QR_KEEP_DAYS if days is None else days
    records: list[str] = []
    if keep_days > 0:
        before = timezone.now() - timedelta(days=keep_days)
        for values in _unused(before):
            records += values if dry else _remove(values, before)
    files = [name for name in _orphans() if dry or _delete(name)]
    return Cleaned(records, files)


def _unused(before: datetime) -> Iterator[list[str]]:
    """Values, some at a time, whose records may go."""
    rows = QRLink.objects.filter(kept=False, used__lt=before).order_by("pk")
    last = 0
    while page := list(rows.filter(pk__gt=last).values_list("pk", "value")[:AT_ONCE]):
        last = page[-1][0]
        values = [value for _pk, value in page]
        in_use = {value for users in _users.values() for value in users(values)}
        yield [value for value in values if value not in in_use]


def _remove(values: list[str], before: datetime) -> list[str]:
    with transaction.atomic():
        # Who uses one at this moment waits for the lock, finds it gone, and makes it again.
        rows = QRLink.objects.select_for_update(skip_locked=True)
        found = rows.filter(value__in=values, kept=False, used__lt=before).order_by("pk")
        gone = {link.pk: link.value for link in found}
        QRLink.objects.filter(pk__in=gone).delete()
    return list(gone.values())


def _orphans() -> Iterator[str]:
    """The files that no record refers to.

    None of them can be referred to later: a name that is taken is never given to another record.
    """
    storage = QRLink._meta.get_field("image").storage
    try:
        _folders, files = storage.listdir(FOLDER)
    except OSError:
        return  # nothing was ever stored
    names = sorted(f"{FOLDER}/{name}" for name in files if _OURS.fullmatch(name))
    for start in range(0, len(names), AT_ONCE):
        some = names[start : start + AT_ONCE]
        known = set(QRLink.objects.filter(image__in=some).values_list("image", flat=True))
        yield from (name for name in some if name not in known and _is_old(storage, name))


def _is_old(storage: object, name: str) -> bool:
    try:
        changed: datetime = storage.get_modified_time(name)  # type: ignore[attr-defined]
    except OSError:
        return False  # another process was quicker
    return changed < timezone.now() - YOUNG


def _delete(name: str) -> bool:
    try:
        QRLink._meta.get_field("image").storage.delete(name)
    except OSError:
        logger.warning("The file %s could not be deleted", name, exc_info=True)
        return False
    return True
