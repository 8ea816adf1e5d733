"""Ask a charge point for a message."""

from typing import Annotated

from accounts.models import User
from ocpp.domain import commands
from ocpp.models import Charger, Command
from ocpp.operations.arguments import ConnectorNumber, OneOf
from ocpp.operations.operation import Operation

TriggerableMessage = Annotated[
    str,
    OneOf(
        "BootNotification",
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "MeterValues",
        "StatusNotification",
    ),
]


@Operation
def trigger_message(
    charger: Charger,
    *,
    requested_message: TriggerableMessage,
    connector_id: ConnectorNumber | None = None,
    user: User | None = None,
) -> Command:
    """Ask for a message now, about a connector or about all (OCPP 1.6, 5.17)."""
    return commands.queue(
        charger,
        "trigger_message",
        {"requested_message": requested_message, "connector_id": connector_id},
        user=user,
    )


ExtendedMessage = Annotated[
    str,
    OneOf(
        "BootNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "LogStatusNotification",
        "MeterValues",
        "SignChargePointCertificate",
        "StatusNotification",
    ),
]


@Operation
def extended_trigger_message(
    charger: Charger,
    *,
    requested_message: ExtendedMessage,
    connector_id: ConnectorNumber | None = None,
    user: User | None = None,
) -> Command:
    """Ask for a message now, those of the Security Whitepaper included."""
    return commands.queue(
        charger,
        "extended_trigger_message",
        {"requested_message": requested_message, "connector_id": connector_id},
        user=user,
    )
