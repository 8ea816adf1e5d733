"""Odoo instances, and what was exchanged with each."""

import secrets

from django.core.validators import MaxLengthValidator, RegexValidator, URLValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from ocpp.models import Transaction
from odoo.fields import StoredPasswordField


def new_reference() -> str:
    """A reference that no other node has."""
    return f"EV{secrets.token_hex(3).upper()}"


class Instance(models.Model):
    """An Odoo database, who we are there, and what is exchanged with it."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    url = models.CharField(
        _("URL"),
        max_length=500,
        validators=[URLValidator(["http", "https"])],
        help_text=_("Such as https://odoo.example.com, without what follows the host."),
    )
    database = models.CharField(_("database"), max_length=100)
    user = models.CharField(_("user"), max_length=200, help_text=_("The login in Odoo."))
    password = StoredPasswordField(_("password"), blank=True, validators=[MaxLengthValidator(500)])

    push_sessions = models.BooleanField(
        _("send sessions"),
        default=False,
        help_text=_("Finished sessions become lines of sale orders, one order a customer a month."),
    )
    push_since = models.DateTimeField(
        _("sessions since"),
        default=timezone.now,
        help_text=_("Those that ended before are not sent."),
    )
    product = models.CharField(
        _("product in Odoo"),
        max_length=64,
        default="EV-CHARGING",
        help_text=_("Internal reference of the product that the lines are of."),
    )
    default_partner = models.PositiveIntegerField(
        _("customer for all others"),
        null=True,
        blank=True,
        help_text=_(
            "Odoo's number of the contact that gets the sessions of accounts without a contact of"
            " their own. Empty: those are not sent."
        ),
    )
    reference = models.CharField(
        _("reference"),
        max_length=20,
        default=new_reference,
        unique=True,
        validators=[RegexValidator(r"^[A-Za-z0-9-]+\Z", _("Letters, digits and hyphens."))],
        help_text=_(
            "Begins the references of orders and lines, by which they are found again. Never"
            " change it once sessions were sent."
        ),
    )

    pull_partners = models.BooleanField(
        _("fetch contacts and cards"),
        default=False,
        help_text=_("Contacts with a card become users with an account and that card."),
    )
    card_field = models.CharField(
        _("field of the card"),
        max_length=64,
        default="barcode",
        validators=[RegexValidator(r"^[a-z][a-z0-9_]*\Z", _("The technical name of a field."))],
        help_text=_("Field of a contact with its card numbers, separated by blanks or commas."),
    )
    # How far a pass over the contacts has come: what changed since, and the last number.
    # `pull_next` is where the next pass begins.
    pull_since = models.CharField(max_length=19, blank=True, editable=False)
    pull_next = models.CharField(max_length=19, blank=True, editable=False)
    pull_after = models.BigIntegerField(default=0, editable=False)

    # Who synchronises it now, so that two do not at once.
    claimed_by = models.CharField(max_length=64, blank=True, editable=False)
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)
    created = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("Odoo instance")
        verbose_name_plural = _("Odoo instances")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Partner(models.Model):
    """A contact in Odoo, and the user that it is here."""

    instance = models.ForeignKey(
        Instance, verbose_name=_("instance"), on_delete=models.CASCADE, related_name="partners"
    )
    external_id = models.PositiveIntegerField(_("number in Odoo"))
    user = models.ForeignKey(
        User, verbose_name=_("user"), on_delete=models.CASCADE, related_name="odoo_partners"
    )
    #: The numbers that its card field had when it was last read.
    cards = models.JSONField(_("cards"), default=list, blank=True, editable=False)
    problem = models.CharField(_("problem"), max_length=500, blank=True, editable=False)
    updated = models.DateTimeField(_("last read"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("contact in Odoo")
        verbose_name_plural = _("contacts in Odoo")
        ordering = ["instance", "external_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["instance", "external_id"], name="odoo_partner_is_one_user"
            ),
            models.UniqueConstraint(fields=["instance", "user"], name="odoo_user_is_one_partner"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.external_id})"


class PushedSession(models.Model):
    """What became of a session in Odoo: the numbers there, or why it is not there yet."""

    instance = models.ForeignKey(
        Instance, verbose_name=_("instance"), on_delete=models.CASCADE, related_name="sessions"
    )
    transaction = models.ForeignKey(
        Transaction,
        verbose_name=_("transaction"),
        on_delete=models.CASCADE,
        related_name="odoo_lines",
    )
    order_id = models.PositiveIntegerField(_("order in Odoo"), null=True, blank=True)
    line_id = models.PositiveIntegerField(_("line in Odoo"), null=True, blank=True)
    net = models.DecimalField(
        _("amount sent"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    sent = models.DateTimeField(_("sent"), null=True, blank=True)
    problem = models.CharField(_("problem"), max_length=500, blank=True)
    tries = models.PositiveIntegerField(_("failures in a row"), default=0)
    next_try = models.DateTimeField(_("next try"), null=True, blank=True)

    class Meta:
        verbose_name = _("session in Odoo")
        verbose_name_plural = _("sessions in Odoo")
        ordering = ["-transaction_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["instance", "transaction"], name="session_is_one_line_in_odoo"
            )
        ]

    def __str__(self) -> str:
        return f"{self.transaction_id} · {self.instance}"


class SyncRun(models.Model):
    """The log: one synchronisation, what it came to, and why it ended."""

    class Kind(models.TextChoices):
        """What was exchanged."""

        PUSH = "push", _("sessions sent")
        PULL = "pull", _("contacts fetched")

    instance = models.ForeignKey(
        Instance, verbose_name=_("instance"), on_delete=models.CASCADE, related_name="runs"
    )
    kind = models.CharField(_("kind"), max_length=4, choices=Kind)
    started = models.DateTimeField(_("started"), auto_now_add=True)
    ended = models.DateTimeField(_("ended"), null=True, blank=True)
    done = models.PositiveIntegerField(_("done"), default=0)
    failed = models.PositiveIntegerField(_("failed"), default=0)
    problem = models.CharField(_("problem"), max_length=1000, blank=True)

    class Meta:
        verbose_name = _("synchronisation with Odoo")
        verbose_name_plural = _("synchronisations with Odoo")
        ordering = ["-started", "-id"]

    def __str__(self) -> str:
        return f"{self.instance} {self.started:%Y-%m-%d %H:%M}"
