"""The duty that looks for what people are to be told, by one process of the node at a time."""

from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext_lazy as _

from mailer.domain import delivery
from notifications.domain import chargers, drivers
from notifications.models import Happening, Notification
from schedules import domain as schedules

EVERY_S = 30
DAY_S = 24 * 3600
#: How long it is remembered that somebody was told: longer than anything stays news.
KEPT = timedelta(days=400)


def register() -> None:
    """Register the duties, when the apps are ready."""
    schedules.register(
        "notifications.look",
        look,
        every_s=EVERY_S,
        label=_("People are told by e-mail what concerns them."),
    )
    schedules.register(
        "notifications.prune",
        prune,
        every_s=DAY_S,
        label=_("It is forgotten after 400 days that somebody was told something."),
    )


def look() -> int:
    """Queue e-mails about what is new; returns how many. Without a mail server nothing is news."""
    now = datetime.now(UTC)
    if not delivery.is_configured():
        Happening.objects.filter(due__lte=now).delete()
        return 0
    return drivers.look(now) + chargers.look(now)


def prune() -> int:
    """Forget what somebody was told long ago; returns how many rows."""
    return Notification.objects.filter(created__lt=datetime.now(UTC) - KEPT).delete()[0]
