"""A charge point."""

import hashlib
import unicodedata
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ocpp.choices import ListUpkeep, Registration, SecurityProfile

MAX_KEY = 96


def identity_key(charger_id: str) -> str:
    """What two spellings of one id have in common: Unicode form and letter case folded."""
    folded = unicodedata.normalize("NFKC", charger_id).casefold()
    key = unicodedata.normalize("NFKC", folded)
    # Some characters stand for eighteen. Cut off, two ids that differ at the end would be one.
    return key if len(key) <= MAX_KEY else hashlib.sha256(key.encode()).hexdigest()


#: What the charge point reports and its connection sets; people do not edit it.
LIVE_FIELDS = frozenset(
    {
        "last_path",
        "last_heartbeat",
        "last_seen",
        "last_meter_values",
        "vendor",
        "model",
        "serial_number",
        "charge_box_serial_number",
        "firmware_version",
        "iccid",
        "imsi",
        "meter_type",
        "meter_serial_number",
        "last_boot",
        "firmware_status",
        "diagnostics_status",
        "log_status",
        "local_list_version",
        "owner",
        "epoch",
        "connected_at",
        "disconnected_at",
        "remote_address",
        "revised",
        "over_tls",
    }
)

#: The shortest and the longest time (s) for which a charge point may be told to wait.
SHORTEST_INTERVAL_S = 10
LONGEST_INTERVAL_S = 24 * 60 * 60
_INTERVAL = [MinValueValidator(SHORTEST_INTERVAL_S), MaxValueValidator(LONGEST_INTERVAL_S)]


