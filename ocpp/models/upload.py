"""A place for one file that a charge point uploads."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ocpp.choices import UploadPurpose
from ocpp.models.charger import Charger
from ocpp.models.command import Command


class UploadSlot(models.Model):
    """Room for one upload: its address holds a random token, of which only the digest is kept."""

    charger = models.ForeignKey(
        Charger, verbose_name=_("charger"), on_delete=models.CASCADE, related_name="uploads"
    )
    command = models.ForeignKey(
        Command,
        verbose_name=_("command"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    purpose = models.CharField(_("purpose"), max_length=16, choices=UploadPurpose)
    #: SHA-256 of the token, in hexadecimal.
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    created = models.DateTimeField(_("asked at"), auto_now_add=True)
    expires = models.DateTimeField(_("to be uploaded before"))
    #: How often something was sent to the address.
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    used = models.DateTimeField(_("received"), null=True, blank=True)
    announced = models.CharField(
        _("announced name"), max_length=255, blank=True, help_text=_("In the answer.")
    )
    file_name = models.CharField(_("file name"), max_length=100, blank=True)
    #: The file's random name in the folder `UPLOADS_ROOT`.
    stored_as = models.CharField(max_length=32, blank=True, editable=False)
    size = models.BigIntegerField(_("size (bytes)"), null=True, blank=True)

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name or self.announced or f"{self.get_purpose_display()} {self.pk}"
