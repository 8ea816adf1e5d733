"""RFID cards."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.dispatch import Signal
from django.utils.translation import gettext_lazy as _

from accounts.fields import UID_PATTERN, GroupField, UIDField, validate_uid
from accounts.models.limits import SessionLimits

#: Cards were added, changed or deleted, by whatever way through the ORM. Sent inside of the
#: transaction that changes them, once for a bulk operation: keep what you do about it short.
cards_changed = Signal()


def _announce() -> None:
    cards_changed.send(RFID)


class RFIDQuerySet(models.QuerySet["RFID"]):
    """Cards, with `blacklisted` to filter and sort by."""

    def with_blacklisted(self) -> Self:
        """Each card with `blacklisted`, computed from `allowed` by the database."""
        return self.annotate(
            blacklisted=ExpressionWrapper(~Q(allowed=True), output_field=BooleanField())
        )

    # What changes many cards at once, past `RFID.save` and `RFID.delete`, is announced here.

    def update(self, **values: Any) -> int:
        """As ever, and announced."""
        with transaction.atomic(using=self.db, savepoint=False):
            count = super().update(**values)
            if count:
                _announce()
        return count

    update.alters_data = True  # type: ignore[attr-defined]

    def delete(self) -> tuple[int, dict[str, int]]:
        """As ever, and announced."""
        with transaction.atomic(using=self.db, savepoint=False):
            deleted = super().delete()
            if deleted[0]:
                _announce()
        return deleted

    # As on Django's own: not on the manager, where it would delete all, nor in templates.
    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        """As ever, and announced."""
        with transaction.atomic(using=self.db, savepoint=False):
            made = super().bulk_create(objs, *args, **kwargs)
            if made:
                _announce()
        return made


class RFIDManager(models.Manager.from_queryset(RFIDQuerySet)):  # type: ignore[misc]
    """Makes `RFID.objects.filter(blacklisted=True)` possible without a second column."""

    def get_queryset(self) -> RFIDQuerySet:
        return super().get_queryset().with_blacklisted()


class RFID(SessionLimits):
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
    block_reason = models.CharField(
        _("reason of the block"),
        max_length=150,
        blank=True,
        help_text=_("For staff: shown wherever a card that is not allowed is refused."),
    )
    parent = GroupField(
        _("group"),
        max_length=20,
        blank=True,
        help_text=_(
            "OCPP's parent id tag. Cards of one group may end each other's charging and use"
            " what is reserved for the group. Any name; it need not be a card."
        ),
    )
    expires = models.DateTimeField(
        _("expires"), null=True, blank=True, help_text=_("From then on it authorises nothing.")
    )
    max_concurrent = models.PositiveSmallIntegerField(
        _("transactions at a time"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text=_("How many may run with this card at once, on all chargers. Empty: any number."),
    )
    created = models.DateTimeField(_("created"), auto_now_add=True)

    objects = RFIDManager()

    class Meta:
        verbose_name = _("RFID card")
        verbose_name_plural = _("RFID cards")
        ordering = ["rfid"]
        constraints = [
            *SessionLimits.Meta.constraints,
            models.CheckConstraint(
                condition=Q(rfid__regex=UID_PATTERN),
                name="rfid_is_a_uid",
                violation_error_message=validate_uid.message,
            ),
            models.CheckConstraint(
                condition=Q(max_concurrent__isnull=True) | Q(max_concurrent__gte=1),
                name="rfid_has_at_least_one_transaction",
            ),
        ]

    def __str__(self) -> str:
        return self.rfid

    def save(self, *args: Any, **kwargs: Any) -> None:
        """As ever, and announced."""
        with transaction.atomic(using=kwargs.get("using"), savepoint=False):
            super().save(*args, **kwargs)
            _announce()

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """As ever, and announced."""
        with transaction.atomic(using=kwargs.get("using"), savepoint=False):
            deleted = super().delete(*args, **kwargs)
            _announce()
        return deleted

    def has_expired(self, now: datetime) -> bool:
        """Whether it authorises nothing any more at `now`."""
        return self.expires is not None and self.expires <= now

    @property
    def blacklisted(self) -> bool:
        """The opposite of `allowed`: the same fact seen from the other side."""
        return not self.allowed

    @blacklisted.setter
    def blacklisted(self, value: bool) -> None:
        self.allowed = not value
