"""Security Whitepaper, edition 3, for OCPP 1.6: messages from the charge point."""

from typing import Literal

from ocpp.protocol.payload import Integer, Payload, Text50, Text255


class LogStatusNotification(Payload):
    """Progress of an upload of a log."""

    status: Literal[
        "BadMessage",
        "Idle",
        "NotSupportedOperation",
        "PermissionDenied",
        "Uploaded",
        "UploadFailure",
        "Uploading",
    ]
    requestId: Integer | None = None


class LogStatusNotificationResponse(Payload):
    """Answer to LogStatusNotification."""


class SecurityEventNotification(Payload):
    """Something that concerns the security of the charge point has happened."""

    type: Text50
    timestamp: str
    techInfo: Text255 | None = None


class SecurityEventNotificationResponse(Payload):
    """Answer to SecurityEventNotification."""


class SignedFirmwareStatusNotification(Payload):
    """Progress of an update with signed firmware."""

    status: Literal[
        "Downloaded",
        "DownloadFailed",
        "Downloading",
        "DownloadPaused",
        "DownloadScheduled",
        "Idle",
        "InstallRebooting",
        "InstallScheduled",
        "InstallVerificationFailed",
        "InstallationFailed",
        "Installed",
        "Installing",
        "InvalidSignature",
        "SignatureVerified",
    ]
    requestId: Integer | None = None


class SignedFirmwareStatusNotificationResponse(Payload):
    """Answer to SignedFirmwareStatusNotification."""
