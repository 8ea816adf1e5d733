"""What charge points tell by themselves of files and of their security."""

from typing import Any

from tests.interop.foreign import ForeignChargePoint
from tests.support.server import ServerProcess

CHARGER = "INTEROP-4"
TIME = "2026-05-01T12:00:00Z"

#: Action, payload, and what the row of the charger, or the newest of a table, then holds.
NOTIFICATIONS: list[tuple[str, dict[str, Any], str, list[Any]]] = [
    (
        "DiagnosticsStatusNotification",
        {"status": "Uploading"},
        "SELECT diagnostics_status FROM ocpp_charger",
        ["Uploading"],
    ),
    (
        "FirmwareStatusNotification",
        {"status": "Downloaded"},
        "SELECT firmware_status FROM ocpp_charger",
        ["Downloaded"],
    ),
    (
        "SignedFirmwareStatusNotification",
        {"status": "SignatureVerified", "requestId": 5},
        "SELECT firmware_status FROM ocpp_charger",
        ["SignatureVerified"],
    ),
    (
        "LogStatusNotification",
        {"status": "PermissionDenied", "requestId": 5},
        "SELECT log_status FROM ocpp_charger",
        ["PermissionDenied"],
    ),
    (
        "SecurityEventNotification",
        {"type": "TamperDetectionActivated", "timestamp": TIME, "techInfo": "lid"},
        "SELECT type, tech_info FROM ocpp_securityevent",
        ["TamperDetectionActivated", "lid"],
    ),
]


def test_every_notification(server: ServerProcess, library: str) -> None:
    with ForeignChargePoint(library, server.ws_url, CHARGER, {}) as charge_point:
        for action, payload, query, stored in NOTIFICATIONS:
            assert charge_point.call(action, payload) == {}
            assert [list(row) for row in server.database.query(query)] == [stored], action
    assert charge_point.complaints == []
    assert server.database.query("SELECT detail FROM ocpp_anomaly") == []
    assert "Traceback" not in server.output()
