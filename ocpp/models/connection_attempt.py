"""A connection that was refused."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ConnectionAttempt(models.Model):
    """Somebody asked to be connected and was not: as whom, from where, why, how often.

    One row for each id, address and reason, whatever is repeated.
    """

    #: As it was asked for; escaped where it is no text that can be an id.
    charger_id = models.CharField(_("charger id"), max_length=64, blank=True)
    address = models.CharField(_("network address"), max_length=64, blank=True)
    path = models.CharField(_("path"), max_length=255, blank=True)
    #: One of `ocpp.domain.refusals`, which has the words for it.
    code = models.CharField(_("reason"), max_length=32)
    #: What was answered, in the source language.
    reason = models.CharField(_("answer"), max_length=200, blank=True)
    first = models.DateTimeField(_("first"))
    last = models.DateTimeField(_("last"), db_index=True)
    count = models.PositiveIntegerField(_("times"), default=1)

    class Meta:
        verbose_name = _("refused connection")
        verbose_name_plural = _("onboarding")
        ordering = ["-last", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["charger_id", "address", "code"], name="one_row_for_an_attempt"
            )
        ]

    def __str__(self) -> str:
        return f"{self.charger_id or '?'} ({self.address})"
