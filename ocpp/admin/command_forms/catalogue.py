"""The operations in words for people, by the profile of the standard that they belong to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ocpp import operations
from ocpp.operations import Operation

Words = str | Promise

CORE = _("Core")
FIRMWARE = _("Firmware and logs")
LOCAL_LIST = _("Local list")
RESERVATION = _("Reservation")
SMART_CHARGING = _("Smart charging")
TRIGGER = _("Remote trigger")
SECURITY = _("Security")
#: An operation that nobody has sorted yet.
OTHER = _("Other")
_ORDER = (CORE, FIRMWARE, LOCAL_LIST, RESERVATION, SMART_CHARGING, TRIGGER, SECURITY, OTHER)

#: Name of an operation -> its profile, what it does in a few words, and its name in the standard.
_KNOWN: Mapping[str, tuple[Words, Words, str]] = {
    "remote_start": (CORE, _("Start a transaction"), "RemoteStartTransaction"),
    "remote_stop": (CORE, _("Stop a transaction"), "RemoteStopTransaction"),
    "reset": (CORE, _("Restart"), "Reset"),
    "unlock": (CORE, _("Unlock a connector"), "UnlockConnector"),
    "change_availability": (CORE, _("Put in or out of service"), "ChangeAvailability"),
    "get_configuration": (CORE, _("Read the configuration"), "GetConfiguration"),
    "change_configuration": (CORE, _("Change a configuration key"), "ChangeConfiguration"),
    "clear_cache": (CORE, _("Empty the cache of cards"), "ClearCache"),
    "data_transfer": (CORE, _("Send a vendor's own data"), "DataTransfer"),
    "update_firmware": (FIRMWARE, _("Update the firmware"), "UpdateFirmware"),
    "signed_update_firmware": (FIRMWARE, _("Update to signed firmware"), "SignedUpdateFirmware"),
    "get_diagnostics": (FIRMWARE, _("Fetch diagnostics"), "GetDiagnostics"),
    "get_log": (FIRMWARE, _("Fetch a log"), "GetLog"),
    "get_local_list_version": (
        LOCAL_LIST,
        _("Ask for the version of the local list"),
        "GetLocalListVersion",
    ),
    "send_local_list": (LOCAL_LIST, _("Send cards to the local list"), "SendLocalList"),
    "reserve": (RESERVATION, _("Reserve a connector"), "ReserveNow"),
    "cancel_reservation": (RESERVATION, _("Cancel a reservation"), "CancelReservation"),
    "set_charging_profile": (SMART_CHARGING, _("Set a charging profile"), "SetChargingProfile"),
    "clear_charging_profile": (
        SMART_CHARGING,
        _("Clear charging profiles"),
        "ClearChargingProfile",
    ),
    "get_composite_schedule": (
        SMART_CHARGING,
        _("Ask for the composite schedule"),
        "GetCompositeSchedule",
    ),
    "trigger_message": (TRIGGER, _("Ask for a message"), "TriggerMessage"),
    "extended_trigger_message": (
        TRIGGER,
        _("Ask for a message (Security Whitepaper)"),
        "ExtendedTriggerMessage",
    ),
    "certificate_signed": (SECURITY, _("Give it its certificate"), "CertificateSigned"),
    "install_certificate": (SECURITY, _("Install a root certificate"), "InstallCertificate"),
    "delete_certificate": (SECURITY, _("Delete a certificate"), "DeleteCertificate"),
    "get_installed_certificate_ids": (
        SECURITY,
        _("Ask which certificates are installed"),
        "GetInstalledCertificateIds",
    ),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """An operation as people are offered it."""

    name: str
    title: Words
    #: Its name in the standard; empty where that is not known.
    standard: str
    group: Words
    #: A sentence in English, as its docstring begins.
    explanation: str = ""


def entry(operation: Operation[Any]) -> Entry:
    """The words for an operation, also for one that is not listed here."""
    name = operation.name
    explanation = (operation.__doc__ or "").partition("\n\n")[0]
    known = _KNOWN.get(name)
    if known is None:
        return Entry(name, name.replace("_", " ").capitalize(), "", OTHER, explanation)
    group, title, standard = known
    return Entry(name, title, standard, group, explanation)


def title(action: str) -> Words:
    """The words for the action of a command."""
    operation = operations.OPERATIONS.get(action)
    return action if operation is None else entry(operation).title


def groups() -> list[tuple[Words, list[Entry]]]:
    """All operations by their profile, in the order of the standard; no group is empty."""
    entries = [entry(operation) for operation in operations.OPERATIONS.values()]
    found = [(group, [one for one in entries if one.group is group]) for group in _ORDER]
    return [(group, those) for group, those in found if those]
