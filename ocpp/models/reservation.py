"""A reservation of a connector."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import RFID, Account
from ocpp.choices import OPEN_RESERVATION_STATES, ReservationState
from ocpp.models.charger import Charger
from ocpp.models.transaction import Transaction


class Reservation(models.Model):
    """A connector kept for an id tag until a time (OCPP 1.6, 3.11).

    The primary key is the `reservationId` that the charge point is given: a 32-bit integer,
    never used twice. Connector 0 is any connector.
    """

    id = models.AutoField(_("reservation id"), primary_key=True)
    charger = models.ForeignKey(
        Charger, verbose_name=_("charger"), on_delete=models.CASCADE, related_name="reservations"
    )
    connector_id = models.PositiveIntegerField(_("connector"))
    id_tag = models.CharField(_("id tag"), max_length=20)
    parent_id_tag = models.CharField(_("parent id tag"), max_length=20, blank=True)
    rfid = models.ForeignKey(
        RFID, verbose_name=_("card"), null=True, blank=True, on_delete=models.SET_NULL
    )
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="reservations",
    )
    #: As last settled: what is overdue may not be marked yet. `state_at` tells the truth.
    state = models.CharField(
        _("state"), max_length=10, choices=ReservationState, default=ReservationState.PENDING
    )
    #: Why it was refused or ended, in the charge point's word where it has one.
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    created = models.DateTimeField(_("asked at"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("asked by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    expires = models.DateTimeField(_("reserved until"))
    transaction = models.OneToOneField(
        Transaction,
        verbose_name=_("used by the transaction"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="reservation",
    )

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["charger", "connector_id"],
                name="open_reservation",
                condition=Q(state__in=["pending", "active"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk}"

    def state_at(self, now: datetime) -> ReservationState:
        """Its state at `now`: one that is over has expired, whether or not that is marked yet."""
        if self.state in OPEN_RESERVATION_STATES and self.expires <= now:
            return ReservationState.EXPIRED
        return ReservationState(self.state)
