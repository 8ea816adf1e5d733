"""Make a charge point forget whom it knows."""

from accounts.models import User
from ocpp.domain import commands
from ocpp.models import Charger, Command
from ocpp.operations.operation import Operation


@Operation
def clear_cache(charger: Charger, *, user: User | None = None) -> Command:
    """Empty the charge point's authorization cache (OCPP 1.6, 5.4)."""
    return commands.queue(charger, "clear_cache", {}, user=user)
