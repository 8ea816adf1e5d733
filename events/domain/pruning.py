"""Removing what is old."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from events.models import Event

#: Rows removed at once.
AT_ONCE = 1000


def prune() -> int:
    """Remove events older than EVENTS_DAYS, and their deliveries; returns how many events."""
    before = timezone.now() - timedelta(days=settings.EVENTS_DAYS)
    count = 0
    while pks := list(
        Event.objects.filter(recorded__lt=before).values_list("pk", flat=True)[:AT_ONCE]
    ):
        Event.objects.filter(pk__in=pks).delete()
        count += len(pks)
    return count
