"""How the queue is, in numbers."""

from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, Min, Q
from django.db.models.functions import Now
from django.utils import timezone

from mailer.domain import delivery
from mailer.models import Email, State


class Status(NamedTuple):
    """The queue now."""

    #: Whether there is a mail server to send with.
    configured: bool
    queued: int
    #: Those of them that an attempt was made for already.
    retrying: int
    #: Since when the one that waits longest has been due; None when none is.
    oldest: datetime | None
    sending: int
    sent_today: int
    failed: int
    uncertain: int
    last_error: str
    last_error_email: int | None


def look() -> Status:
    """The queue as it is now; today by the time zone of the settings."""
    now = timezone.now()
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    queued = Q(state=State.QUEUED)
    found = Email.objects.aggregate(
        queued=Count("pk", filter=queued),
        retrying=Count("pk", filter=queued & Q(attempts__gt=0)),
        oldest=Min("created", filter=queued & Q(next_try__lte=now) | queued & Q(attempts__gt=0)),
        sending=Count("pk", filter=Q(state=State.SENDING)),
        sent_today=Count("pk", filter=Q(state=State.SENT, sent__gte=midnight)),
        failed=Count("pk", filter=Q(state=State.FAILED)),
        uncertain=Count("pk", filter=Q(uncertain__gt=0)),
    )
    wrong = Email.objects.filter(state__in=(State.QUEUED, State.FAILED)).exclude(last_error="")
    worst = wrong.order_by("-pk").values_list("pk", "last_error").first()
    return Status(
        configured=delivery.is_configured(),
        last_error=worst[1] if worst else "",
        last_error_email=worst[0] if worst else None,
        **found,
    )


def due() -> int:
    """How many e-mails could be sent now."""
    return Email.objects.filter(state=State.QUEUED, next_try__lte=Now()).count()
