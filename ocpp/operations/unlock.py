"""Let a cable go."""

from accounts.models import User
from ocpp.domain import commands
from ocpp.models import Charger, Command
from ocpp.operations.arguments import ConnectorNumber
from ocpp.operations.operation import Operation


@Operation
def unlock(charger: Charger, *, connector_id: ConnectorNumber, user: User | None = None) -> Command:
    """Unlock a connector whose cable is stuck, ending its transaction (OCPP 1.6, 5.18)."""
    return commands.queue(charger, "unlock", {"connector_id": connector_id}, user=user)
