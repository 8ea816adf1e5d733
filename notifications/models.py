"""What people want to be told, what they were told, and what is still to be looked at."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from mailer.models import Email


class Event(models.TextChoices):
    """What one can be told by e-mail."""

    SESSION_ENDED = "session_ended", _("A session of mine has ended: the receipt")
    LOW_BALANCE = "low_balance", _("My balance is low")
    RENEWAL = "renewal", _("A subscription of mine was renewed")
    CHARGER_OFFLINE = "charger_offline", _("A charger is offline")
    CHARGER_FAULT = "charger_fault", _("A charger is out of order")
    SECURITY_EVENT = "security_event", _("A charger reports a security event")
    REVIEW_NEEDED = "review_needed", _("A session needs a review")


class Preferences(models.Model):
    """What one person wants to be told, and in which language. Without a row: everything."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.CASCADE,
        related_name="notification_preferences",
    )
    language = models.CharField(
        _("language"), max_length=10, blank=True, help_text=_("Empty: as in the settings.")
    )
    #: Values of `Event`.
    unwanted = models.JSONField(_("not to be told of"), default=list, blank=True)

    class Meta:
        verbose_name = _("preferences")
        verbose_name_plural = _("preferences")
        ordering = ["user__username"]

    def __str__(self) -> str:
        return str(self.user)


class Notification(models.Model):
    """That a person was told of something, once."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.CASCADE,
        related_name="notifications",
    )
    event = models.CharField(_("event"), max_length=20, choices=Event)
    #: What it was about, such as the number of the session.
    key = models.CharField(_("key"), max_length=100)
    email = models.ForeignKey(
        Email, verbose_name=_("e-mail"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "event", "key"], name="told_once_of_an_event")
        ]
        indexes = [
            models.Index(fields=["event", "key"], name="notification_event_key"),
            models.Index(fields=["created"], name="notification_created"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.key}"


class Happening(models.Model):
    """Something that happened and that the duty has yet to look at; then the row is removed."""

    class Kind(models.TextChoices):
        """What it was."""

        SESSION_ENDED = "session"
        CREDIT = "credit"
        RENEWAL = "renewal"

    kind = models.CharField(max_length=8, choices=Kind)
    #: The session, the account, or the renewal.
    number = models.BigIntegerField()
    #: Not to be looked at before.
    due = models.DateTimeField(db_index=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "number"], name="one_happening_to_look_at")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"
