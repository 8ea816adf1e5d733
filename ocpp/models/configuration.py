"""What a charge point's configuration was at a time."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ocpp.models.charger import Charger


class ConfigurationSnapshot(models.Model):
    """All configuration keys that a charge point reported, without secrets.

    A later report that says the same only moves `confirmed`.
    """

    charger = models.ForeignKey(
        Charger, verbose_name=_("charger"), on_delete=models.CASCADE, related_name="snapshots"
    )
    taken = models.DateTimeField(_("taken"))
    confirmed = models.DateTimeField(_("last confirmed"))
    firmware_version = models.CharField(_("firmware version"), max_length=50, blank=True)
    #: Key -> {"value": text or null, "readonly": flag}; the value of a secret is always null.
    keys = models.JSONField(_("keys"), default=dict)

    class Meta:
        verbose_name = _("configuration snapshot")
        verbose_name_plural = _("configuration snapshots")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.charger} {self.taken:%Y-%m-%d %H:%M}"
