"""What the states of a charger's connectors were: a row for each change."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ocpp.models.charger import Charger

#: What the row of a connection says: it was lost, or it is there again.
OFFLINE, ONLINE = "Offline", "Online"


class StatusChange(models.Model):
    """A connector has another status from then on, or the charger's connection was lost or came.

    Written only when something changes; a status that is told again is no row.
    """

    charger = models.ForeignKey(
        Charger,
        verbose_name=_("charger"),
        on_delete=models.CASCADE,
        related_name="status_changes",
        db_index=False,
    )
    #: None where it is about the connection (`OFFLINE`, `ONLINE`).
    connector_id = models.PositiveIntegerField(_("connector"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=20)
    error_code = models.CharField(_("error code"), max_length=30, blank=True)
    #: When the node learned it, by its own clock.
    time = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("change of status")
        verbose_name_plural = _("status history")
        ordering = ["-id"]
        indexes = [models.Index(fields=["charger", "time"], name="status_change_charger_time")]

    def __str__(self) -> str:
        return f"{self.connector_id or ''} {self.status}".strip()
