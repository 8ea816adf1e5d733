"""StatusNotification."""

from ocpp.domain import availability
from ocpp.domain.station import Station
from ocpp.protocol.v16.messages.core import StatusNotification, StatusNotificationResponse


def status_notification(
    station: Station, request: StatusNotification
) -> StatusNotificationResponse:
    """Store the state of a connector (4.9)."""
    availability.report(
        station,
        availability.Status(
            connector_id=request.connectorId,
            status=request.status,
            error_code=request.errorCode,
            info=request.info or "",
            time=request.timestamp or "",
            vendor_id=request.vendorId or "",
            vendor_error_code=request.vendorErrorCode or "",
        ),
    )
    return StatusNotificationResponse()