class Charger(models.Model):
    """A charge point, by the identity with which it connects (OCPP-J 1.6, 3.1.1)."""

    charger_id = models.CharField(
        _("charger id"), max_length=48, unique=True, help_text=_("As the charge point sends it.")
    )
    #: NFKC and case folded: two spellings of one id are one charger.
    id_key = models.CharField(max_length=MAX_KEY, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=100, blank=True)
    config = models.JSONField(
        _("configuration"), default=dict, blank=True, help_text=_("Keys as last reported.")
    )
    require_rfid = models.BooleanField(
        _("require RFID"),
        default=False,
        help_text=_("Only a known, allowed card of an account in credit may charge."),
    )
    strict = models.BooleanField(
        _("strict"),
        default=False,
        help_text=_("Refuse messages that differ from the standard instead of noting it."),
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        blank=True,
        help_text=_("Of times that the charge point sends without a zone. Empty: UTC."),
    )
    registration = models.CharField(
        _("registration"), max_length=8, choices=Registration, default=Registration.ACCEPTED
    )
    retry_interval = models.PositiveIntegerField(
        _("asks again after (s)"),
        null=True,
        blank=True,
        validators=_INTERVAL,
        help_text=_("While it is pending or rejected. Empty: as in the settings."),
    )
    heartbeat_interval = models.PositiveIntegerField(
        _("heartbeat every (s)"),
        null=True,
        blank=True,
        validators=_INTERVAL,
        help_text=_("Once it is accepted. Empty: as in the settings."),
    )
    read_after_boot = models.BooleanField(
        _("read its configuration after a boot"),
        default=True,
        help_text=_("Off for one that is disturbed by it."),
    )
    security_profile = models.PositiveSmallIntegerField(
        _("security profile"),
        choices=SecurityProfile,
        default=SecurityProfile.NONE,
        help_text=_("A connection that proves less is refused."),
    )
    #: It was told to connect with this higher profile; counts from when it first has done so.
    wanted_profile = models.PositiveSmallIntegerField(
        _("security profile to come"), choices=SecurityProfile, null=True, editable=False
    )
    discovered = models.BooleanField(
        _("made by its own connection"),
        default=False,
        help_text=_("Created when it first connected; nobody here has looked at it yet."),
    )

    local_list_upkeep = models.CharField(
        _("list of cards on the charger"),
        max_length=8,
        choices=ListUpkeep,
        default=ListUpkeep.AUTO,
        help_text=_("Whether the cards that it knows while it is offline are kept up to date."),
    )

    latitude = models.DecimalField(
        _("latitude"), max_digits=9, decimal_places=6, null=True, blank=True
    )
    longitude = models.DecimalField(
        _("longitude"), max_digits=9, decimal_places=6, null=True, blank=True
    )

    # What its connectors are fed with; limits in A and W are converted by it.
    phases = models.PositiveSmallIntegerField(
        _("phases"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(3)],
        help_text=_("1 to 3, to convert limits in A and W. Empty: as in the settings."),
    )
    voltage = models.PositiveSmallIntegerField(
        _("voltage (V)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text=_("Between a phase and neutral. Empty: as in the settings."),
    )

    # For charge points that are easily disturbed.
    pings = models.BooleanField(
        _("ping its connection"),
        default=True,
        help_text=_(
            "Off for one that a ping disturbs: then only its own messages tell it is there."
        ),
    )
    pause_ms = models.PositiveIntegerField(
        _("pause before each message to it (ms)"),
        default=0,
        validators=[MaxValueValidator(10_000)],
        help_text=_("For one that is not ready at once for an answer or the next command."),
    )

    tariff = models.ForeignKey(
        "ocpp.Tariff",
        verbose_name=_("tariff"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="chargers",
        help_text=_("Empty: the standard tariff."),
    )

    last_path = models.CharField(_("last path"), max_length=255, blank=True)
    last_heartbeat = models.DateTimeField(_("last heartbeat"), null=True, blank=True)
    last_seen = models.DateTimeField(_("last seen"), null=True, blank=True)
    last_meter_values = models.JSONField(
        _("last meter values"),
        default=dict,
        blank=True,
        help_text=_("Payload of the newest MeterValues."),
    )

    # What the charge point says of itself in BootNotification (OCPP 1.6, 6.3).
    vendor = models.CharField(_("vendor"), max_length=50, blank=True)
    model = models.CharField(_("model"), max_length=50, blank=True)
    serial_number = models.CharField(_("serial number"), max_length=50, blank=True)
    charge_box_serial_number = models.CharField(
        _("charge box serial number"), max_length=50, blank=True
    )
    firmware_version = models.CharField(_("firmware version"), max_length=50, blank=True)
    iccid = models.CharField("ICCID", max_length=50, blank=True)
    imsi = models.CharField("IMSI", max_length=50, blank=True)
    meter_type = models.CharField(_("meter type"), max_length=50, blank=True)
    meter_serial_number = models.CharField(_("meter serial number"), max_length=50, blank=True)
    last_boot = models.DateTimeField(_("last boot"), null=True, blank=True)
    firmware_status = models.CharField(_("firmware status"), max_length=32, blank=True)
    diagnostics_status = models.CharField(_("diagnostics status"), max_length=32, blank=True)
    log_status = models.CharField(_("log upload status"), max_length=32, blank=True)
    local_list_version = models.BigIntegerField(
        _("version of its local list"),
        null=True,
        editable=False,
        help_text=_("As it last said: 0 for an empty list, -1 where there is none."),
    )

    # Presence: which process holds the connection, and which connection it is. Every new
    # connection raises the epoch; what belongs to an older epoch may change nothing.
    owner = models.CharField(max_length=64, blank=True, default="", editable=False)
    epoch = models.BigIntegerField(default=0, editable=False)
    connected_at = models.DateTimeField(_("connected since"), null=True, editable=False)
    disconnected_at = models.DateTimeField(_("offline since"), null=True, editable=False)
    remote_address = models.CharField(
        _("network address"), max_length=64, blank=True, editable=False
    )
    over_tls = models.BooleanField(_("over TLS"), default=False, editable=False)
    created = models.DateTimeField(_("created"), auto_now_add=True)
    #: When staff last changed something, by the clock of the database: the process that holds
    #: its connection looks for it.
    revised = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("charger")
        verbose_name_plural = _("chargers")
        ordering = ["charger_id"]
        indexes = [
            models.Index(
                fields=["revised"], name="revised_charger", condition=Q(revised__isnull=False)
            ),
            # Each unknown id that connects asks how many of these there are.
            models.Index(
                fields=["created"], name="discovered_charger", condition=Q(discovered=True)
            ),
            models.Index(
                fields=["registration"], name="undecided_charger", condition=Q(discovered=True)
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.charger_id

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the identity key with the id, and leave what the charge point itself reports.

        A form is filled in while messages come in: what it was loaded with must not be written
        over newer facts. Name such a field in `update_fields` to change it all the same.
        """
        self.id_key = identity_key(self.charger_id)
        if not self._state.adding and not args and kwargs.get("update_fields") is None:
            kwargs["update_fields"] = [
                field.name
                for field in self._meta.concrete_fields
                if not field.primary_key and field.name not in LIVE_FIELDS
            ]
        super().save(*args, **kwargs)

    @property
    def connected(self) -> bool:
        """Whether some process holds its connection now."""
        return bool(self.owner)
