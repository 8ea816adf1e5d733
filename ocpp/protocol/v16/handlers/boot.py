"""BootNotification and Heartbeat."""

from ocpp.domain import chargers, clock
from ocpp.domain.station import Station
from ocpp.protocol.v16.messages.core import (
    BootNotification,
    BootNotificationResponse,
    Heartbeat,
    HeartbeatResponse,
)


def boot_notification(station: Station, request: BootNotification) -> BootNotificationResponse:
    """Store who the charge point says it is; it is accepted, or has to wait (4.2)."""
    status = chargers.boot(
        station,
        chargers.Boot(
            vendor=request.chargePointVendor,
            model=request.chargePointModel,
            serial_number=request.chargePointSerialNumber or "",
            charge_box_serial_number=request.chargeBoxSerialNumber or "",
            firmware_version=request.firmwareVersion or "",
            iccid=request.iccid or "",
            imsi=request.imsi or "",
            meter_type=request.meterType or "",
            meter_serial_number=request.meterSerialNumber or "",
        ),
    )
    return BootNotificationResponse(
        # The words of Registration are the standard's.
        status=status,  # type: ignore[arg-type]
        currentTime=clock.written(station.now),
        interval=station.interval_s,
    )


def heartbeat(station: Station, request: Heartbeat) -> HeartbeatResponse:
    """Store that it is alive (4.6)."""
    chargers.heartbeat(station)
    return tell_time(station, request)


def tell_time(station: Station, request: Heartbeat) -> HeartbeatResponse:
    """The answer to a Heartbeat needs no database."""
    return HeartbeatResponse(currentTime=clock.written(station.now))
