"""Security Whitepaper, edition 3, messages to the charge point: logs and triggers."""

from typing import Annotated, Literal

from msgspec import Meta

from ocpp.protocol.payload import Integer, Payload, Text255


class ExtendedTriggerMessage(Payload):
    """Ask for a message to be sent, those of the whitepaper included."""

    requestedMessage: Literal[
        "BootNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "LogStatusNotification",
        "MeterValues",
        "SignChargePointCertificate",
        "StatusNotification",
    ]
    connectorId: Integer | None = None


class ExtendedTriggerMessageResponse(Payload):
    """Answer to ExtendedTriggerMessage."""

    status: Literal["Accepted", "Rejected", "NotImplemented"]


class LogParameters(Payload):
    """Where a log is to be sent, and which part of it."""

    remoteLocation: Annotated[str, Meta(max_length=512)]
    oldestTimestamp: str | None = None
    latestTimestamp: str | None = None


class GetLog(Payload):
    """Ask for a log to be uploaded; the interval is in s."""

    log: LogParameters
    logType: Literal["DiagnosticsLog", "SecurityLog"]
    requestId: Integer
    retries: Integer | None = None
    retryInterval: Integer | None = None


class GetLogResponse(Payload):
    """Answer to GetLog; `AcceptedCanceled` says that an upload under way was given up for it."""

    status: Literal["Accepted", "Rejected", "AcceptedCanceled"]
    filename: Text255 | None = None
