"""A command to a charge point: durable, so that any process may ask and any may answer."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.sealed import SealedTextField
from ocpp.choices import FINISHED_COMMAND_STATES, CommandState
from ocpp.models.charger import Charger


class Command(models.Model):
    """One request to a charge point and what became of it."""

    charger = models.ForeignKey(
        Charger, verbose_name=_("charger"), on_delete=models.CASCADE, related_name="commands"
    )
    #: The neutral name of what is asked, such as `remote_stop`; the payload has its arguments.
    action = models.CharField(_("action"), max_length=64)
    payload = models.JSONField(_("payload"), default=dict)
    #: The secret among its arguments, from when it is queued until it is sent.
    sealed_value = SealedTextField(blank=True, default="", editable=False)
    state = models.CharField(
        _("state"), max_length=10, choices=CommandState, default=CommandState.QUEUED
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("asked by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created = models.DateTimeField(_("asked at"), auto_now_add=True)
    expires = models.DateTimeField(_("to be sent before"))
    sent = models.DateTimeField(_("sent"), null=True, blank=True)
    finished = models.DateTimeField(_("finished"), null=True, blank=True)
    epoch = models.BigIntegerField(null=True, editable=False)
    message_id = models.CharField(_("message id"), max_length=36, blank=True)
    response = models.JSONField(_("answer"), null=True, blank=True)
    error_code = models.CharField(_("error code"), max_length=40, blank=True)
    error_description = models.TextField(_("error description"), blank=True)
    #: The newest status that the charge point reported of what it was asked: of an upload of a log,
    #: or of an update with signed firmware, by the number of the command.
    progress = models.CharField(_("progress"), max_length=32, blank=True)
    #: The charge point answered after the time limit.
    late = models.BooleanField(_("late answer"), default=False)

    class Meta:
        verbose_name = _("command")
        verbose_name_plural = _("commands")
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["charger", "id"],
                name="queued_command",
                condition=Q(state="queued"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.action} ({self.get_state_display()})"

    @property
    def is_finished(self) -> bool:
        """Whether its outcome is known."""
        return self.state in FINISHED_COMMAND_STATES
