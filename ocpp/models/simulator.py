"""A simulated charge point that staff start and stop in the admin."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Simulator(models.Model):
    """What a simulated charge point does, and whether it is doing it now."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    cp_path = models.CharField(_("charge point path"), max_length=255)
    host = models.CharField(_("host"), max_length=255, default="127.0.0.1")
    ws_port = models.PositiveIntegerField(_("WebSocket port"), default=8000)

    class Meta:
        verbose_name = _("simulator")
        verbose_name_plural = _("simulators")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
