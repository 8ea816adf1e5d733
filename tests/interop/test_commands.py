"""Every command of the REST API, answered by charge points that nobody here wrote."""

from typing import Any

from tests.interop import stories
from tests.interop.foreign import ForeignChargePoint
from tests.support.server import ServerProcess

CHARGER = "INTEROP-2"

#: Body of the REST request -> action and payload on the wire, answer of the charge point.
COMMANDS: list[tuple[dict[str, Any], str, dict[str, Any], dict[str, Any]]] = [
    (
        {"action": "remote_start", "id_tag": stories.CARD, "connector_id": 1},
        "RemoteStartTransaction",
        {"idTag": stories.CARD, "connectorId": 1},
        {"status": "Accepted"},
    ),
    (
        {
            "action": "remote_start",
            "id_tag": stories.CARD,
            "unit": "A",
            "periods": [{"start": 0, "limit": 16.3, "phases": 3}, {"start": 600, "limit": 6}],
            "profile_id": 5,
            "stack_level": 1,
            "duration": 3600,
        },
        "RemoteStartTransaction",
        {
            "idTag": stories.CARD,
            "chargingProfile": {
                "chargingProfileId": 5,
                "stackLevel": 1,
                "chargingProfilePurpose": "TxProfile",
                "chargingProfileKind": "Relative",
                "chargingSchedule": {
                    "chargingRateUnit": "A",
                    "duration": 3600,
                    "chargingSchedulePeriod": [
                        {"startPeriod": 0, "limit": 16.3, "numberPhases": 3},
                        {"startPeriod": 600, "limit": 6.0},
                    ],
                },
            },
        },
        {"status": "Accepted"},
    ),
    (
        {"action": "remote_stop", "transaction_id": 0},
        "RemoteStopTransaction",
        {"transactionId": 0},
        {"status": "Rejected"},
    ),
    ({"action": "reset"}, "Reset", {"type": "Soft"}, {"status": "Accepted"}),
    (
        {"action": "unlock", "connector_id": 2},
        "UnlockConnector",
        {"connectorId": 2},
        {"status": "NotSupported"},
    ),
    (
        {"action": "change_availability", "type": "Inoperative", "connector_id": 1},
        "ChangeAvailability",
        {"connectorId": 1, "type": "Inoperative"},
        {"status": "Scheduled"},
    ),
    (
        {"action": "trigger_message", "requested_message": "StatusNotification", "connector_id": 1},
        "TriggerMessage",
        {"requestedMessage": "StatusNotification", "connectorId": 1},
        {"status": "NotImplemented"},
    ),
    (
        {"action": "get_configuration", "keys": ["HeartbeatInterval", "Nothing"]},
        "GetConfiguration",
        {"key": ["HeartbeatInterval", "Nothing"]},
        {
            "configurationKey": [{"key": "HeartbeatInterval", "readonly": False, "value": "300"}],
            "unknownKey": ["Nothing"],
        },
    ),
    (
        {"action": "change_configuration", "key": "HeartbeatInterval", "value": "60"},
        "ChangeConfiguration",
        {"key": "HeartbeatInterval", "value": "60"},
        {"status": "RebootRequired"},
    ),
    ({"action": "clear_cache"}, "ClearCache", {}, {"status": "Accepted"}),
    (
        {"action": "data_transfer", "vendor_id": "mx.example", "message_id": "m", "data": "añ"},
        "DataTransfer",
        {"vendorId": "mx.example", "messageId": "m", "data": "añ"},
        {"status": "UnknownVendorId", "data": "¿?"},
    ),
    (
        {
            "action": "reserve",
            "id_tag": stories.CARD,
            "connector_id": 1,
            "expires": "2099-01-01T06:00:00+06:00",
            "parent_id_tag": "GROUP",
        },
        "ReserveNow",
        {
            "connectorId": 1,
            "expiryDate": "2099-01-01T00:00:00Z",
            "idTag": stories.CARD,
            "parentIdTag": "GROUP",
            "reservationId": 1,
        },
        {"status": "Occupied"},
    ),
    (
        {"action": "cancel_reservation", "reservation_id": 77},
        "CancelReservation",
        {"reservationId": 77},
        {"status": "Rejected"},
    ),
    (
        {
            "action": "set_charging_profile",
            "connector_id": 1,
            "purpose": "TxDefaultProfile",
            "kind": "Recurring",
            "recurrency": "Daily",
            "schedule_start": "2026-05-01T00:00:00Z",
            "unit": "A",
            "periods": [{"start": 0, "limit": 16.3, "phases": 3}, {"start": 3600, "limit": 6}],
            "profile_id": 9,
            "stack_level": 2,
            "valid_from": "2026-05-01T00:00:00Z",
            "valid_to": "2099-01-01T00:00:00Z",
            "duration": 86400,
            "min_rate": 6.1,
        },
        "SetChargingProfile",
        {
            "connectorId": 1,
            "csChargingProfiles": {
                "chargingProfileId": 9,
                "stackLevel": 2,
                "chargingProfilePurpose": "TxDefaultProfile",
                "chargingProfileKind": "Recurring",
                "recurrencyKind": "Daily",
                "validFrom": "2026-05-01T00:00:00Z",
                "validTo": "2099-01-01T00:00:00Z",
                "chargingSchedule": {
                    "chargingRateUnit": "A",
                    "duration": 86400,
                    "startSchedule": "2026-05-01T00:00:00Z",
                    "minChargingRate": 6.1,
                    "chargingSchedulePeriod": [
                        {"startPeriod": 0, "limit": 16.3, "numberPhases": 3},
                        {"startPeriod": 3600, "limit": 6.0},
                    ],
                },
            },
        },
        {"status": "Accepted"},
    ),
    (
        {"action": "get_composite_schedule", "connector_id": 1, "duration": 3600, "unit": "W"},
        "GetCompositeSchedule",
        {"connectorId": 1, "duration": 3600, "chargingRateUnit": "W"},
        {
            "status": "Accepted",
            "connectorId": 1,
            "scheduleStart": "2026-05-01T00:00:00Z",
            "chargingSchedule": {
                "chargingRateUnit": "W",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 11247.3}],
            },
        },
    ),
    (
        {"action": "clear_charging_profile", "connector_id": 1, "purpose": "TxDefaultProfile"},
        "ClearChargingProfile",
        {"connectorId": 1, "chargingProfilePurpose": "TxDefaultProfile"},
        {"status": "Unknown"},
    ),
]
#: What REST tells where that is not the answer word for word.
NEUTRAL = {
    "GetConfiguration": {
        "configuration": {"HeartbeatInterval": {"readonly": False, "value": "300"}},
        "unknown_keys": ["Nothing"],
    },
    "GetCompositeSchedule": {
        "status": "Accepted",
        "connector_id": 1,
        "start": "2026-05-01T00:00:00Z",
        "unit": "W",
        "duration": None,
        "min_rate": None,
        "periods": [{"start": 0, "limit": 11247.3, "phases": None}],
    },
}


