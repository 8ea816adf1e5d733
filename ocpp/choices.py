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


class StopCause(models.TextChoices):
    """Why the node asked for the end of a session."""

    CREDIT = "credit", _("No credit left")
    ENERGY = "energy", _("Most energy of a session")
    MINUTES = "minutes", _("Most minutes of a session")
    HOURS = "hours", _("End of the allowed hours")


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


class CostComponent(models.TextChoices):
    """What of a session has a price."""

    ENERGY = "energy", _("Energy (kWh)")
    CHARGING = "charging", _("Charging (minutes)")
    IDLE = "idle", _("Connected without charging (minutes)")
    SESSION = "session", _("Session")


class HolidayCalendar(models.TextChoices):
    """Which days count as Sundays for a tariff."""

    NONE = "", _("None")
    MEXICO = "mx", _("Federal holidays of Mexico, and own dates")
    OWN = "own", _("Own dates")


class TargetState(models.TextChoices):
    """Where a charger of a bulk command stands, until its own command tells more."""

    WAITING = "waiting", _("To be queued")
    QUEUED = "queued", _("Queued")
    REFUSED = "refused", _("Refused")


class SecurityProfile(models.IntegerChoices):
    """How a charge point proves who it is (Security Whitepaper for OCPP 1.6, edition 3, 2)."""

    NONE = 0, _("0: no proof")
    BASIC = 1, _("1: key")
    BASIC_TLS = 2, _("2: key, over TLS")
    CERTIFICATE = 3, _("3: client certificate, over TLS")


class CredentialState(models.TextChoices):
    """Where a key of a charger stands."""

    OFFERED = "offered", _("Not used yet")
    ACTIVE = "active", _("In use")


class CertificateKind(models.TextChoices):
    """Whose an X.509 certificate is."""

    AUTHORITY = "authority", _("Certificate authority")
    CHARGE_POINT = "charge_point", _("Charge point")


class CertificateRequestState(models.TextChoices):
    """Where a charge point's request for a certificate stands."""

    WAITING = "waiting", _("Waits for approval")
    PENDING = "pending", _("To be signed")
    SIGNED = "signed", _("Signed, to be sent")
    SENT = "sent", _("Sent")
    INSTALLED = "installed", _("Installed")
    REFUSED = "refused", _("Refused by the charge point")
    REJECTED = "rejected", _("Rejected")
    FAILED = "failed", _("Failed")
    SUPERSEDED = "superseded", _("Superseded by a newer one")


#: States of a request for a certificate that is still on its way.
OPEN_CERTIFICATE_REQUEST_STATES = (
    CertificateRequestState.WAITING,
    CertificateRequestState.PENDING,
    CertificateRequestState.SIGNED,
    CertificateRequestState.SENT,
)


class CertificateUse(models.TextChoices):
    """What a charge point trusts a root certificate for (Security Whitepaper, 6.4)."""

    CENTRAL_SYSTEM = "CentralSystemRootCertificate", _("Central system")
    MANUFACTURER = "ManufacturerRootCertificate", _("Manufacturer of the charge point")


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


class RepairKind(models.TextChoices):
    """What staff did about a transaction that needed a look."""

    ACCEPT = "accept", _("Energy accepted")
    ENERGY = "energy", _("Energy corrected")
    WRITE_OFF = "write_off", _("Energy written off")
    CLOSE = "close", _("Closed without a stop")
    ATTACH = "attach", _("Stop attached")
    ASSIGN = "assign", _("Account changed")
    DISMISS = "dismiss", _("Stop dismissed")


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


class ListUpkeep(models.TextChoices):
    """Whether a charger's local authorization list is kept up to date by itself."""

    AUTO = "auto", _("Where it has a list that is in use")
    ALWAYS = "always", _("Always")
    MANUAL = "manual", _("Only when staff send it")


class ListProblem(models.TextChoices):
    """Why a charger's local list could not be brought up to date."""

    NOT_SUPPORTED = "NotSupported", _("It has no local list, or its list is switched off.")
    FAILED = "Failed", _("It could not store the list.")
    VERSION_MISMATCH = "VersionMismatch", _("Its list has another version than was thought.")
    REFUSED = "refused", _("It answered with an error.")
    NO_ANSWER = "no_answer", _("It did not answer.")
    TOO_MANY_CARDS = "too_many_cards", _("There are more cards than it can store.")
