"""Words that the models, the rules and the doors share."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Registration(models.TextChoices):
    """Whether a charge point belongs here: the status of BootNotification.conf (OCPP 1.6, 7.45)."""

    ACCEPTED = "Accepted", _("Accepted")
    PENDING = "Pending", _("Pending")
    REJECTED = "Rejected", _("Rejected")


class TransactionState(models.TextChoices):
    """Where a transaction stands."""

    ACTIVE = "active", _("Active")
    COMPLETED = "completed", _("Completed")
    REFUSED = "refused", _("Refused")
    LOST = "lost", _("Lost")


class CommandState(models.TextChoices):
    """Where a command to a charge point stands."""

    QUEUED = "queued", _("Queued")
    SENT = "sent", _("Sent")
    ANSWERED = "answered", _("Answered")
    ERROR = "error", _("Refused with an error")
    TIMEOUT = "timeout", _("No answer in time")
    EXPIRED = "expired", _("Expired before it was sent")
    FAILED = "failed", _("Connection lost")


#: States in which a command can no longer change, but for a late answer.
FINISHED_COMMAND_STATES = (
    CommandState.ANSWERED,
    CommandState.ERROR,
    CommandState.TIMEOUT,
    CommandState.EXPIRED,
    CommandState.FAILED,
)


class AnomalyKind(models.TextChoices):
    """What was odd about something that a charge point did."""

    TOLERATED = "tolerated", _("Tolerated form")
    BAD_VALUE = "bad_value", _("Unreadable value")
    CLOCK = "clock", _("Clock")
    TRANSACTION = "transaction", _("Transaction")
    METERING = "metering", _("Metering")
    FRAME = "frame", _("Frame")
    IDENTITY = "identity", _("Identity")
    SECURITY = "security", _("Security")


class ReservationState(models.TextChoices):
    """Where a reservation stands."""

    PENDING = "pending", _("Not confirmed")
    ACTIVE = "active", _("Active")
    REFUSED = "refused", _("Refused")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")
    USED = "used", _("Used")


#: States in which a reservation may keep a connector, until it expires.
OPEN_RESERVATION_STATES = (ReservationState.PENDING, ReservationState.ACTIVE)


class ProfilePurpose(models.TextChoices):
    """What a charging profile limits: ChargingProfilePurposeType (OCPP 1.6, 7.11)."""

    CHARGER = "ChargePointMaxProfile", _("The charger as a whole")
    DEFAULT = "TxDefaultProfile", _("Every transaction")
    TRANSACTION = "TxProfile", _("One transaction")


class ProfileKind(models.TextChoices):
    """What its times are reckoned from: ChargingProfileKindType (OCPP 1.6, 7.9)."""

    ABSOLUTE = "Absolute", _("A point in time")
    RECURRING = "Recurring", _("Every day or week")
    RELATIVE = "Relative", _("The start of charging")


class Recurrency(models.TextChoices):
    """How often a schedule begins again: RecurrencyKindType (OCPP 1.6, 7.37)."""

    DAILY = "Daily", _("Daily")
    WEEKLY = "Weekly", _("Weekly")


class RateUnit(models.TextChoices):
    """Unit of a limit: ChargingRateUnitType (OCPP 1.6, 7.12)."""

    AMPERE = "A", _("A, for each phase")
    WATT = "W", _("W, over all phases")


class ProfileState(models.TextChoices):
    """Where a charging profile stands, as the charge point confirmed it."""

    PENDING = "pending", _("Not confirmed")
    INSTALLED = "installed", _("Installed")
    REFUSED = "refused", _("Refused")
    CLEARED = "cleared", _("Cleared")


class UploadPurpose(models.TextChoices):
    """What a charge point is asked to upload."""

    DIAGNOSTICS = "Diagnostics", _("Diagnostics")
    DIAGNOSTICS_LOG = "DiagnosticsLog", _("Diagnostics log")
    SECURITY_LOG = "SecurityLog", _("Security log")


class LocalListState(models.TextChoices):
    """What became of a local authorization list: UpdateStatus (OCPP 1.6, 7.47), or none yet."""

    SENDING = "Sending", _("Not confirmed")
    ACCEPTED = "Accepted", _("Accepted")
    FAILED = "Failed", _("Failed")
    NOT_SUPPORTED = "NotSupported", _("Not supported")
    VERSION_MISMATCH = "VersionMismatch", _("Version mismatch")
