"""Firmware that this node keeps for its charge points, and who may fetch it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ocpp.models.charger import Charger
from ocpp.models.command import Command


class FirmwareFile(models.Model):
    """A file with firmware, as staff uploaded it; it is never changed."""

    file_name = models.CharField(_("file name"), max_length=100)
    note = models.CharField(
        _("note"), max_length=200, blank=True, help_text=_("Version, and what it is for.")
    )
    #: The file's random name in the folder `UPLOADS_ROOT`.
    stored_as = models.CharField(max_length=32, editable=False)
    size = models.BigIntegerField(_("size (bytes)"))
    sha256 = models.CharField("SHA-256", max_length=64)
    created = models.DateTimeField(_("uploaded"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("uploaded by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        verbose_name = _("firmware")
        verbose_name_plural = _("firmware")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.note})" if self.note else self.file_name


class FirmwareTicket(models.Model):
    """One charger's leave to fetch one file: only the digest of the address's token is kept."""

    firmware = models.ForeignKey(
        FirmwareFile, verbose_name=_("firmware"), on_delete=models.CASCADE, related_name="tickets"
    )
    charger = models.ForeignKey(
        Charger, verbose_name=_("charger"), on_delete=models.CASCADE, related_name="+"
    )
    command = models.ForeignKey(
        Command,
        verbose_name=_("command"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    #: SHA-256 of the token, in hexadecimal.
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    created = models.DateTimeField(_("ordered"), auto_now_add=True)
    expires = models.DateTimeField(_("to be fetched before"))
    fetched = models.DateTimeField(_("last fetched"), null=True, blank=True)
    times = models.PositiveIntegerField(_("times fetched"), default=0)

    class Meta:
        verbose_name = _("firmware order")
        verbose_name_plural = _("firmware orders")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.firmware} → {self.charger}"
