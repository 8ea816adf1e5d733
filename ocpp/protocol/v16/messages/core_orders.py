"""Core and Remote Trigger profiles, messages to the charge point (OCPP 1.6, section 5)."""

from typing import Literal

from ocpp.protocol.payload import Integer, Payload, Text20, Text50, Text500
from ocpp.protocol.v16.messages.smart_charging import ChargingProfile
from ocpp.protocol.v16.messages.types import AvailabilityType, KeyValue

AcceptedOrRejected = Literal["Accepted", "Rejected"]


class ChangeAvailability(Payload):
    """Put a connector, or with 0 all of them, in or out of service (5.2)."""

    connectorId: Integer
    type: AvailabilityType


class ChangeAvailabilityResponse(Payload):
    """Answer; `Scheduled` while a transaction runs."""

    status: Literal["Accepted", "Rejected", "Scheduled"]


class ChangeConfiguration(Payload):
    """Set a configuration key (5.3)."""

    key: Text50
    value: Text500


class ChangeConfigurationResponse(Payload):
    """Answer to ChangeConfiguration."""

    status: Literal["Accepted", "Rejected", "RebootRequired", "NotSupported"]


class ClearCache(Payload):
    """Forget the authorization cache (5.4)."""


class ClearCacheResponse(Payload):
    """Answer to ClearCache."""

    status: AcceptedOrRejected


class GetConfiguration(Payload):
    """Ask for configuration keys, or without `key` for all of them (5.8)."""

    key: list[Text50] | None = None


class GetConfigurationResponse(Payload):
    """Answer to GetConfiguration."""

    configurationKey: list[KeyValue] | None = None
    unknownKey: list[Text50] | None = None


class RemoteStartTransaction(Payload):
    """Start a transaction for an id tag, with a profile for it where one is wanted (5.11)."""

    idTag: Text20
    connectorId: Integer | None = None
    chargingProfile: ChargingProfile | None = None


class RemoteStartTransactionResponse(Payload):
    """Answer to RemoteStartTransaction: whether the charge point will try."""

    status: AcceptedOrRejected


class RemoteStopTransaction(Payload):
    """Stop a transaction (5.12)."""

    transactionId: Integer


class RemoteStopTransactionResponse(Payload):
    """Answer to RemoteStopTransaction: whether the charge point will stop."""

    status: AcceptedOrRejected


class Reset(Payload):
    """Start the charge point again (5.14)."""

    type: Literal["Hard", "Soft"]


class ResetResponse(Payload):
    """Answer to Reset."""

    status: AcceptedOrRejected


class TriggerMessage(Payload):
    """Ask for a message to be sent (5.17)."""

    requestedMessage: Literal[
        "BootNotification",
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "MeterValues",
        "StatusNotification",
    ]
    connectorId: Integer | None = None


class TriggerMessageResponse(Payload):
    """Answer to TriggerMessage."""

    status: Literal["Accepted", "Rejected", "NotImplemented"]


class UnlockConnector(Payload):
    """Unlock a connector (5.18)."""

    connectorId: Integer


class UnlockConnectorResponse(Payload):
    """Answer to UnlockConnector."""

    status: Literal["Unlocked", "UnlockFailed", "NotSupported"]
