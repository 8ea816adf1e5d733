"""The certificate authorities of this node."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.sealed import SealedTextField
from ocpp.models.certificate import Certificate


class Authority(models.Model):
    """A root certificate of this node, and the key that signs with it.

    One is active: it signs. An older one that was replaced only vouches for what it has signed.
    """

    certificate = models.OneToOneField(
        Certificate, verbose_name=_("certificate"), on_delete=models.PROTECT, related_name="key"
    )
    #: PKCS #8 in PEM.
    private_key = SealedTextField(editable=False)
    active = models.BooleanField(_("active"), default=True)
    created = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("certificate authority")
        verbose_name_plural = _("certificate authorities")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["active"], condition=Q(active=True), name="one_active_authority"
            )
        ]

    def __str__(self) -> str:
        return str(self.certificate)
