"""Energy and power by quarter-hours, made from readings, and how far that has come."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ocpp.models.charger import Charger
from ocpp.models.transaction import Transaction


class QuarterHour(models.Model):
    """What a connector delivered in a quarter of an hour, to one session or outside of any.

    Quarter-hours begin at full ones in UTC. The energy of a session's rows adds up to its own.
    """

    charger = models.ForeignKey(
        Charger,
        verbose_name=_("charger"),
        on_delete=models.CASCADE,
        related_name="quarter_hours",
        db_index=False,
    )
    connector_id = models.PositiveIntegerField(_("connector"))
    start = models.DateTimeField(_("from"))
    transaction = models.ForeignKey(
        Transaction,
        verbose_name=_("transaction"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="quarter_hours",
    )
    energy_wh = models.BigIntegerField(_("energy (Wh)"), default=0)
    # Of the values of power that came in: their highest, their mean, and how many they were.
    power_max_w = models.BigIntegerField(_("highest power (W)"), null=True, blank=True)
    power_mean_w = models.BigIntegerField(_("mean power (W)"), null=True, blank=True)
    samples = models.PositiveIntegerField(_("values of power"), default=0)

    class Meta:
        verbose_name = _("quarter-hour")
        verbose_name_plural = _("quarter-hours")
        constraints = [
            models.UniqueConstraint(
                fields=["charger", "start", "connector_id", "transaction"],
                name="one_quarter_of_a_session",
            ),
            models.UniqueConstraint(
                fields=["charger", "start", "connector_id"],
                condition=Q(transaction=None),
                name="one_quarter_of_no_session",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%d %H:%M} #{self.connector_id}"


class RollUp(models.Model):
    """How far readings are rolled up: one row."""

    #: All readings up to this id are in.
    reading = models.BigIntegerField(default=0)
    #: Readings of before this time may be removed: their quarter-hours stay as they are.
    pruned_until = models.DateTimeField(null=True)
    #: Somebody is at it until then, at the latest.
    leased_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.reading}"
