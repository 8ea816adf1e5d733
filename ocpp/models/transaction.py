"""A charging transaction."""

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import RFID, WH_PER_KWH, Account, Vehicle
from ocpp.choices import TransactionState
from ocpp.models.charger import Charger


class Transaction(models.Model):
    """A transaction as the charge point reported it, and what was made of it.

    The primary key is the `transactionId` given to the charge point: a 32-bit integer, never
    used twice.
    """

    id = models.AutoField(_("transaction id"), primary_key=True)
    charger = models.ForeignKey(
        Charger, verbose_name=_("charger"), on_delete=models.PROTECT, related_name="transactions"
    )
    connector_id = models.PositiveIntegerField(_("connector"))
    state = models.CharField(
        _("state"), max_length=10, choices=TransactionState, default=TransactionState.ACTIVE
    )
    id_tag = models.CharField(_("id tag"), max_length=255, help_text=_("As it was sent."))
    rfid = models.ForeignKey(
        RFID, verbose_name=_("card"), null=True, blank=True, on_delete=models.SET_NULL
    )
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="transactions",
    )
    vehicle = models.ForeignKey(
        Vehicle, verbose_name=_("vehicle"), null=True, blank=True, on_delete=models.SET_NULL
    )
    # The AuthorizationStatus answered to StartTransaction (7.2) and, when not Accepted, why.
    authorization = models.CharField(_("authorization"), max_length=20, default="Accepted")
    authorization_reason = models.CharField(_("authorization reason"), max_length=200, blank=True)

    meter_start = models.BigIntegerField(_("meter at start (Wh)"))
    meter_stop = models.BigIntegerField(_("meter at stop (Wh)"), null=True, blank=True)
    # The highest register value seen, and the energy delivered as far as is known.
    meter_last = models.BigIntegerField(_("newest meter value (Wh)"), null=True, blank=True)
    energy_wh = models.BigIntegerField(_("energy (Wh)"), default=0)

    # What of it has been added to the account: nothing while it runs or awaits a review.
    billed_wh = models.BigIntegerField(_("billed energy (Wh)"), default=0)

    start_time = models.DateTimeField(_("started"))
    stop_time = models.DateTimeField(_("stopped"), null=True, blank=True)
    #: Timestamps exactly as sent: a retry repeats them, whatever the clock was worth.
    start_raw = models.CharField(max_length=64, editable=False)
    stop_raw = models.CharField(max_length=64, blank=True, editable=False)
    start_received = models.DateTimeField(_("start received"))
    stop_received = models.DateTimeField(_("stop received"), null=True, blank=True)
    reason = models.CharField(_("reason of the stop"), max_length=20, blank=True)
    stop_id_tag = models.CharField(_("id tag at the stop"), max_length=255, blank=True)
    needs_review = models.BooleanField(_("needs review"), default=False)

    class Meta:
        verbose_name = _("transaction")
        verbose_name_plural = _("transactions")
        ordering = ["-start_time", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["charger", "connector_id", "id_tag", "meter_start", "start_raw"],
                name="one_transaction_per_start",
            )
        ]
        indexes = [
            models.Index(
                fields=["charger", "connector_id"],
                name="active_transaction",
                condition=Q(state="active"),
            ),
            models.Index(
                fields=["account"], name="active_account_transaction", condition=Q(state="active")
            ),
            models.Index(
                fields=["account"],
                name="review_account_transaction",
                condition=Q(needs_review=True),
            ),
            models.Index(fields=["-start_time"], name="transaction_start"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"

    @property
    def transaction_id(self) -> int:
        """The number that the charge point knows it by."""
        return self.pk

    @property
    def energy_kwh(self) -> Decimal:
        """Energy delivered so far (kWh)."""
        return Decimal(self.energy_wh) / WH_PER_KWH
