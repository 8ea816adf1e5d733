"""A sampled value of a meter."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ocpp.models.charger import Charger
from ocpp.models.transaction import Transaction


class MeterReading(models.Model):
    """One SampledValue (OCPP 1.6, 7.43), in Wh, W, A, V or the unit it came in.

    The busiest table: one index besides the key, and no foreign key check by the database
    (`docs/decisions/`). Readings of a transaction are found by its charger and times.
    """

    charger = models.ForeignKey(
        Charger,
        verbose_name=_("charger"),
        on_delete=models.CASCADE,
        related_name="readings",
        db_constraint=False,
        db_index=False,
    )
    connector_id = models.PositiveIntegerField(_("connector"))
    transaction = models.ForeignKey(
        Transaction,
        verbose_name=_("transaction"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="readings",
        db_constraint=False,
        db_index=False,
    )
    timestamp = models.DateTimeField(_("time"))
    measurand = models.CharField(_("measurand"), max_length=40)
    value = models.DecimalField(_("value"), max_digits=18, decimal_places=4, null=True, blank=True)
    unit = models.CharField(_("unit"), max_length=16, blank=True)
    phase = models.CharField(_("phase"), max_length=8, blank=True)
    location = models.CharField(_("location"), max_length=8, blank=True)
    context = models.CharField(_("context"), max_length=24, blank=True)
    format = models.CharField(_("format"), max_length=12, blank=True)
    #: Value and unit as sent, where making them Wh, W, A or V changed them or failed.
    raw = models.TextField(_("as sent"), blank=True)

    class Meta:
        verbose_name = _("meter reading")
        verbose_name_plural = _("meter readings")
        indexes = [models.Index(fields=["charger", "timestamp"], name="reading_charger_time")]

    def __str__(self) -> str:
        return f"{self.measurand} {self.value} {self.unit}"
