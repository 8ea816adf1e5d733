"""SecurityEventNotification, LogStatusNotification and SignedFirmwareStatusNotification."""

from ocpp.domain import firmware
from ocpp.domain import security as rules
from ocpp.domain.station import Station
from ocpp.protocol.v16.messages.security import (
    LogStatusNotification,
    LogStatusNotificationResponse,
    SecurityEventNotification,
    SecurityEventNotificationResponse,
    SignedFirmwareStatusNotification,
    SignedFirmwareStatusNotificationResponse,
)


def security_event_notification(
    station: Station, request: SecurityEventNotification
) -> SecurityEventNotificationResponse:
    """Enter the event in the journal."""
    rules.report(station, request.type, request.timestamp, request.techInfo or "")
    return SecurityEventNotificationResponse()


def log_status_notification(
    station: Station, request: LogStatusNotification
) -> LogStatusNotificationResponse:
    """Store how far an upload of a log is."""
    firmware.log_status(station, request.status, request.requestId)
    return LogStatusNotificationResponse()


def signed_firmware_status_notification(
    station: Station, request: SignedFirmwareStatusNotification
) -> SignedFirmwareStatusNotificationResponse:
    """Store how far an update with signed firmware is."""
    firmware.firmware_status(station, request.status, request.requestId)
    return SignedFirmwareStatusNotificationResponse()
