"""What has happened, for programs that want to know; and whom to tell of it."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.sealed import SealedTextField
from ocpp.models import Charger


class EventType(models.TextChoices):
    """What may happen. These are stored, can be resumed, and go to webhooks."""

    SESSION_STARTED = "session.started", _("session started")
    SESSION_ENDED = "session.ended", _("session ended")
    STATUS_CHANGED = "status.changed", _("status changed")
    FAULT = "charger.fault", _("fault")
    OFFLINE = "charger.offline", _("charger offline")
    ONLINE = "charger.online", _("charger online")
    REVIEW_NEEDED = "review.needed", _("review needed")
    SECURITY_EVENT = "security.event", _("security event")


class Event(models.Model):
    """Something that has happened. Ids grow in the order in which rows are committed."""

    type = models.CharField(_("type"), max_length=20, choices=EventType)
    charger = models.ForeignKey(
        Charger, verbose_name=_("charger"), null=True, on_delete=models.SET_NULL, db_index=False
    )
    #: The charger's id, which stays when the charger is removed.
    cid = models.CharField(_("charger id"), max_length=48)
    time = models.DateTimeField(_("time"))
    recorded = models.DateTimeField(_("recorded"), default=timezone.now, db_index=True)
    data = models.JSONField(_("data"), default=dict)
    #: The row of charging that it was made from, where there is one for it.
    source_id = models.BigIntegerField(null=True, editable=False)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["type", "source_id"], name="one_event_per_source")
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.cid}"


class Collector(models.Model):
    """How far events were collected: one row, which whoever collects has locked."""

    state = models.JSONField(default=dict, editable=False)
    looked = models.DateTimeField(null=True, editable=False)
    #: Until when somebody listens; webhooks count apart.
    wanted_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("collector of events")
        verbose_name_plural = _("collectors of events")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.looked}"


class Webhook(models.Model):
    """An address that is told of events as they happen."""

    name = models.CharField(_("name"), max_length=100)
    url = models.CharField(_("URL"), max_length=2000)
    #: With which what is sent is signed.
    secret = SealedTextField(_("secret"))
    types = models.JSONField(_("events"), default=list, blank=True)
    chargers = models.ManyToManyField(
        Charger, verbose_name=_("chargers"), blank=True, help_text=_("None: all chargers.")
    )
    active = models.BooleanField(_("active"), default=True)
    failing_since = models.DateTimeField(_("failing since"), null=True, editable=False)
    #: Why it was switched off by itself.
    stopped_reason = models.TextField(_("switched off because"), blank=True, editable=False)
    created = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class DeliveryState(models.TextChoices):
    """How far a delivery is."""

    WAITING = "waiting", _("waiting")
    DELIVERED = "delivered", _("delivered")
    GIVEN_UP = "given_up", _("given up")


class Delivery(models.Model):
    """An event that a webhook is told of, and how that went."""

    webhook = models.ForeignKey(
        Webhook, verbose_name=_("webhook"), on_delete=models.CASCADE, related_name="deliveries"
    )
    event = models.ForeignKey(
        Event, verbose_name=_("event"), on_delete=models.CASCADE, related_name="deliveries"
    )
    state = models.CharField(
        _("state"), max_length=10, choices=DeliveryState, default=DeliveryState.WAITING
    )
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_try = models.DateTimeField(_("next try"), default=timezone.now)
    last_try = models.DateTimeField(_("last try"), null=True)
    #: Who sends it now, and until when it may before another does.
    claim = models.CharField(max_length=64, blank=True, editable=False)
    claimed_until = models.DateTimeField(null=True, editable=False)
    #: Of the last attempt: the status in HTTP, the beginning of the answer, or why none came.
    status = models.PositiveIntegerField(_("status"), null=True)
    answer = models.TextField(_("answer"), blank=True)
    error = models.TextField(_("error"), blank=True)
    latency_ms = models.PositiveIntegerField(_("latency (ms)"), null=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["webhook", "event"], name="one_delivery_per_event")
        ]
        indexes = [
            models.Index(
                fields=["next_try"],
                name="delivery_due",
                condition=models.Q(state=DeliveryState.WAITING),
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk}"
