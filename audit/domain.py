"""Recording what people do, and removing what is old.

`record` is called where the deed is done, within its transaction: both are stored or neither is.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import models
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.actor import Actor, acting, command, current
from audit.models import Record
from audit.redaction import redact
from schedules import domain as schedules

__all__ = ["Actor", "acting", "command", "current", "record", "register", "remove_old"]

DAY_S: Final = 24 * 3600
#: Younger records are never removed, whatever the setting says (days); the database sees to it.
LEAST_DAYS: Final = 30
#: Records that one COMMIT removes.
BATCH: Final = 1000


def record(
    deed: str,
    subject: models.Model | None = None,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    user_pk: int | None = None,
) -> Record:
    """Record that `deed`, such as `token.made`, was done on `subject`; secrets are left out.

    Who did it and from where is what the door has said (`audit.actor`); `user_pk` tells it where
    no door has, or knows better.
    """
    actor = current()
    who = user_pk
    if who is None and actor is not None:
        who = actor.user_pk()
    return Record.objects.create(
        deed=deed,
        user_pk=who,
        door=Record.Door.SYSTEM if actor is None else actor.door,
        origin="" if actor is None else actor.origin[:64],
        subject_type="" if subject is None else subject._meta.label_lower,
        subject_pk="" if subject is None else str(subject.pk),
        before=None if before is None else redact(before),
        after=None if after is None else redact(after),
    )


def remove_old() -> int:
    """Remove what is older than `AUDIT_DAYS`; with 0 nothing is. Returns how many records."""
    if not settings.AUDIT_DAYS:
        return 0
    days = max(LEAST_DAYS + 1, settings.AUDIT_DAYS)
    old = Record.objects.filter(created__lt=timezone.now() - timedelta(days=days))
    # The queryset refuses to delete; this is the one place that may.
    removed = 0
    while batch := list(old.order_by("created").values_list("pk", flat=True)[:BATCH]):
        # The queryset of the model refuses to delete; this is the one place that does.
        removed += QuerySet(Record).filter(pk__in=batch).delete()[0]
    return removed


def register() -> None:
    """Register the duty, when the apps are ready."""
    schedules.register(
        "audit.remove_old",
        remove_old,
        every_s=DAY_S,
        label=_("Records of the audit are removed when they are old enough."),
    )
