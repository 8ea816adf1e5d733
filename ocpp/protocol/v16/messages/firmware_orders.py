"""Firmware Management profile, messages to the charge point (OCPP 1.6, 5.9 and 5.19)."""

from ocpp.protocol.payload import Integer, Payload, Text255


class GetDiagnostics(Payload):
    """Ask for diagnostics to be uploaded to the folder `location` (5.9); intervals in s."""

    location: str
    retries: Integer | None = None
    retryInterval: Integer | None = None
    startTime: str | None = None
    stopTime: str | None = None


class GetDiagnosticsResponse(Payload):
    """Answer: the name of the file to come, absent when there is nothing to upload."""

    fileName: Text255 | None = None


class UpdateFirmware(Payload):
    """Fetch firmware from `location` from `retrieveDate` on and install it (5.19)."""

    location: str
    retrieveDate: str
    retries: Integer | None = None
    retryInterval: Integer | None = None


class UpdateFirmwareResponse(Payload):
    """Answer to UpdateFirmware: it was understood."""
