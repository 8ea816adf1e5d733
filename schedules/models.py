"""What a node does again and again: a row for each duty."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Schedule(models.Model):
    """A duty that one process of the node carries out, again and again.

    All times are by the clock of the database, which is the same for all processes.
    """

    name = models.CharField(_("name"), max_length=64, unique=True, editable=False)
    every_s = models.PositiveIntegerField(_("every (s)"), editable=False)
    next_run = models.DateTimeField(_("next run"), editable=False)
    last_run = models.DateTimeField(_("last run"), null=True, editable=False)
    #: Of the last run that succeeded.
    last_success = models.DateTimeField(_("last success"), null=True, editable=False)
    last_error = models.TextField(_("last error"), blank=True, editable=False)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    #: The process that carries it out now, and until when it may before another does.
    claimed_by = models.CharField(_("carried out by"), max_length=64, blank=True, editable=False)
    claimed_until = models.DateTimeField(_("until at most"), null=True, editable=False)

    class Meta:
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
