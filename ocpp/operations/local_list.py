"""Read and send a charge point's local authorization list."""

from typing import Annotated

from accounts.models import User
from ocpp.domain import commands, list_sync, local_list
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

    Cards that are allowed are Accepted, the others Blocked, or Expired; with their expiry and
    group. A differential update becomes a full
    one where it is not certain what the charge point has. A list that is too long for one message
    goes out in several: each is queued when the one before it was accepted.
    """
    command = list_sync.send(charger, update_type, user).command
    assert command is not None  # noqa: S101  (it has just been queued)
    return command
