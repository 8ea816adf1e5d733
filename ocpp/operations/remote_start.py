"""Start a transaction from here."""

from django.conf import settings

from accounts.models import User
from ocpp.domain import commands
from ocpp.models import Charger, Command
from ocpp.operations.arguments import ConnectorNumber, IdTag
from ocpp.operations.operation import Operation


@Operation
def remote_start(
    charger: Charger,
    *,
    id_tag: IdTag,
    connector_id: ConnectorNumber | None = None,
    user: User | None = None,
) -> Command:
    """Ask for a transaction with `id_tag`, on a connector or on any (OCPP 1.6, 5.11).

    It is worth something only while the driver stands there: it expires after a minute.
    """
    return commands.queue(
        charger,
        "remote_start",
        {"id_tag": id_tag, "connector_id": connector_id},
        user=user,
        time_to_live_s=settings.OCPP_REMOTE_START_TTL_S,
    )
