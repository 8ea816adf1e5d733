"""Keys with which charge points prove who they are (HTTP Basic authentication)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ocpp.choices import CredentialState
from ocpp.models.charger import Charger
from ocpp.models.command import Command


class Credential(models.Model):
    """One key of a charger: its salted hash, never the key itself.

    While a key is being changed there are two, and either is good.
    """

    charger = models.ForeignKey(
        Charger, verbose_name=_("charger"), on_delete=models.CASCADE, related_name="credentials"
    )
    state = models.CharField(_("state"), max_length=8, choices=CredentialState)
    #: Random, in hexadecimal digits.
    salt = models.CharField(max_length=32, editable=False)
    #: SHA-256 of salt and key, in hexadecimal digits.
    digest = models.CharField(max_length=64, editable=False)
    #: The command that tells it to the charge point; none when it is typed in there by hand.
    command = models.ForeignKey(
        Command,
        verbose_name=_("command"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
    )
    #: The charger's security profile from when the charge point has accepted it; null: as it is.
    raise_to = models.PositiveSmallIntegerField(null=True, editable=False)
    #: The charge point has taken it, and will use it after its next start.
    reboot_required = models.BooleanField(_("reboot required"), default=False)
    created = models.DateTimeField(_("created"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("made by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        verbose_name = _("key of a charger")
        verbose_name_plural = _("keys of chargers")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.charger} ({self.get_state_display()})"
