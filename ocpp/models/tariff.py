"""Tariffs in their versions, and what sessions cost by them."""

from datetime import time
from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ocpp.choices import CostComponent, HolidayCalendar
from ocpp.models.transaction import Transaction


class Tariff(models.Model):
    """A tariff by its name. Its prices stand in its versions."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    currency = models.CharField(
        _("currency"),
        max_length=3,
        default="MXN",
        validators=[RegexValidator(r"^[A-Z]{3}\Z", _("Three capital letters, such as MXN."))],
        help_text=_("By ISO 4217, such as MXN."),
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        blank=True,
        help_text=_("Of its hours and days. Empty: as in the settings."),
    )
    standard = models.BooleanField(
        _("standard tariff"),
        default=False,
        help_text=_("For all chargers that have no tariff of their own."),
    )

    class Meta:
        verbose_name = _("tariff")
        verbose_name_plural = _("tariffs")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["standard"], condition=Q(standard=True), name="one_standard_tariff"
            )
        ]

    def __str__(self) -> str:
        return self.name


class TariffVersion(models.Model):
    """The prices of a tariff from a time on, until its next version. Not changed once used."""

    tariff = models.ForeignKey(
        Tariff, verbose_name=_("tariff"), on_delete=models.CASCADE, related_name="versions"
    )
    valid_from = models.DateTimeField(_("valid from"))
    tax_percent = models.DecimalField(
        _("tax (%)"),
        max_digits=5,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text=_("Added to the prices, which are without tax."),
    )
    holidays = models.CharField(
        _("holidays"),
        max_length=3,
        blank=True,
        choices=HolidayCalendar,
        default=HolidayCalendar.NONE,
        help_text=_("These days count as Sundays."),
    )

    class Meta:
        verbose_name = _("version of a tariff")
        verbose_name_plural = _("versions of tariffs")
        ordering = ["-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["tariff", "valid_from"], name="one_version_at_a_time")
        ]

    def __str__(self) -> str:
        return f"{self.tariff} {self.valid_from:%Y-%m-%d}"


class Holiday(models.Model):
    """A day of our own that counts as a Sunday, beside those that the law names."""

    date = models.DateField(_("date"), unique=True)
    name = models.CharField(_("name"), max_length=100)

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        ordering = ["-date"]

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {self.name}"


class TariffPrice(models.Model):
    """A price of one component, and when it holds. Of several the first that holds counts."""

    version = models.ForeignKey(
        TariffVersion, verbose_name=_("version"), on_delete=models.CASCADE, related_name="prices"
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    component = models.CharField(_("component"), max_length=10, choices=CostComponent)
    amount = models.DecimalField(
        _("price"),
        max_digits=12,
        decimal_places=6,
        validators=[MinValueValidator(0)],
        help_text=_("Per kWh, per minute, or per session; without tax."),
    )
    label = models.CharField(_("label"), max_length=40, blank=True, help_text=_("Such as peak."))
    #: Digits from 0 (Monday) to 6.
    weekdays = models.CharField(
        _("weekdays"),
        max_length=7,
        default="0123456",
        validators=[RegexValidator(r"^[0-6]{1,7}\Z", _("Digits from 0 (Monday) to 6 (Sunday)."))],
        help_text=_("Digits from 0 (Monday) to 6 (Sunday)."),
    )
    start = models.TimeField(_("from"), default=time.min)
    end = models.TimeField(_("until"), default=time.min, help_text=_("The same as from: all day."))
    season_start = models.CharField(
        _("season from"),
        max_length=5,
        blank=True,
        validators=[RegexValidator(r"^\d\d-\d\d\Z", _("Month and day, such as 04-01."))],
        help_text=_("Month and day, such as 04-01. Empty: all year."),
    )
    season_end = models.CharField(
        _("season until"),
        max_length=5,
        blank=True,
        validators=[RegexValidator(r"^\d\d-\d\d\Z", _("Month and day, such as 04-01."))],
    )

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return f"{self.get_component_display()} {self.label} {self.amount.normalize():f}"


class SessionCost(models.Model):
    """What a finished session cost, by the version of the tariff that was in force at its start."""

    transaction = models.OneToOneField(
        Transaction,
        verbose_name=_("transaction"),
        on_delete=models.CASCADE,
        related_name="cost",
    )
    version = models.ForeignKey(
        TariffVersion, verbose_name=_("tariff"), on_delete=models.PROTECT, related_name="costs"
    )
    currency = models.CharField(_("currency"), max_length=3)
    net = models.DecimalField(_("without tax"), max_digits=14, decimal_places=2)
    tax_percent = models.DecimalField(_("tax (%)"), max_digits=5, decimal_places=2)
    tax = models.DecimalField(_("tax"), max_digits=14, decimal_places=2)
    total = models.DecimalField(_("total"), max_digits=14, decimal_places=2)
    computed = models.DateTimeField(_("computed"))
    #: The days of the session, and whether each counted as a Sunday: the calendar may change.
    holidays = models.JSONField(_("holidays"), default=dict, blank=True, editable=False)

    class Meta:
        verbose_name = _("cost of a session")
        verbose_name_plural = _("costs of sessions")

    def __str__(self) -> str:
        return f"{self.total} {self.currency}"


class CostLine(models.Model):
    """One line of a cost."""

    cost = models.ForeignKey(
        SessionCost, verbose_name=_("cost"), on_delete=models.CASCADE, related_name="lines"
    )
    position = models.PositiveSmallIntegerField(_("position"))
    component = models.CharField(_("component"), max_length=10, choices=CostComponent)
    label = models.CharField(_("label"), max_length=40, blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=3)
    unit_price = models.DecimalField(_("price"), max_digits=12, decimal_places=6)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = _("line of a cost")
        verbose_name_plural = _("lines of a cost")
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.get_component_display()} {self.amount}"
