"""The root certificates that charge points trust."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ocpp.choices import CertificateUse
from ocpp.models.charger import Charger


class InstalledCertificate(models.Model):
    """A root certificate in a charge point, as it last told (Security Whitepaper, M03)."""

    charger = models.ForeignKey(
        Charger,
        verbose_name=_("charger"),
        on_delete=models.CASCADE,
        related_name="installed_certificates",
    )
    certificate_type = models.CharField(_("use"), max_length=30, choices=CertificateUse)
    hash_algorithm = models.CharField(_("hash algorithm"), max_length=8)
    issuer_name_hash = models.CharField(_("hash of the issuer's name"), max_length=128)
    issuer_key_hash = models.CharField(_("hash of the issuer's key"), max_length=128)
    serial_number = models.CharField(_("serial number"), max_length=40)
    #: Known where this node has installed it.
    subject = models.CharField(_("subject"), max_length=255, blank=True)
    told = models.DateTimeField(_("told at"))

    class Meta:
        verbose_name = _("installed certificate")
        verbose_name_plural = _("installed certificates")
        ordering = ["charger", "certificate_type", "id"]

    def __str__(self) -> str:
        return self.subject or self.serial_number