def test_every_command(server: ServerProcess, library: str) -> None:
    token = stories.provide(server, CHARGER).token
    path = f"/ocpp/chargers/{CHARGER}/action/"
    answers = {action: answer for _, action, _, answer in COMMANDS}
    with ForeignChargePoint(library, server.ws_url, CHARGER, answers) as charge_point:
        charge_point.call(
            "BootNotification", {"chargePointVendor": "Foreign", "chargePointModel": "M1"}
        )
        for body, action, payload, answer in COMMANDS:
            if body["action"] == "remote_stop":
                started = charge_point.call("StartTransaction", a_start())
                payload = {"transactionId": started["transactionId"]}
                body = {**body, "transaction_id": started["transactionId"]}
            status, told = server.request("POST", path, body, token=token)
            assert status == 200, told
            assert told["answer"] == NEUTRAL.get(action, answer)
            assert charge_point.command() == (action, payload)

        status, told = server.request("GET", f"/ocpp/chargers/{CHARGER}/", token=token)
        assert status == 200
        assert told["connected"] is True
    assert charge_point.complaints == []
    assert "Traceback" not in server.output()


def a_start() -> dict[str, Any]:
    """A StartTransaction of the card with credit."""
    return {
        "connectorId": 1,
        "idTag": stories.CARD,
        "meterStart": 0,
        "timestamp": stories.text(stories.started_at()),
    }


def test_a_command_that_the_charge_point_does_not_know(server: ServerProcess, library: str) -> None:
    token = stories.provide(server, CHARGER).token
    with ForeignChargePoint(library, server.ws_url, CHARGER, {}) as charge_point:
        charge_point.call("Heartbeat", {})
        status, told = server.request(
            "POST", f"/ocpp/chargers/{CHARGER}/action/", {"action": "clear_cache"}, token=token
        )
    assert status == 502
    assert told["error_code"] == "NotImplemented"
    assert "Traceback" not in server.output()
