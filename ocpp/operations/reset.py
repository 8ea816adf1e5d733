"""Start a charge point again."""

from typing import Annotated

from accounts.models import User
from ocpp.domain import commands
from ocpp.models import Charger, Command
from ocpp.operations.arguments import OneOf
from ocpp.operations.operation import Operation


@Operation
def reset(
    charger: Charger,
    *,
    type: Annotated[str, OneOf("Soft", "Hard")] = "Soft",  # the standard's name for it
    user: User | None = None,
) -> Command:
    """Restart the charge point: Soft ends transactions first, Hard need not (OCPP 1.6, 5.14)."""
    return commands.queue(charger, "reset", {"type": type}, user=user)
