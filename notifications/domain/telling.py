"""Telling a person of something: one e-mail, once, however many processes notice it."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format

from accounts.models import User
from mailer.domain import queue, unsubscribing
from mailer.domain.links import site_url
from mailer.domain.queue import Wish
from mailer.models import Priority
from notifications.domain import preferences
from notifications.models import Event, Notification

#: Lines of a list in one e-mail, at most.
MAX_LINES = 20

Values = Mapping[str, str]


def tell(
    user: User,
    event: Event,
    keys: Collection[str],
    values: Callable[[], Values],
    now: datetime,
    priority: int = Priority.NORMAL,
) -> bool:
    """Queue one e-mail to `user` about `keys`, of which they have not been told.

    `values` makes those of the template, in the user's language. Returns False when they want
    none, or another process was quicker; then nothing is queued.
    """
    if not keys or not preferences.wants(user, event):
        return False
    language = preferences.language_of(user)
    topic = preferences.topic(event)
    try:
        with transaction.atomic():
            told = [Notification(user=user, event=event, key=key, created=now) for key in keys]
            Notification.objects.bulk_create(told)
            with translation.override(language):
                filled = {
                    "name": user.get_short_name() or user.get_username(),
                    **values(),
                    "preferences": site_url() + reverse("notifications:preferences"),
                    "unsubscribe": unsubscribing.link(user.email, topic),
                }
            wish = Wish(priority=priority, topic=topic)
            email = queue.queue_template(topic, [user.email], filled, language, wish)
            Notification.objects.filter(user=user, event=event, key__in=list(keys)).update(
                email=email
            )
    except IntegrityError:
        return False
    return True


def tell_staff(event: Event, found: Mapping[str, Callable[[], str]], now: datetime) -> int:
    """Tell staff of things of chargers: `found` has a line for each key, made in their language.

    What comes soon after an e-mail waits for the next one, so that nobody gets a hundred. Returns
    how many e-mails were queued.
    """
    if not found:
        return 0
    told = set(
        Notification.objects.filter(event=event, key__in=list(found)).values_list("user_id", "key")
    )
    since = now - timedelta(seconds=settings.NOTIFY_PAUSE_S)
    lately = Notification.objects.filter(event=event, created__gt=since)
    recent = set(lately.values_list("user_id", flat=True))
    queued = 0
    for user in preferences.staff_who_want(event):
        new = [key for key in found if (user.pk, key) not in told]
        if user.pk in recent or not new:
            continue

        def values(new: list[str] = new) -> Values:
            return {"count": str(len(new)), "list": _listed([found[key]() for key in new])}

        queued += tell(user, event, new, values, now, Priority.URGENT)
    return queued


def _listed(lines: list[str]) -> str:
    shown = [f"- {line}" for line in lines[:MAX_LINES]]
    if len(lines) > MAX_LINES:
        more = translation.gettext("and %(count)d more") % {"count": len(lines) - MAX_LINES}
        shown.append(f"- {more}")
    return "\n".join(shown)


def when(moment: datetime) -> str:
    """A time as people read it, by the time zone of the settings, in the active language."""
    return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")
