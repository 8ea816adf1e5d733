"""X.509 certificates that this node has signed, or has seen a charge point use."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ocpp.choices import CertificateKind
from ocpp.models.charger import Charger


class Certificate(models.Model):
    """One certificate: of an authority of this node, or of a charge point (RFC 5280)."""

    charger = models.ForeignKey(
        Charger,
        verbose_name=_("charger"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="certificates",
    )
    kind = models.CharField(_("kind"), max_length=16, choices=CertificateKind)
    subject = models.CharField(_("subject"), max_length=255)
    #: The serial number in lower-case hexadecimal digits, no leading zeros (RFC 5280, 4.1.2.2).
    serial_number = models.CharField(_("serial number"), max_length=40)
    #: SHA-256 of the DER form in lower-case hexadecimal digits.
    fingerprint = models.CharField(_("fingerprint"), max_length=64, unique=True)
    pem = models.TextField(_("certificate (PEM)"))
    valid_from = models.DateTimeField(_("valid from"))
    valid_until = models.DateTimeField(_("valid until"))
    revoked = models.DateTimeField(_("revoked"), null=True, blank=True)
    revocation_reason = models.CharField(_("revocation reason"), max_length=200, blank=True)
    created = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["revoked"], name="revoked_certificate", condition=Q(revoked__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject} ({self.serial_number})"
