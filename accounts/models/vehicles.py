"""Vehicles."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import VIN_PATTERN, VINField, validate_vin
from accounts.models.energy import Account


class Vehicle(models.Model):
    """An electric vehicle of an account."""

    account = models.ForeignKey(
        Account, verbose_name=_("account"), on_delete=models.CASCADE, related_name="vehicles"
    )
    brand = models.CharField(_("brand"), max_length=60)
    model = models.CharField(_("model"), max_length=60)
    # The check digit is not verified: only North American makers are bound to use it.
    VIN = VINField(_("VIN"), max_length=17, unique=True)

    class Meta:
        verbose_name = _("vehicle")
        verbose_name_plural = _("vehicles")
        ordering = ["brand", "model"]
        constraints = [
            models.CheckConstraint(
                condition=Q(VIN__regex=VIN_PATTERN),
                name="vin_of_iso_3779",
                violation_error_message=validate_vin.message,
            )
        ]

    def __str__(self) -> str:
        return f"{self.brand} {self.model}"
