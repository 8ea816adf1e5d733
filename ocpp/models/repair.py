"""What staff did about transactions that needed a look, and stops that belong to none."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ocpp.choices import RepairKind
from ocpp.models.charger import Charger
from ocpp.models.transaction import Transaction


class Review(Transaction):
    """A transaction as the review queue shows it."""

    class Meta:
        proxy = True
        verbose_name = _("transaction to review")
        verbose_name_plural = _("review queue")


class OrphanStop(models.Model):
    """A StopTransaction without a number of its charger's transactions, as it was sent.

    It waits until it fits a transaction, or until staff settle it.
    """

    charger = models.ForeignKey(
        Charger, verbose_name=_("charger"), on_delete=models.CASCADE, related_name="orphan_stops"
    )
    transaction_id_sent = models.BigIntegerField(_("transaction id as sent"))
    id_tag = models.CharField(_("id tag"), max_length=255, blank=True)
    meter = models.BigIntegerField(_("meter at stop (Wh)"))
    #: The timestamp exactly as it was sent, and as it was understood.
    time_raw = models.CharField(max_length=64, editable=False)
    time = models.DateTimeField(_("stopped"))
    received = models.DateTimeField(_("received"))
    reason = models.CharField(_("reason of the stop"), max_length=20, blank=True)
    #: The transaction that it ends by all that is known; until it is settled that may change.
    transaction = models.ForeignKey(
        Transaction,
        verbose_name=_("transaction"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="unnumbered_stops",
    )
    #: What was held for that transaction before, and the readings that came with the stop.
    held_wh = models.BigIntegerField(null=True, editable=False)
    readings = models.JSONField(default=list, editable=False)
    settled = models.BooleanField(
        _("settled"), default=False, help_text=_("Attached to a transaction, or dismissed.")
    )

    class Meta:
        verbose_name = _("stop without start")
        verbose_name_plural = _("stops without start")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["charger", "transaction_id_sent", "meter", "time_raw"],
                name="one_orphan_per_stop",
            )
        ]
        indexes = [
            models.Index(
                fields=["charger", "time"], name="orphan_open", condition=Q(settled=False)
            ),
            models.Index(
                fields=["id"],
                name="orphan_queue",
                condition=Q(settled=False, transaction__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.charger}: {self.meter} Wh, {self.time_raw}"


class Repair(models.Model):
    """One thing that somebody did about a transaction: never changed, never deleted."""

    transaction = models.ForeignKey(
        Transaction,
        verbose_name=_("transaction"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="repairs",
    )
    orphan = models.ForeignKey(
        OrphanStop,
        verbose_name=_("stop without start"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="repairs",
    )
    kind = models.CharField(_("repair"), max_length=10, choices=RepairKind)
    #: The facts that a repair may change, before and after: energy in Wh.
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    reason = models.CharField(_("why"), max_length=300, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    #: Stays when the user is deleted.
    author_name = models.CharField(_("by"), max_length=150, blank=True)
    time = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("repair")
        verbose_name_plural = _("repairs")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.transaction_id or '–'})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add it. Raises TypeError for one that is stored already: repairs are never changed."""
        if not self._state.adding:
            raise TypeError("A repair is never changed; make another one.")
        super().save(*args, **kwargs)
