"""The requests of a simulated charge point that need nothing but its configuration."""

from datetime import UTC, datetime
from typing import Any

from ocpp.simulator.config import SimulatorConfig


def stamp() -> str:
    """Now, as OCPP writes it (OCPP 1.6, 3.14)."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def boot(config: SimulatorConfig) -> dict[str, Any]:
    """BootNotification.req (OCPP 1.6, 6.3), cut to the lengths of the standard."""
    return {
        "chargePointVendor": config.vendor[:20],
        "chargePointModel": config.model[:20],
        "chargePointSerialNumber": config.identity[:25],
        "firmwareVersion": "1.0",
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
