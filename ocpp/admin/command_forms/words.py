"""The arguments of operations in words for people."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ocpp import choices

Words = str | Promise

LABELS: Mapping[str, Words] = {
    "connector_id": _("connector"),
    "id_tag": _("id tag"),
    "parent_id_tag": _("parent id tag"),
    "transaction_id": _("transaction"),
    "reservation_id": _("reservation"),
    "profile_id": _("profile id"),
    "type": _("kind"),
    "requested_message": _("message"),
    "key": _("key"),
    "keys": _("keys"),
    "value": _("value"),
    "vendor_id": _("vendor id"),
    "message_id": _("message id"),
    "data": _("data"),
    "minutes": _("minutes"),
    "expires": _("expires"),
    "purpose": _("purpose"),
    "kind": _("kind"),
    "unit": _("unit"),
    "periods": _("periods"),
    "stack_level": _("stack level"),
    "recurrency": _("recurrence"),
    "valid_from": _("valid from"),
    "valid_to": _("valid to"),
    "duration": _("duration (s)"),
    "schedule_start": _("start of the schedule"),
    "min_rate": _("lowest rate"),
    "phases": _("phases"),
    "voltage": _("voltage (V)"),
    "location": _("URL"),
    "firmware": _("firmware of this node"),
    "retrieve_date": _("fetch it from"),
    "retries": _("retries"),
    "retry_interval": _("seconds between retries"),
    "start_time": _("from"),
    "stop_time": _("until"),
    "oldest": _("from"),
    "latest": _("until"),
    "log_type": _("log"),
    "update_type": _("kind"),
    "start": _("from (s)"),
    "limit": _("limit"),
    "status": _("status"),
    "file_name": _("file name"),
    "list_version": _("version of its local list"),
    "unknown_keys": _("keys that it does not know"),
    "error": _("error"),
}

HINTS: Mapping[str, Words] = {
    "minutes": _("From now on. Give either minutes or a time."),
    "expires": _("Give either minutes or a time."),
    "location": _("As the charge point can reach it. Empty: this node."),
    "firmware": _("Upload a file under Firmware first, or give a URL."),
    "retrieve_date": _("Empty: now."),
    "keys": _("None: all of them."),
    "periods": _("The first starts at 0. In A a limit holds for each phase, in W for all."),
    "profile_id": _("The number by which the charge point knows it. Empty: a new one, or any."),
    "phases": _("To convert limits. Empty: those of the charger."),
    "voltage": _("To convert limits. Empty: that of the charger."),
    "stack_level": _("The highest counts."),
}

#: The words of the standard, in words for people.
CHOICES: Mapping[str, Words] = {
    str(value): label
    for enumeration in (
        choices.ProfilePurpose,
        choices.ProfileKind,
        choices.Recurrency,
        choices.RateUnit,
    )
    for value, label in enumeration.choices
} | {
    "Operative": _("in service"),
    "Inoperative": _("out of service"),
    "Soft": _("after ending its transactions"),
    "Hard": _("at once"),
    "Full": _("all cards"),
    "Differential": _("what has changed"),
    "DiagnosticsLog": _("Diagnostics log"),
    "SecurityLog": _("Security log"),
}


def label(name: str) -> Words:
    """What an argument is called, also one that is not listed here."""
    return LABELS.get(name) or name.replace("_", " ")


def choice(word: str) -> Words:
    """A word of the standard as it is offered: with what it means, where that is listed."""
    meaning = CHOICES.get(word)
    return word if meaning is None else f"{word} – {meaning}"
