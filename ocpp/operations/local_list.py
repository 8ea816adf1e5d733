"""Read and send a charge point's local authorization list."""

from typing import Annotated

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from ocpp.domain import commands, local_list
from ocpp.models import Charger, Command
from ocpp.operations.arguments import OneOf
from ocpp.operations.operation import Operation

UpdateType = Annotated[str, OneOf(local_list.FULL, local_list.DIFFERENTIAL)]


@Operation
def get_local_list_version(charger: Charger, *, user: User | None = None) -> Command:
    """Ask for the version of its local list: 0 is empty, -1 none at all (OCPP 1.6, 5.10)."""
    return commands.queue(charger, "get_local_list_version", {}, user=user)


@Operation
def send_local_list(
    charger: Charger, *, update_type: UpdateType = local_list.FULL, user: User | None = None
) -> Command:
    """Send the cards that this node knows, all or what has changed (OCPP 1.6, 5.15).

    Cards that are allowed are Accepted, the others Blocked. A differential update becomes a full
    one where it is not certain what the charge point has. A list that is too long for one message
    goes out in several: each is queued when the one before it was accepted.
    """
    with transaction.atomic():
        commands.one_at_a_time(charger.pk)
        commands.expire_overdue(timezone.now(), charger.pk)
        row = local_list.prepare(charger, update_type)
        command = commands.queue(charger, local_list.ACTION, local_list.next_part(row), user=user)
        row.command = command
        row.save(update_fields=["command"])
    return command
