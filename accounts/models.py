"""People, their cards, their energy balance and their vehicles."""

from decimal import Decimal

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

WH_PER_KWH = Decimal(1000)


class Address(models.Model):
    """A postal address in Coahuila or Nuevo León."""

    class State(models.TextChoices):
        COAHUILA = "CO", "Coahuila"
        NUEVO_LEON = "NL", "Nuevo León"

    street = models.CharField(_("street"), max_length=120)
    number = models.CharField(_("number"), max_length=20)
    municipality = models.CharField(_("municipality"), max_length=60)
    state = models.CharField(_("state"), max_length=2, choices=State)
    postal_code = models.CharField(
        _("postal code"),
        max_length=5,
        validators=[RegexValidator(r"^\d{5}$", _("A Mexican postal code has five digits."))],
    )

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        ordering = ["state", "municipality", "street", "number"]

    def __str__(self) -> str:
        return f"{self.street} {self.number}, {self.municipality}, {self.get_state_display()}"


class User(AbstractUser):
    """A person: staff, driver or both."""

    phone_number = models.CharField(_("phone number"), max_length=20, blank=True)
    address = models.ForeignKey(
        Address, verbose_name=_("address"), null=True, blank=True, on_delete=models.SET_NULL
    )
    has_charger = models.BooleanField(
        _("has a charger"), default=False, help_text=_("There is a charger at this address.")
    )


class RFID(models.Model):
    """A card or tag: the UID of ISO 14443 (4, 7 or 10 bytes) as upper-case hexadecimal."""

    rfid = models.CharField(_("card identifier"), max_length=20, unique=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="rfids",
    )
    allowed = models.BooleanField(_("allowed"), default=True)
    created = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("RFID card")
        verbose_name_plural = _("RFID cards")
        ordering = ["rfid"]

    def __str__(self) -> str:
        return self.rfid


class Account(models.Model):
    """The energy balance of one user, in kWh."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.CASCADE,
        related_name="account",
    )
    service_account = models.BooleanField(
        _("service account"), default=False, help_text=_("Charges without a balance.")
    )
    # Energy of finished sessions (Wh). Sessions still running are added when asked for.
    settled_wh = models.BigIntegerField(_("energy of finished sessions (Wh)"), default=0)
    created = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")

    def __str__(self) -> str:
        return self.user.get_username()


class Credit(models.Model):
    """Energy granted to an account (or taken back, when negative). Only ever added."""

    account = models.ForeignKey(
        Account, verbose_name=_("account"), on_delete=models.PROTECT, related_name="credits"
    )
    amount_kwh = models.DecimalField(_("amount (kWh)"), max_digits=12, decimal_places=3)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("created by"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created_on = models.DateTimeField(_("created on"), auto_now_add=True)

    class Meta:
        verbose_name = _("credit")
        verbose_name_plural = _("credits")
        ordering = ["-created_on", "-id"]

    def __str__(self) -> str:
        return f"{self.amount_kwh} kWh"


class Vehicle(models.Model):
    """An electric vehicle of an account."""

    account = models.ForeignKey(
        Account, verbose_name=_("account"), on_delete=models.CASCADE, related_name="vehicles"
    )
    brand = models.CharField(_("brand"), max_length=60)
    model = models.CharField(_("model"), max_length=60)
    VIN = models.CharField(_("VIN"), max_length=17, unique=True)

    class Meta:
        verbose_name = _("vehicle")
        verbose_name_plural = _("vehicles")
        ordering = ["brand", "model"]

    def __str__(self) -> str:
        return f"{self.brand} {self.model}"


class ApiToken(models.Model):
    """A key with which a program speaks for a user. Only its SHA-256 is stored."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.CASCADE,
        related_name="api_tokens",
    )
    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(_("prefix"), max_length=8, unique=True)
    digest = models.CharField(max_length=64, editable=False)
    expires = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used = models.DateTimeField(_("last used"), null=True, blank=True)
    revoked = models.DateTimeField(_("revoked"), null=True, blank=True)
    created = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-created"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
