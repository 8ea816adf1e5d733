"""Accounts and the credits that fill them."""

from decimal import Decimal
from typing import Any, NoReturn

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.fields import HoursField
from accounts.models.limits import SessionLimits

WH_PER_KWH = Decimal(1000)


class Account(SessionLimits):
    """The energy balance of one user, in kWh.

    What the properties say is read from the database when they are asked, so they hold for
    an instance of any age. `domain.balance` has the same for many accounts at once.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.CASCADE,
        related_name="account",
    )
    service_account = models.BooleanField(
        _("service account"), default=False, help_text=_("Charges without a balance.")
    )
    allowed_hours = HoursField(
        _("allowed hours"),
        max_length=120,
        blank=True,
        help_text=_(
            "When it may charge, such as Mo-Fr 08:00-18:00; Sa 22:00-06:00, in the time zone of the"
            " settings. Empty: always."
        ),
    )
    # Energy of finished sessions (Wh). Sessions still running are added when asked for.
    settled_wh = models.BigIntegerField(
        _("energy of finished sessions (Wh)"), default=0, editable=False
    )
    created = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta(SessionLimits.Meta):
        abstract = False
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ["user__username"]

    def __str__(self) -> str:
        return self.user.get_username()

    # The rules stand above the models and import them, so they are imported when called.

    @property
    def credits_kwh(self) -> Decimal:
        """The sum of its credits (kWh, exact to 1 Wh)."""
        from accounts.domain import balance

        return balance.of(self).credits_kwh

    @property
    def total_kwh_spent(self) -> Decimal:
        """Energy of its finished and of its running sessions (kWh, exact to 1 Wh)."""
        from accounts.domain import balance

        return balance.of(self).spent_kwh

    @property
    def balance_kwh(self) -> Decimal:
        """What is left: credits less energy spent (kWh, exact to 1 Wh). May be negative."""
        from accounts.domain import balance

        return balance.of(self).balance_kwh

    @property
    def held_kwh(self) -> Decimal:
        """What is held for its running sessions, beyond what they have used (kWh)."""
        from accounts.domain import balance

        return balance.of(self).held_kwh

    @property
    def available_kwh(self) -> Decimal:
        """What is left and not held for a session (kWh): what another session could have."""
        from accounts.domain import balance

        return balance.of(self).available_kwh

    def can_authorize(self) -> bool:
        """Whether it may charge now. `domain.authorization.judge` also says why."""
        from accounts.domain import authorization

        return authorization.judge(self).allowed


class CreditIsFinal(Exception):
    """Somebody tried to change or delete a credit: add one of the opposite amount instead."""

    def __init__(self) -> None:
        super().__init__(
            "Credits are never changed or deleted: add a credit of the opposite amount instead."
        )


class CreditQuerySet(models.QuerySet["Credit"]):
    """Credits: they can be read and added."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Raises `CreditIsFinal`."""
        raise CreditIsFinal

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> Any:
        """Add entries. Raises `CreditIsFinal` when conflicts are to become updates."""
        if kwargs.get("update_conflicts"):
            raise CreditIsFinal
        return super().bulk_create(objs, *args, **kwargs)

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raises `CreditIsFinal`."""
        raise CreditIsFinal

    def delete(self) -> NoReturn:
        """Raises `CreditIsFinal`."""
        raise CreditIsFinal


def validate_not_zero(amount: Decimal) -> None:
    """Raises `ValidationError` for a credit of nothing."""
    if amount == 0:
        raise ValidationError(_("A credit of zero changes nothing: write an amount."))


class Credit(models.Model):
    """Energy granted to an account (or taken back, when negative). Only ever added."""

    account = models.ForeignKey(
        Account, verbose_name=_("account"), on_delete=models.PROTECT, related_name="credits"
    )
    amount_kwh = models.DecimalField(
        _("amount (kWh)"),
        max_digits=12,
        decimal_places=3,
        validators=[validate_not_zero],
        help_text=_("A negative amount takes energy back."),
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("created by"),
        null=True,
        blank=True,
        editable=False,
        # Forgetting the author would edit the entry. A user can be deactivated instead.
        on_delete=models.PROTECT,
        related_name="+",
    )
    created_on = models.DateTimeField(_("created on"), auto_now_add=True)

    objects = CreditQuerySet.as_manager()

    class Meta:
        verbose_name = _("credit")
        verbose_name_plural = _("credits")
        ordering = ["-created_on", "-id"]

    def __str__(self) -> str:
        return f"{self.amount_kwh} kWh"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the entry. Raises `CreditIsFinal` when it is in the database already."""
        if not self._state.adding:
            raise CreditIsFinal
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raises `CreditIsFinal`."""
        raise CreditIsFinal
