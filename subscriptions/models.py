"""Products, who has subscribed to them, and each period that was granted."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Credit

#: The longest period (days), ten years: what is longer is a slip of the finger.
MOST_DAYS = 3660


class Product(models.Model):
    """What one can subscribe to. A change holds for the periods that begin after it."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    description = models.TextField(_("description"), max_length=2000, blank=True)
    price = models.DecimalField(
        _("price"),
        max_digits=12,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(0)],
        help_text=_("Of one period."),
    )
    currency = models.CharField(
        _("currency"),
        max_length=3,
        default="MXN",
        validators=[RegexValidator(r"^[A-Z]{3}\Z", _("Three capital letters, such as MXN."))],
        help_text=_("By ISO 4217, such as MXN."),
    )
    renewal_period = models.PositiveIntegerField(
        _("renewal period (days)"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)],
        help_text=_("Days of 24 hours."),
    )
    credit_kwh = models.DecimalField(
        _("credit of each period (kWh)"),
        max_digits=12,
        decimal_places=3,
        default=Decimal(0),
        validators=[MinValueValidator(0)],
    )
    active = models.BooleanField(
        _("offered"),
        default=True,
        help_text=_("Otherwise nobody can subscribe to it any more; those who have stay."),
    )
    created = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(renewal_period__gte=1), name="product_period"),
            models.CheckConstraint(condition=Q(price__gte=0), name="product_price"),
            models.CheckConstraint(condition=Q(credit_kwh__gte=0), name="product_credit"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def period(self) -> timedelta:
        """How long a period lasts."""
        return timedelta(days=self.renewal_period)


class Subscription(models.Model):
    """An account that has a product, period after period, until it is cancelled."""

    account = models.ForeignKey(
        Account, verbose_name=_("account"), on_delete=models.PROTECT, related_name="subscriptions"
    )
    product = models.ForeignKey(
        Product, verbose_name=_("product"), on_delete=models.PROTECT, related_name="subscriptions"
    )
    started = models.DateTimeField(_("started"))
    # Where the last period that was granted ends. Only `domain.renewing` moves it.
    next_renewal = models.DateTimeField(_("next renewal"))
    cancelled = models.DateTimeField(_("cancelled"), null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("created by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        ordering = ["-started", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "product"],
                condition=Q(cancelled=None),
                name="one_subscription_to_a_product",
            )
        ]
        indexes = [
            models.Index(
                fields=["next_renewal", "id"],
                condition=Q(cancelled=None),
                name="subscription_to_be_renewed",
            )
        ]

    def __str__(self) -> str:
        return f"{self.account} · {self.product}"

    @property
    def ends(self) -> datetime | None:
        """Where its last period ends; None while it goes on."""
        return self.next_renewal if self.cancelled is not None else None


class Renewal(models.Model):
    """One period of a subscription: what was granted for it, and what is owed. Never changed."""

    subscription = models.ForeignKey(
        Subscription,
        verbose_name=_("subscription"),
        on_delete=models.PROTECT,
        related_name="renewals",
    )
    period_start = models.DateTimeField(_("from"))
    period_end = models.DateTimeField(_("until"))
    # As the product was then.
    price = models.DecimalField(_("price"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    credit = models.OneToOneField(
        Credit,
        verbose_name=_("credit"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="renewal",
        help_text=_("Empty for a product that grants no energy."),
    )
    created = models.DateTimeField(_("granted on"))

    class Meta:
        verbose_name = _("renewal")
        verbose_name_plural = _("renewals")
        ordering = ["-period_start", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "period_start"], name="one_renewal_of_a_period"
            )
        ]

    def __str__(self) -> str:
        return f"{self.subscription} {self.period_start:%Y-%m-%d}"
