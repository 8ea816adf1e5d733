"""What a node asks of a charge point by itself after an accepted boot: its configuration.

And what it then changes: keys that lose money when they are too low (`OCPP_AT_LEAST`). Everything
goes through the queue of commands, so of several processes one does it, and staff see it there.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.prepared import Prepared
from ocpp.choices import CommandState
from ocpp.domain import commands, configuration, configuration_keys, snapshots
from ocpp.domain.errors import DomainError
from ocpp.models import Charger, Command

logger = logging.getLogger(__name__)

#: Missing keys that are asked for in one message where a charge point does not tell its limit.
CHUNK = 20

_CHARGER = Prepared(
    lambda pk: (
        Charger.objects.filter(pk=pk)
        .order_by()
        .only("charger_id", "owner", "registration", "read_after_boot", "firmware_version")
    ),
    1,
)
_NEWEST = Prepared(
    lambda pk: snapshots.of(pk).values_list("firmware_version", "confirmed")[:1],
    1,
)
_AWAITING = Prepared(
    lambda pk, since: configuration.awaiting_restart(pk, since).values_list("pk")[:1], 2
)


def read_configuration(charger_pk: int, now: datetime) -> Command | None:
    """Ask for all keys, when that is due and not being done already; returns the command.

    Raises what `commands.queue` raises.
    """
    charger = _CHARGER.first(charger_pk)
    if charger is None:
        raise Charger.DoesNotExist(f"There is no charger {charger_pk}.")
    if not is_due(charger, now):
        return None  # as mostly, and a whole fleet may have booted
    with transaction.atomic():
        commands.one_at_a_time(charger_pk)
        if _is_asked(charger_pk, now) or not is_due(charger, now):
            return None
        return commands.queue(charger, "get_configuration", {"keys": None, "after_boot": True})


def is_due(charger: Charger, now: datetime) -> bool:
    """Whether its configuration should be read: nothing is known, or it may have changed."""
    if not settings.OCPP_READ_CONFIGURATION or not charger.read_after_boot:
        return False
    newest = _NEWEST.first(charger.pk)
    if newest is None:
        return True
    firmware_version, confirmed = newest
    if firmware_version != charger.firmware_version:
        return True
    if now - confirmed >= timedelta(hours=settings.OCPP_READ_CONFIGURATION_AGE_H):
        return True
    # What was to take effect with this boot is in effect now.
    return bool(_AWAITING.all(charger.pk, confirmed))


def _is_asked(charger_pk: int, now: datetime) -> bool:
    asked = Command.objects.filter(charger=charger_pk, action="get_configuration")
    waiting = asked.filter(state=CommandState.QUEUED, expires__gt=now)
    sent = asked.filter(state=CommandState.SENT)
    return any(not command.payload.get("keys") for command in (*waiting, *sent))


def go_on(command: Command, response: Mapping[str, Any], now: datetime) -> None:
    """GetConfiguration was answered, and its keys are stored: what comes next."""
    asked_for_all = not command.payload.get("keys")
    if asked_for_all:
        snapshots.take(command.charger_id, now)
        rest = _missing(command, response["configuration"])
    else:
        rest = command.payload.get("rest")
        if rest is None:
            return  # somebody asked for these keys and no others
        snapshots.complete(command.charger_id, now)
    by_itself = bool(command.payload.get("after_boot"))
    if rest:
        size = configuration.number(_config(command.charger_id), "GetConfigurationMaxKeys")
        size = min(size or CHUNK, CHUNK)
        payload = {"keys": rest[:size], "rest": rest[size:], "after_boot": by_itself}
        _queue(command.charger, "get_configuration", payload)
    elif by_itself:
        raise_keys(command.charger)


def _missing(command: Command, reported: Mapping[str, Any]) -> list[str]:
    """Well-known keys that an answer left out because it was limited.

    `GetConfigurationMaxKeys` limits a question; some charge points also answer with so many keys
    and no more. Others leave out what they must have: that is asked about after a boot only.
    """
    limit = configuration.number(reported, "GetConfigurationMaxKeys")
    if limit is not None and len(reported) == limit:
        return [key for key in configuration_keys.KEYS if key not in reported]
    if command.payload.get("after_boot"):
        return [key for key in configuration_keys.REQUIRED if key not in reported]
    return []


def raise_keys(charger: Charger) -> None:
    """Raise the keys of `OCPP_AT_LEAST` that are lower and can be changed."""
    config = _config(charger.pk)
    for key, least in at_least().items():
        entry = config.get(key)
        if not isinstance(entry, dict) or entry.get("readonly"):
            continue
        try:
            now = int(str(entry.get("value")).strip())
        except ValueError:
            continue
        if now >= least or _was_refused(charger.pk, key, str(least)):
            continue
        logger.info("%a has %s = %d: raised to %d", charger.charger_id, key, now, least)
        _queue(charger, "change_configuration", {"key": key, "value": str(least)})


def at_least() -> dict[str, int]:
    """`OCPP_AT_LEAST` as numbers by key; what is no `Key=number` is logged and left out."""
    least: dict[str, int] = {}
    for entry in settings.OCPP_AT_LEAST:
        key, _, value = entry.partition("=")
        if key.strip() and value.strip().isdecimal():
            least[key.strip()] = int(value)
        else:
            logger.error("OCPP_AT_LEAST has %a: write Key=number", entry)
    return least


def _was_refused(charger_pk: int, key: str, value: str) -> bool:
    """Whether it was told exactly this before and did not take it."""
    told = Command.objects.filter(
        charger=charger_pk,
        action="change_configuration",
        state=CommandState.ANSWERED,
        payload__key=key,
        payload__value=value,
    ).first()
    return told is not None and (told.response or {}).get("status") != "Accepted"


def _config(charger_pk: int) -> dict[str, Any]:
    config = Charger.objects.values_list("config", flat=True).get(pk=charger_pk)
    return config if isinstance(config, dict) else {}


def _queue(charger: Charger, action: str, payload: dict[str, Any]) -> None:
    try:
        commands.queue(charger, action, payload)
    except DomainError as refusal:
        # Its connection has just gone, say: after its next boot there is another chance.
        logger.info("%a was not told %s: %s", charger.charger_id, action, refusal)
