"""The requests of a simulated charge point that need nothing but its configuration."""

from datetime import UTC, datetime
from typing import Any

from ocpp.simulator.config import SimulatorConfig

#: What it runs until an update.
FIRMWARE = "1.0"


def stamp(moment: datetime | None = None) -> str:
    """A moment, or now, as OCPP writes it (OCPP 1.6, 3.14)."""
    moment = (moment or datetime.now(UTC)).astimezone(UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def boot(config: SimulatorConfig, firmware: str = FIRMWARE) -> dict[str, Any]:
    """BootNotification.req (OCPP 1.6, 6.3), cut to the lengths of the standard."""
    return {
        "chargePointVendor": config.vendor[:20],
        "chargePointModel": config.model[:20],
        "chargePointSerialNumber": config.identity[:25],
        "firmwareVersion": firmware,
        "meterSerialNumber": f"M-{config.identity}"[:25],
    }


def status_notification(connector_id: int, status: str) -> dict[str, Any]:
    """StatusNotification.req (OCPP 1.6, 6.47)."""
    return {
        "connectorId": connector_id,
        "errorCode": "NoError",
        "status": status,
        "timestamp": stamp(),
    }
