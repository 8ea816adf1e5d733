"""What is known of a charge point's configuration keys (OCPP 1.6, 5.3 and 5.8)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from ocpp.choices import CommandState
from ocpp.domain import list_upkeep
from ocpp.domain.redaction import is_secret
from ocpp.models import Charger, Command


def learn_report(command: Command, response: Mapping[str, Any], now: datetime) -> None:
    """GetConfiguration was answered."""
    if "configuration" in response:
        record_report(
            command.charger_id,
            response["configuration"],
            response.get("unknown_keys", ()),
            complete=not command.payload.get("keys"),
        )
        from ocpp.domain import after_boot  # which queues commands, whose end is learned here

        after_boot.go_on(command, response, now)


def learn_change(command: Command, response: Mapping[str, Any], now: datetime) -> None:
    """ChangeConfiguration was answered."""
    if response.get("status") == "Accepted":
        record_change(command.charger_id, command.payload["key"], command.payload["value"])


def record_report(
    charger_pk: int,
    reported: Mapping[str, Mapping[str, Any]],
    unknown: Iterable[str] = (),
    *,
    complete: bool,
) -> None:
    """Keep the answer to GetConfiguration in `Charger.config`.

    A `complete` answer, to a question for all keys, replaces what was known; another one is
    laid over it, and keys that the charge point does not know are forgotten.
    """
    before = _config(charger_pk)
    known: dict[str, Any] = {} if complete else dict(before)
    for key, entry in reported.items():
        value = None if is_secret(key) else entry.get("value")
        known[key] = {"value": value, "readonly": bool(entry.get("readonly", False))}
    for key in unknown:
        known.pop(key, None)
    Charger.objects.filter(pk=charger_pk).update(config=known)
    list_upkeep.configured(charger_pk, before, known)


def record_change(charger_pk: int, key: str, value: str) -> None:
    """Keep a value that the charge point accepted. The value of a secret key is not kept."""
    before = _config(charger_pk)
    known = dict(before)
    entry = known.get(key)
    readonly = bool(entry.get("readonly", False)) if isinstance(entry, dict) else False
    known[key] = {"value": None if is_secret(key) else value, "readonly": readonly}
    Charger.objects.filter(pk=charger_pk).update(config=known)
    list_upkeep.configured(charger_pk, before, known)


def awaiting_restart(charger_pk: int, since: datetime | None) -> QuerySet[Command]:
    """Changes that the charge point took, but which only a restart brings into effect."""
    changes = Command.objects.filter(
        charger=charger_pk,
        action="change_configuration",
        state=CommandState.ANSWERED,
        response__status="RebootRequired",
    )
    return changes.filter(finished__gt=since) if since is not None else changes


def value(config: Any, key: str) -> Any:
    """The value of a configuration key; None where it is not known, or a secret."""
    entry = config.get(key) if isinstance(config, dict) else None
    return entry.get("value") if isinstance(entry, dict) else entry


def number(config: Any, key: str) -> int | None:
    """A limit in a charger's configuration: a whole number above 0, None where it tells none."""
    try:
        limit = int(str(value(config, key)))
    except ValueError:
        return None
    return limit if limit > 0 else None


def _config(charger_pk: int) -> dict[str, Any]:
    config = Charger.objects.values_list("config", flat=True).get(pk=charger_pk)
    return config if isinstance(config, dict) else {}
