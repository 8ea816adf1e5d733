"""The message log: one row per call, with its answer beside it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ocpp.models.charger import Charger


class Message(models.Model):
    """One CALL and its answer, as they went over the wire (OCPP-J 1.6, 4.2)."""

    class Direction(models.TextChoices):
        IN = "in", _("from the charger")
        OUT = "out", _("to the charger")

    charger = models.ForeignKey(
        Charger,
        verbose_name=_("charger"),
        on_delete=models.CASCADE,
        related_name="messages",
        db_constraint=False,
        db_index=False,
    )
    direction = models.CharField(_("direction"), max_length=3, choices=Direction)
    action = models.CharField(_("action"), max_length=64, blank=True)
    message_id = models.CharField(_("message id"), max_length=64, blank=True)
    #: JSON text, exactly as it was received or sent.
    request = models.TextField(_("request"), blank=True)
    answer = models.TextField(_("answer"), blank=True)
    error_code = models.CharField(_("error code"), max_length=40, blank=True)
    time = models.DateTimeField(_("time"))
    answer_time = models.DateTimeField(_("answered"), null=True, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-id"]
        indexes = [models.Index(fields=["charger", "id"], name="message_charger")]

    def __str__(self) -> str:
        return f"{self.action} {self.message_id}"
