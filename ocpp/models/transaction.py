"""A charging transaction."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import RFID, WH_PER_KWH, Account, Vehicle
from ocpp.choices import StopCause, TransactionState
from ocpp.models.charger import Charger

#: Sessions that have ended and whose energy is not in the quarter-hours as it is now. An index has
#: them; it must not name `energy_wh`, for then PostgreSQL would write all indexes of the table with
#: each value of a running session.
TO_BE_ROLLED_UP = Q(stop_time__isnull=False, rolled_wh__isnull=True)


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
    meter_base = models.BigIntegerField(
        _("counted from (Wh)"),
        null=True,
        blank=True,
        help_text=_("Where the register was counted from, when that of the start does not fit."),
    )
    # The highest register value seen, and the energy delivered as far as is known.
    meter_last = models.BigIntegerField(_("newest meter value (Wh)"), null=True, blank=True)
    energy_wh = models.BigIntegerField(_("energy (Wh)"), default=0)

    # What of it has been added to the account: nothing while it runs or awaits a review.
    billed_wh = models.BigIntegerField(_("billed energy (Wh)"), default=0)

    # What of it is in the quarter-hours since it ended: None while it runs, after a stop, and
    # whenever its energy is written again.
    rolled_wh = models.BigIntegerField(null=True, editable=False)

    # Staff decided that nobody pays for it: the energy stays known, and is added to no account.
    written_off = models.BooleanField(_("written off"), default=False)

    # What of the account is held for it while it runs: its energy counts as spent within that.
    held_wh = models.BigIntegerField(_("held energy (Wh)"), null=True, blank=True)

    # What it may have, as was agreed at its start, and whether the node has asked for its end.
    limit_wh = models.BigIntegerField(_("most energy (Wh)"), null=True, blank=True)
    limit_minutes = models.PositiveIntegerField(_("most minutes"), null=True, blank=True)
    #: When it is to be asked (again): the end of its minutes, of its hours, or of the wait.
    stop_at = models.DateTimeField(_("to be asked to stop"), null=True, blank=True)
    stop_asked = models.DateTimeField(_("asked to stop"), null=True, blank=True)
    stop_asked_wh = models.BigIntegerField(null=True, editable=False)
    stop_cause = models.CharField(
        _("why it was asked"), max_length=7, choices=StopCause, blank=True
    )

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
                fields=["stop_at"],
                name="transaction_to_be_stopped",
                condition=Q(state="active", stop_at__isnull=False),
            ),
            models.Index(fields=["rfid"], name="active_card", condition=Q(state="active")),
            models.Index(
                fields=["account"], name="active_account_transaction", condition=Q(state="active")
            ),
            models.Index(
                fields=["account"],
                name="review_account_transaction",
                condition=Q(needs_review=True),
            ),
            models.Index(fields=["-start_time"], name="transaction_start"),
            models.Index(fields=["id"], name="transaction_to_roll_up", condition=TO_BE_ROLLED_UP),
            # A stop that is told again without its number.
            models.Index(fields=["charger", "stop_raw"], name="transaction_stop"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"

    def save(self, *, update_fields: Iterable[str] | None = None, **options: Any) -> None:
        """Store it. Where its energy is written, its quarter-hours are due again."""
        if update_fields is None:
            self.rolled_wh = None
        elif "energy_wh" in (fields := set(update_fields)):
            self.rolled_wh = None
            update_fields = fields | {"rolled_wh"}
        super().save(update_fields=update_fields, **options)

    @property
    def transaction_id(self) -> int:
        """The number that the charge point knows it by."""
        return self.pk

    @property
    def billed_kwh(self) -> Decimal:
        """Energy that was added to its account (kWh), with all three decimals."""
        return Decimal(self.billed_wh).scaleb(-3)

    @property
    def energy_kwh(self) -> Decimal:
        """Energy delivered so far (kWh)."""
        return Decimal(self.energy_wh) / WH_PER_KWH
