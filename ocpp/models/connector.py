"""A connector of a charge point and its last reported status."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ocpp.models.charger import Charger


class Connector(models.Model):
    """One connector; number 0 is the charge point as a whole (OCPP 1.6, 4.9)."""

    charger = models.ForeignKey(
        Charger, verbose_name=_("charger"), on_delete=models.CASCADE, related_name="connectors"
    )
    connector_id = models.PositiveIntegerField(_("connector"))
    # A ChargePointStatus of the standard (7.7), empty until the first StatusNotification.
    status = models.CharField(_("status"), max_length=20, blank=True)
    error_code = models.CharField(_("error code"), max_length=30, blank=True)
    info = models.CharField(_("info"), max_length=255, blank=True)
    vendor_id = models.CharField(_("vendor id"), max_length=255, blank=True)
    vendor_error_code = models.CharField(_("vendor error code"), max_length=50, blank=True)
    status_time = models.DateTimeField(_("status since"), null=True, blank=True)

    max_power_w = models.PositiveIntegerField(
        _("most power (W)"),
        null=True,
        blank=True,
        help_text=_("What it can deliver at most. More energy than that awaits a review."),
    )

    class Meta:
        verbose_name = _("connector")
        verbose_name_plural = _("connectors")
        ordering = ["charger", "connector_id"]
        constraints = [
            models.UniqueConstraint(fields=["charger", "connector_id"], name="one_connector_row")
        ]

    def __str__(self) -> str:
        return f"{self.charger} #{self.connector_id}"
