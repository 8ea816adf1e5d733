"""What charge points ask to be certified."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ocpp.choices import CertificateRequestState
from ocpp.models.certificate import Certificate
from ocpp.models.charger import Charger
from ocpp.models.command import Command


class CertificateRequest(models.Model):
    """A SignCertificate of a charge point, and what became of it (Security Whitepaper, A02)."""

    charger = models.ForeignKey(
        Charger,
        verbose_name=_("charger"),
        on_delete=models.CASCADE,
        related_name="certificate_requests",
    )
    #: PKCS #10 in PEM; "" where what came could not be read.
    csr = models.TextField(_("request (PEM)"), blank=True)
    state = models.CharField(_("state"), max_length=10, choices=CertificateRequestState)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    #: The certificate and those between it and the root, in PEM, as they are sent.
    chain = models.TextField(_("certificates (PEM)"), blank=True)
    certificate = models.ForeignKey(
        Certificate,
        verbose_name=_("certificate"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="requests",
    )
    #: The newest command that carries the certificate.
    command = models.ForeignKey(
        Command,
        verbose_name=_("command"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("decided by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    #: When to go on with it; None where nothing is to be done.
    due = models.DateTimeField(null=True, editable=False)
    created = models.DateTimeField(_("asked at"))
    finished = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("certificate request")
        verbose_name_plural = _("certificate requests")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["due"], name="due_request", condition=Q(due__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.charger} ({self.get_state_display()})"
