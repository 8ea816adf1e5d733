"""Limits of the apps beside charging, for the page Limits; and which numbers are no limits.

A number that is read from the environment stands on that page or in `NO_LIMIT`: a test compares.
"""

from typing import Final

from django.utils.translation import gettext_lazy as _

from ocpp.domain.queries.limits import Limit, Part, register

LOGINS: Final = (
    Limit(
        "PASSWORD_FAILURES_PER_15_MINUTES",
        _("Wrong passwords of one user at one address in 15 minutes."),
    ),
    Limit("PASSWORD_FAILURES_PER_HOUR", _("Wrong passwords an hour from one address.")),
    Limit(
        "SECOND_FACTOR_FAILURES_PER_15_MINUTES",
        _("Wrong codes of the second factor of one user at one address in 15 minutes."),
    ),
    Limit("SECOND_FACTOR_FAILURES_PER_HOUR", _("The same an hour of one user from everywhere.")),
    Limit("RFID_LOGIN_PER_MINUTE", _("Logins by card a minute from one address.")),
    Limit("RFID_LOGIN_PER_HOUR", _("Logins by card an hour from one address.")),
    Limit("RFID_LOGIN_PER_MINUTE_IN_ALL", _("Logins by card a minute from everywhere.")),
)
REQUESTS: Final = (
    Limit("API_REQUESTS_PER_MINUTE", _("Requests to the API a minute of one caller and process.")),
    Limit("QR_PER_MINUTE", _("QR codes a minute that one address may have drawn by a process.")),
    Limit("DRIVER_REQUESTS_PER_MINUTE", _("Starts and stops a minute that one driver asks for.")),
    Limit("OCPP_WAITING_REQUESTS", _("Requests of one process that wait for a charger's answer.")),
    Limit("NODE_REGISTRATIONS_PER_MINUTE", _("Registrations of nodes a minute from one address.")),
    Limit("EVENTS_LISTENERS", _("Listeners to events at a time of one process.")),
    Limit("EVENTS_QUEUE", _("Events that may wait for a listener; more are left out.")),
)
OUTGOING: Final = (
    Limit("OUTGOING_TIMEOUT_S", _("How long a request to another machine may take in all (s).")),
    Limit("OUTGOING_MAX_MB", _("The longest answer that is read (MB).")),
    Limit("WEBHOOK_GIVE_UP_H", _("How long a webhook may take nothing (h), then it is off.")),
)
FILES: Final = (
    Limit("OCPP_UPLOAD_MAX_MB", _("The longest file that a charger may upload (MB).")),
    Limit("OCPP_UPLOAD_TTL_S", _("How long the address for an upload is good (s).")),
    Limit("OCPP_FIRMWARE_TTL_S", _("How long firmware may be fetched after its time (s).")),
    Limit("EMAIL_TIMEOUT", _("How long the mail server may take for each step (s).")),
    Limit("MAILER_ATTEMPTS", _("Attempts to send an e-mail, then it is given up.")),
    Limit("MAILER_ATTACHMENTS_KIB", _("How large the files of an e-mail may be together (KiB).")),
)
KEPT: Final = (
    Limit("OCPP_METER_READINGS_DAYS", _("Meter readings (days).")),
    Limit("OCPP_MESSAGE_LOG_DAYS", _("Messages of chargers (days).")),
    Limit("OCPP_STATUS_HISTORY_DAYS", _("States of connectors (days).")),
    Limit("OCPP_SNAPSHOTS_KEPT", _("Configurations of each charger.")),
    Limit("OCPP_ATTEMPTS_KEPT", _("Refused connections.")),
    Limit("OCPP_ATTEMPTS_PER_ADDRESS", _("Refused connections of one address.")),
    Limit("EVENTS_DAYS", _("Events (days).")),
    Limit("MAILER_KEEP_DAYS", _("E-mails that are finished with (days).")),
    Limit("QR_KEEP_DAYS", _("QR codes that nobody uses (days).")),
    Limit("AUDIT_DAYS", _("Records of the audit (days).")),
    Limit("LOG_KEEP_DAYS", _("Log files (days).")),
)

#: Numbers that bound nobody, with what they are.
NO_LIMIT: Final = {
    "EMAIL_PORT": "an address",
    "HEALTH_DISK_FREE_MB": "when a process says that it is not ready",
    "MAILER_LEASE_S": "how processes share the queue",
    "NODE_HEARTBEAT_S": "a rhythm",
    "NODE_LATE_S": "what a node is called",
    "NODE_LOST_S": "what a node is called",
    "NODE_PORT": "an address",
    "NOTIFY_FAULT_S": "when somebody is told",
    "NOTIFY_LOW_BALANCE_WH": "when somebody is told",
    "NOTIFY_OFFLINE_S": "when somebody is told",
    "NOTIFY_PAUSE_S": "when somebody is told",
    "OCPP_CERTIFICATE_DAYS": "how long a certificate lasts",
    "OCPP_CERTIFICATE_WARN_DAYS": "when somebody is told",
    "OCPP_CONNECTOR_POWER_W": "what the plant can do",
    "OCPP_HEARTBEAT_INTERVAL_S": "a rhythm",
    "OCPP_HOLD_MARGIN_WH": "how energy is held",
    "OCPP_HOLD_WH": "how energy is held",
    "OCPP_LEASE_S": "how processes share the chargers",
    "OCPP_PENDING_INTERVAL_S": "a rhythm",
    "OCPP_READ_CONFIGURATION_AGE_H": "a rhythm",
    "OCPP_READ_CONFIGURATION_DELAY_S": "a rhythm",
    "OCPP_REJECTED_INTERVAL_S": "a rhythm",
    "OCPP_VOLTAGE": "what the plant is",
    "SCHEDULES_LOOK_S": "a rhythm",
}


def connect() -> None:
    """Put these on the page; called once, when the apps are ready."""
    for title, limits in (
        (_("Logins"), LOGINS),
        (_("Requests"), REQUESTS),
        (_("Requests to other machines"), OUTGOING),
        (_("Files and e-mail"), FILES),
        (_("How long things are kept"), KEPT),
    ):
        register(Part(title, limits))
