"""Templates, the queue of e-mails with their attachments and attempts, and who wants no more."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

PLACEHOLDER_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")


def validate_names(text: str) -> None:
    """Raises `ValidationError` for what are no names of placeholders between blanks."""
    for name in text.split():
        if not PLACEHOLDER_NAME.match(name):
            raise ValidationError(
                _("%(name)s is no name: write small letters, digits and _, such as first_name."),
                params={"name": name},
            )


class Template(models.Model):
    """A text for e-mails, known by its slug, with the placeholders that it may have."""

    slug = models.CharField(
        _("slug"),
        max_length=80,
        unique=True,
        validators=[
            RegexValidator(
                r"\A[a-z0-9][a-z0-9._-]*\Z", _("Write small letters, digits, points and hyphens.")
            )
        ],
    )
    about = models.CharField(_("what for"), max_length=200, blank=True)
    placeholders = models.TextField(
        _("placeholders"),
        max_length=2000,
        blank=True,
        validators=[validate_names],
        help_text=_("Names between blanks. The texts may have these, as {name}, and no others."),
    )
    created = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("template")
        verbose_name_plural = _("templates")
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug


class TemplateText(models.Model):
    """What a template says in one language."""

    template = models.ForeignKey(
        Template, verbose_name=_("template"), on_delete=models.CASCADE, related_name="texts"
    )
    language = models.CharField(_("language"), max_length=10)
    subject = models.CharField(pgettext_lazy("of an e-mail", "subject"), max_length=200)
    text = models.TextField(_("text"), max_length=100_000)
    html = models.TextField(
        _("HTML"),
        max_length=200_000,
        blank=True,
        help_text=_("Empty: the text alone is sent."),
    )

    class Meta:
        verbose_name = _("text")
        verbose_name_plural = _("texts")
        ordering = ["language"]
        constraints = [
            models.UniqueConstraint(fields=["template", "language"], name="one_text_of_a_language")
        ]

    def __str__(self) -> str:
        return f"{self.template} ({self.language})"


class Priority(models.IntegerChoices):
    """What is sent first."""

    URGENT = 1, _("Urgent")
    NORMAL = 2, _("Normal")
    BULK = 3, _("When nothing else waits")


class State(models.TextChoices):
    """Where an e-mail stands."""

    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", pgettext_lazy("of an e-mail", "Cancelled")


class Email(models.Model):
    """An e-mail that waits to be sent, or was. Times by the clock of the database."""

    to = models.JSONField(_("to"))
    cc = models.JSONField(_("copy to"), default=list, blank=True)
    subject = models.CharField(pgettext_lazy("of an e-mail", "subject"), max_length=400)
    text = models.TextField(_("text"))
    html = models.TextField(_("HTML"), blank=True)
    language = models.CharField(_("language"), max_length=10)
    template = models.CharField(_("template"), max_length=80, blank=True)
    #: What one can unsubscribe from; empty where there is no such thing.
    topic = models.CharField(_("topic"), max_length=80, blank=True)
    #: Who asks again with the same key gets the same e-mail.
    key = models.CharField(_("key"), max_length=200, null=True, blank=True, unique=True)
    message_id = models.CharField(_("message id"), max_length=200, unique=True)

    priority = models.PositiveSmallIntegerField(
        _("priority"), choices=Priority, default=Priority.NORMAL
    )
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.QUEUED)
    created = models.DateTimeField(_("created"))
    scheduled = models.DateTimeField(_("not before"), null=True, blank=True)
    next_try = models.DateTimeField(_("next try"), null=True, blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    #: Attempts since it was queued, or since staff had it tried again: what pauses go by.
    tries = models.PositiveIntegerField(default=0, editable=False)
    #: Attempts of which nobody knows whether they delivered it.
    uncertain = models.PositiveIntegerField(_("attempts in doubt"), default=0)
    last_error = models.TextField(_("last error"), blank=True)
    sent = models.DateTimeField(_("sent at"), null=True, blank=True)
    claimed_by = models.CharField(_("being sent by"), max_length=80, blank=True)
    claimed_until = models.DateTimeField(_("until at most"), null=True, blank=True)

    class Meta:
        verbose_name = _("e-mail")
        verbose_name_plural = _("e-mails")
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["priority", "next_try", "id"],
                name="email_to_be_sent",
                condition=Q(state="queued"),
            ),
            models.Index(
                fields=["claimed_until"], name="email_being_sent", condition=Q(state="sending")
            ),
            models.Index(fields=["state", "sent"], name="email_state_sent"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.subject}"


class Attachment(models.Model):
    """A file of an e-mail. In the database, so that each host that sends has it."""

    email = models.ForeignKey(
        Email, verbose_name=_("e-mail"), on_delete=models.CASCADE, related_name="attachments"
    )
    name = models.CharField(_("name"), max_length=150)
    content_type = models.CharField(_("content type"), max_length=100)
    content = models.BinaryField(_("content"))

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class Outcome(models.TextChoices):
    """How an attempt to send went."""

    UNDER_WAY = "", _("Under way")
    SENT = "sent", _("Sent")
    LATER = "later", _("To be tried again")
    REFUSED = "refused", _("Refused")
    UNCERTAIN = "uncertain", _("In doubt: it may have been delivered")
    CANCELLED = "cancelled", pgettext_lazy("of an e-mail", "Cancelled")


class Attempt(models.Model):
    """One attempt to send an e-mail, by one process: the log of the queue."""

    email = models.ForeignKey(
        Email, verbose_name=_("e-mail"), on_delete=models.CASCADE, related_name="log"
    )
    number = models.PositiveIntegerField(_("attempt"))
    began = models.DateTimeField(_("began"))
    ended = models.DateTimeField(_("ended"), null=True, blank=True)
    outcome = models.CharField(
        _("outcome"), max_length=9, choices=Outcome, default=Outcome.UNDER_WAY, blank=True
    )
    words = models.TextField(_("what the server said"), blank=True)
    process = models.CharField(_("process"), max_length=80)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["email", "number"], name="one_attempt_of_a_number")
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.get_outcome_display()}"


class Unsubscription(models.Model):
    """An address that wants no e-mails of a topic."""

    address = models.CharField(_("address"), max_length=254, help_text=_("In small letters."))
    topic = models.CharField(_("topic"), max_length=80)
    created = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("unsubscription")
        verbose_name_plural = _("unsubscriptions")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["address", "topic"], name="one_unsubscription")
        ]

    def __str__(self) -> str:
        return f"{self.address} · {self.topic}"
