"""FirmwareStatusNotification and DiagnosticsStatusNotification."""

from ocpp.domain import firmware
from ocpp.domain.station import Station
from ocpp.protocol.v16.messages.firmware import (
    DiagnosticsStatusNotification,
    DiagnosticsStatusNotificationResponse,
    FirmwareStatusNotification,
    FirmwareStatusNotificationResponse,
)


def firmware_status_notification(
    station: Station, request: FirmwareStatusNotification
) -> FirmwareStatusNotificationResponse:
    """Store how far an update of the firmware is (4.5)."""
    firmware.firmware_status(station, request.status)
    return FirmwareStatusNotificationResponse()


def diagnostics_status_notification(
    station: Station, request: DiagnosticsStatusNotification
) -> DiagnosticsStatusNotificationResponse:
    """Store how far an upload of diagnostics is (4.4)."""
    firmware.diagnostics_status(station, request.status)
    return DiagnosticsStatusNotificationResponse()
