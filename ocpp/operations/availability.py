"""Take connectors out of service and put them back."""

from typing import Annotated

from accounts.models import User
from ocpp.domain import commands
from ocpp.models import Charger, Command
from ocpp.operations.arguments import ConnectorOrAll, OneOf
from ocpp.operations.operation import Operation


@Operation
def change_availability(
    charger: Charger,
    *,
    type: Annotated[str, OneOf("Operative", "Inoperative")],  # the standard's name for it
    connector_id: ConnectorOrAll = 0,
    user: User | None = None,
) -> Command:
    """Change the availability of a connector, or with 0 of all (OCPP 1.6, 5.2).

    The charge point answers Scheduled when a transaction has to end first.
    """
    return commands.queue(
        charger, "change_availability", {"connector_id": connector_id, "type": type}, user=user
    )
