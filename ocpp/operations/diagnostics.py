"""Have a charge point upload its diagnostics, or a log: to this node, or anywhere else."""

from datetime import datetime
from typing import Annotated, Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from ocpp.choices import UploadPurpose
from ocpp.domain import clock, commands, uploads
from ocpp.domain.errors import Invalid
from ocpp.models import Charger, Command
from ocpp.operations.arguments import OneOf
from ocpp.operations.firmware import Location, Retries, RetryInterval, Time
from ocpp.operations.operation import Operation

LogType = Annotated[str, OneOf("DiagnosticsLog", "SecurityLog")]


@Operation
def get_diagnostics(
    charger: Charger,
    *,
    location: Location | None = None,
    start_time: Time | None = None,
    stop_time: Time | None = None,
    retries: Retries | None = None,
    retry_interval: RetryInterval | None = None,
    user: User | None = None,
) -> Command:
    """Have its diagnostics uploaded to a folder, or without `location` here (OCPP 1.6, 5.9).

    Progress is in `Charger.diagnostics_status`. `retry_interval` is in s.
    """
    _in_order("stop_time", start_time, stop_time)
    payload = {
        "location": location,
        "start_time": start_time and clock.written(start_time),
        "stop_time": stop_time and clock.written(stop_time),
        "retries": retries,
        "retry_interval": retry_interval,
    }
    with transaction.atomic():
        return _ask(charger, "get_diagnostics", payload, UploadPurpose.DIAGNOSTICS, user)


@Operation
def get_log(
    charger: Charger,
    *,
    log_type: LogType,
    location: Location | None = None,
    oldest: Time | None = None,
    latest: Time | None = None,
    retries: Retries | None = None,
    retry_interval: RetryInterval | None = None,
    user: User | None = None,
) -> Command:
    """Have a log uploaded to a URL, or without `location` here (Security Whitepaper, L01).

    The id of the request is the number of the command; progress is in `Charger.log_status`.
    `retry_interval` is in s.
    """
    _in_order("latest", oldest, latest)
    payload = {
        "log_type": log_type,
        "location": location,
        "oldest": oldest and clock.written(oldest),
        "latest": latest and clock.written(latest),
        "retries": retries,
        "retry_interval": retry_interval,
    }
    with transaction.atomic():
        command = _ask(charger, "get_log", payload, UploadPurpose(log_type), user)
        command.payload["request_id"] = command.pk
        command.save(update_fields=["payload"])
    return command


def _ask(
    charger: Charger,
    action: str,
    payload: dict[str, Any],
    purpose: UploadPurpose,
    user: User | None,
) -> Command:
    """Queue it, with an address of this node where none is given. Needs a transaction."""
    if payload["location"] is not None:
        return commands.queue(charger, action, payload, user=user)
    slot, url = uploads.make_slot(charger, purpose)
    command = commands.queue(charger, action, payload | {"location": url}, user=user)
    slot.command = command
    slot.save(update_fields=["command"])
    return command


def _in_order(field: str, first: datetime | None, last: datetime | None) -> None:
    """Refuse a span of time that ends before it begins."""
    if first is not None and last is not None and last < first:
        raise Invalid(field, _("must not be before %(first)s.") % {"first": clock.written(first)})
