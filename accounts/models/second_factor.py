"""The second factor of staff: the secret of an authenticator, and codes for when it is lost."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.sealed import SealedTextField


class SecondFactor(models.Model):
    """The secret that a user's authenticator has too (RFC 6238).

    It is in force from `User.second_factor_since` on; before that it is being set up.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.CASCADE,
        related_name="second_factor",
        primary_key=True,
    )
    #: 20 random bytes in Base32, as authenticators take them.
    secret = SealedTextField(_("secret"), editable=False)
    #: Of the last code that was taken: seconds since 1970 by 30. No code is taken twice.
    last_step = models.BigIntegerField(default=0, editable=False)
    created = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("second factor")
        verbose_name_plural = _("second factors")

    def __str__(self) -> str:
        return str(self.user)


class RecoveryCode(models.Model):
    """A code that replaces the authenticator once."""

    factor = models.ForeignKey(
        SecondFactor, on_delete=models.CASCADE, related_name="recovery_codes"
    )
    #: SHA-256; the code is random, so no list of words finds it.
    digest = models.CharField(max_length=64)
    used = models.DateTimeField(_("used"), null=True)

    class Meta:
        verbose_name = _("recovery code")
        verbose_name_plural = _("recovery codes")
        constraints = [
            models.UniqueConstraint(fields=["factor", "digest"], name="recovery_code_once")
        ]

    def __str__(self) -> str:
        return f"{self.factor_id} {self.pk}"
