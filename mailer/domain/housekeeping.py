"""What this app has done again and again, by one process of the node."""

from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mailer.domain import sending
from mailer.models import Email, State
from schedules import domain as schedules

#: How often it is looked for e-mails, and for how long they are sent at a time (s): other duties of
#: the same process wait for that.
EVERY_S, ROUND_S = 15, 20.0
DAY_S = 24 * 3600
#: Rows that are deleted at a time.
AT_ONCE = 500


def register() -> None:
    """Register the duties, when the apps are ready."""
    schedules.register(
        "mailer.send",
        send,
        every_s=EVERY_S,
        limit_s=1800,
        label=_("E-mails that are due are sent."),
    )
    schedules.register(
        "mailer.prune", prune, every_s=DAY_S, label=_("Old e-mails are removed from the queue.")
    )


def send() -> sending.Round:
    """Send what is due, for a while."""
    return sending.send_queued(seconds=ROUND_S)


def prune() -> int:
    """Remove what was finished with long ago; returns how many e-mails."""
    if not settings.MAILER_KEEP_DAYS:
        return 0
    before = timezone.now() - timedelta(days=settings.MAILER_KEEP_DAYS)
    done = (State.SENT, State.FAILED, State.CANCELLED)
    old: QuerySet[Email] = Email.objects.filter(state__in=done, created__lt=before)
    removed = 0
    while pks := list(old.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        removed += Email.objects.filter(pk__in=pks).delete()[1].get("mailer.Email", 0)
    return removed
