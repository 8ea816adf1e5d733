"""Firmware Management profile, messages from the charge point (OCPP 1.6, 4.4 and 4.5)."""

from typing import Literal

from ocpp.protocol.payload import Payload


class DiagnosticsStatusNotification(Payload):
    """Progress of an upload of diagnostics (4.4)."""

    status: Literal["Idle", "Uploaded", "UploadFailed", "Uploading"]


class DiagnosticsStatusNotificationResponse(Payload):
    """Answer to DiagnosticsStatusNotification."""


class FirmwareStatusNotification(Payload):
    """Progress of a firmware update (4.5)."""

    status: Literal[
        "Downloaded",
        "DownloadFailed",
        "Downloading",
        "Idle",
        "InstallationFailed",
        "Installing",
        "Installed",
    ]


class FirmwareStatusNotificationResponse(Payload):
    """Answer to FirmwareStatusNotification."""
