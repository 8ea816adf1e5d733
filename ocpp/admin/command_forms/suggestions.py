"""What a form offers for an argument: what is there at the charger now."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from ocpp.choices import OPEN_RESERVATION_STATES, ProfileState, TransactionState
from ocpp.domain.queries import states
from ocpp.domain.redaction import REDACTED, is_secret
from ocpp.models import Charger, FirmwareFile

#: A value and what it is. Offered beside the field, which takes other values too.
Option = tuple[str, str]

#: Of one kind no more are offered: a page is for reading.
MOST = 100


def connectors(charger: Charger, *, whole: bool) -> list[Option]:
    """Its connectors with their state; with `whole` also 0, the charger as a whole."""
    found = [
        (
            str(one.connector_id),
            _("Connector %(number)d: %(state)s")
            % {"number": one.connector_id, "state": states.of_status(one.status).word},
        )
        for one in charger.connectors.order_by("connector_id")
        if one.connector_id
    ]
    return [("0", _("Whole charger")), *found] if whole and found else found


def firmware_files() -> list[Option]:
    """The files of this node, the newest first."""
    return [
        (str(one.pk), f"{one.file_name} {one.note}".strip())
        for one in FirmwareFile.objects.order_by("-pk")[:MOST]
    ]


def _transactions(charger: Charger) -> list[Option]:
    running = charger.transactions.filter(state=TransactionState.ACTIVE).order_by("pk")
    return [
        (
            str(one.pk),
            _("connector %(number)d, %(tag)s") % {"number": one.connector_id, "tag": one.id_tag},
        )
        for one in running[:MOST]
    ]


def _profiles(charger: Charger) -> list[Option]:
    installed = charger.charging_profiles.filter(state=ProfileState.INSTALLED).order_by("pk")
    return [
        (
            str(one.profile_id),
            _("%(purpose)s, connector %(number)d, stack level %(level)d")
            % {"purpose": one.purpose, "number": one.connector_id, "level": one.stack_level},
        )
        for one in installed[:MOST]
    ]


def _reservations(charger: Charger) -> list[Option]:
    still = charger.reservations.filter(
        state__in=OPEN_RESERVATION_STATES, expires__gt=timezone.now()
    )
    return [
        (
            str(one.pk),
            _("connector %(number)d, %(tag)s") % {"number": one.connector_id, "tag": one.id_tag},
        )
        for one in still.order_by("pk")[:MOST]
    ]


def _keys(charger: Charger) -> list[Option]:
    config = charger.config if isinstance(charger.config, dict) else {}
    return [(key, _shown(key, entry)) for key, entry in sorted(config.items())]


def _shown(key: str, entry: Any) -> str:
    value = entry.get("value") if isinstance(entry, dict) else None
    shown = REDACTED if value is not None and is_secret(key) else str(value or "")
    if isinstance(entry, dict) and entry.get("readonly"):
        shown += " " + _("(read only)")
    return shown


_SOURCES: Mapping[str, Callable[[Charger], list[Option]]] = {
    "transaction_id": _transactions,
    "profile_id": _profiles,
    "reservation_id": _reservations,
    "key": _keys,
    "keys": _keys,
}


def for_argument(name: str, charger: Charger) -> list[Option]:
    """What is offered for the argument `name`, apart from connectors and firmware."""
    source = _SOURCES.get(name)
    return [] if source is None else source(charger)
