"""One command to many charge points: what was asked, and how it went with each of them."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ocpp.choices import TargetState
from ocpp.models.charger import Charger
from ocpp.models.command import Command


class BulkCommand(models.Model):
    """An operation for a selection of chargers. Until it is started it is only the selection."""

    operation = models.CharField(_("operation"), max_length=64, blank=True)
    #: As JSON has them; secrets are forgotten once every charger's command is queued.
    arguments = models.JSONField(_("arguments"), default=dict, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("asked by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created = models.DateTimeField(_("created"), auto_now_add=True)
    started = models.DateTimeField(_("asked at"), null=True, blank=True)
    #: After this no more commands are queued for it.
    expires = models.DateTimeField(_("to be queued before"), null=True, blank=True)
    retry_of = models.ForeignKey(
        "self",
        verbose_name=_("repeats"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        verbose_name = _("bulk command")
        verbose_name_plural = _("bulk commands")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.operation or '…'} ({self.pk})"


class BulkTarget(models.Model):
    """A charger of a bulk command: its own command, or why there is none."""

    bulk = models.ForeignKey(BulkCommand, on_delete=models.CASCADE, related_name="targets")
    charger = models.ForeignKey(
        Charger, verbose_name=_("charger"), on_delete=models.CASCADE, related_name="+"
    )
    state = models.CharField(
        _("state"), max_length=8, choices=TargetState, default=TargetState.WAITING
    )
    command = models.OneToOneField(
        Command,
        verbose_name=_("command"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="bulk_target",
    )
    #: A sentence, in the language of whoever asked.
    refusal = models.TextField(_("refusal"), blank=True)

    class Meta:
        verbose_name = _("charger of a bulk command")
        verbose_name_plural = _("chargers of a bulk command")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["bulk", "charger"], name="charger_once_in_bulk")
        ]
        indexes = [models.Index(fields=["bulk", "state"], name="bulk_target_state")]

    def __str__(self) -> str:
        return f"{self.charger} ({self.get_state_display()})"
