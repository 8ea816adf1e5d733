"""Results of tasks that were carried out."""

from datetime import timedelta

from django.utils import timezone
from django_tasks_db.models import DBTaskResult

KEPT = timedelta(days=14)


def prune() -> int:
    """Delete what has been finished for two weeks; returns how many."""
    old = DBTaskResult.objects.finished().filter(finished_at__lt=timezone.now() - KEPT)
    return int(old.delete()[0])
