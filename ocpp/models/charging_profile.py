"""A charging profile that was sent to a charge point."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ocpp.choices import ProfileKind, ProfilePurpose, ProfileState, RateUnit, Recurrency
from ocpp.models.charger import Charger
from ocpp.models.command import Command
from ocpp.models.transaction import Transaction


class ChargingProfile(models.Model):
    """A schedule of limits (OCPP 1.6, 3.13 and 7.8) as it was sent, and what became of it."""

    charger = models.ForeignKey(
        Charger,
        verbose_name=_("charger"),
        on_delete=models.CASCADE,
        related_name="charging_profiles",
    )
    connector_id = models.PositiveIntegerField(_("connector"))
    #: The number by which the charge point knows it: one of ours, or the one that was given.
    profile_id = models.IntegerField(_("profile id"))
    purpose = models.CharField(_("purpose"), max_length=24, choices=ProfilePurpose)
    stack_level = models.PositiveIntegerField(_("stack level"), default=0)
    kind = models.CharField(_("kind"), max_length=12, choices=ProfileKind)
    recurrency = models.CharField(
        _("recurrence"), max_length=8, choices=Recurrency, blank=True, default=""
    )
    valid_from = models.DateTimeField(_("valid from"), null=True, blank=True)
    valid_to = models.DateTimeField(_("valid to"), null=True, blank=True)
    transaction = models.ForeignKey(
        Transaction,
        verbose_name=_("transaction"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="charging_profiles",
    )

    unit = models.CharField(_("unit"), max_length=1, choices=RateUnit)
    #: The unit that was asked for, where the charge point knows only the other one.
    converted_from = models.CharField(
        _("converted from"), max_length=1, choices=RateUnit, blank=True, default=""
    )
    #: [{"start": seconds, "limit": Decimal as text, "phases": 1 to 3 or null}, …]
    periods = models.JSONField(_("periods"))
    duration_s = models.PositiveIntegerField(_("duration (s)"), null=True, blank=True)
    schedule_start = models.DateTimeField(_("start of the schedule"), null=True, blank=True)
    min_rate = models.DecimalField(
        _("lowest rate"), max_digits=13, decimal_places=1, null=True, blank=True
    )

    state = models.CharField(
        _("state"), max_length=10, choices=ProfileState, default=ProfileState.PENDING
    )
    #: Why it was refused or ended.
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    command = models.OneToOneField(
        Command,
        verbose_name=_("command"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="charging_profile",
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("asked by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created = models.DateTimeField(_("asked at"), auto_now_add=True)
    installed = models.DateTimeField(_("installed at"), null=True, blank=True)
    ended = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("charging profile")
        verbose_name_plural = _("charging profiles")
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["charger", "profile_id"],
                name="present_profile",
                condition=Q(state__in=["pending", "installed"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.charger} #{self.profile_id}"
