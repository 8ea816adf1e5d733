"""RFID cards."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import UID_PATTERN, UIDField, validate_uid


class RFIDQuerySet(models.QuerySet["RFID"]):
    """Cards, with `blacklisted` to filter and sort by."""

    def with_blacklisted(self) -> Self:
        """Each card with `blacklisted`, computed from `allowed` by the database."""
        return self.annotate(
            blacklisted=ExpressionWrapper(~Q(allowed=True), output_field=BooleanField())
        )


class RFIDManager(models.Manager.from_queryset(RFIDQuerySet)):  # type: ignore[misc]
    """Makes `RFID.objects.filter(blacklisted=True)` possible without a second column."""

    def get_queryset(self) -> RFIDQuerySet:
        return super().get_queryset().with_blacklisted()


class RFID(models.Model):
    """A card or tag: the UID of ISO 14443 (4, 7 or 10 bytes) as upper-case hexadecimal."""

    rfid = UIDField(
        _("card identifier"),
        max_length=20,
        unique=True,
        help_text=_("8, 14 or 20 hexadecimal digits; colons, hyphens and blanks are left out."),
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="rfids",
    )
    allowed = models.BooleanField(
        _("allowed"), default=True, help_text=_("A card that is not allowed authorises nothing.")
    )
    created = models.DateTimeField(_("created"), auto_now_add=True)

    objects = RFIDManager()

    class Meta:
        verbose_name = _("RFID card")
        verbose_name_plural = _("RFID cards")
        ordering = ["rfid"]
        constraints = [
            models.CheckConstraint(
                condition=Q(rfid__regex=UID_PATTERN),
                name="rfid_is_a_uid",
                violation_error_message=validate_uid.message,
            )
        ]

    def __str__(self) -> str:
        return self.rfid

    @property
    def blacklisted(self) -> bool:
        """The opposite of `allowed`: the same fact seen from the other side."""
        return not self.allowed

    @blacklisted.setter
    def blacklisted(self, value: bool) -> None:
        self.allowed = not value
