"""The journal of security events."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ocpp.models.charger import Charger


class SecurityEvent(models.Model):
    """A SecurityEventNotification (Security Whitepaper for OCPP 1.6, edition 3)."""

    charger = models.ForeignKey(
        Charger, verbose_name=_("charger"), on_delete=models.CASCADE, related_name="security_events"
    )
    type = models.CharField(_("type"), max_length=50)
    tech_info = models.CharField(_("technical information"), max_length=255, blank=True)
    time = models.DateTimeField(_("time"))
    received = models.DateTimeField(_("received"))

    class Meta:
        verbose_name = _("security event")
        verbose_name_plural = _("security events")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.type
