"""Vendor data that a charge point sent."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ocpp.models.charger import Charger


class DataTransfer(models.Model):
    """A DataTransfer.req from a charge point (OCPP 1.6, 4.3), kept whoever the vendor is."""

    charger = models.ForeignKey(
        Charger, verbose_name=_("charger"), on_delete=models.CASCADE, related_name="data_transfers"
    )
    vendor_id = models.CharField(_("vendor id"), max_length=255)
    message_id = models.CharField(_("message id"), max_length=50, blank=True)
    data = models.TextField(_("data"), blank=True)
    time = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("vendor data")
        verbose_name_plural = _("vendor data")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.vendor_id} {self.message_id}"
