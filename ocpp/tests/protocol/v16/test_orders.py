"""Orders in OCPP 1.6: what goes over the wire, and what an answer means."""

from typing import Any

import msgspec
import pytest

from ocpp import operations
from ocpp.protocol.reading import read
from ocpp.protocol.v16 import VERSION
from ocpp.protocol.v16.orders import ORDERS
from ocpp.tests.factories import NOON_TEXT
from ocpp.tests.protocol.v16 import certificate_cases

RESERVATION = {
    "reservation_id": 7,
    "connector_id": 0,
    "id_tag": "A",
    "parent_id_tag": None,
    "expires": "2026-05-01T12:30:00Z",
}
PROFILE = {
    "connector_id": 1,
    "profile_id": 9,
    "purpose": "TxDefaultProfile",
    "stack_level": 0,
    "kind": "Relative",
    "recurrency": None,
    "transaction_id": None,
    "unit": "A",
    "periods": [{"start": 0, "limit": "16.1", "phases": None}],
    "duration": None,
    "min_rate": None,
    "valid_from": None,
    "valid_to": None,
    "schedule_start": None,
}

#: Order, neutral arguments, action and payload on the wire.
REQUESTS = [
    (
        "remote_start",
        {"id_tag": "A", "connector_id": None},
        "RemoteStartTransaction",
        '{"idTag":"A"}',
    ),
    (
        "remote_start",
        {"id_tag": "A", "connector_id": 1},
        "RemoteStartTransaction",
        '{"idTag":"A","connectorId":1}',
    ),
    ("remote_stop", {"transaction_id": 5}, "RemoteStopTransaction", '{"transactionId":5}'),
    ("reset", {"type": "Soft"}, "Reset", '{"type":"Soft"}'),
    ("unlock", {"connector_id": 1}, "UnlockConnector", '{"connectorId":1}'),
    (
        "change_availability",
        {"connector_id": 0, "type": "Operative"},
        "ChangeAvailability",
        '{"connectorId":0,"type":"Operative"}',
    ),
    (
        "trigger_message",
        {"requested_message": "Heartbeat", "connector_id": None},
        "TriggerMessage",
        '{"requestedMessage":"Heartbeat"}',
    ),
    ("get_configuration", {"keys": None}, "GetConfiguration", "{}"),
    ("get_configuration", {"keys": ["A", "B"]}, "GetConfiguration", '{"key":["A","B"]}'),
    (
        "change_configuration",
        {"key": "A", "value": ""},
        "ChangeConfiguration",
        '{"key":"A","value":""}',
    ),
    ("clear_cache", {}, "ClearCache", "{}"),
    (
        "data_transfer",
        {"vendor_id": "V", "message_id": "M", "data": "ñ"},
        "DataTransfer",
        '{"vendorId":"V","messageId":"M","data":"ñ"}',
    ),
    (
        "reserve",
        RESERVATION,
        "ReserveNow",
        '{"connectorId":0,"expiryDate":"2026-05-01T12:30:00Z","idTag":"A","reservationId":7}',
    ),
    (
        "reserve",
        RESERVATION | {"parent_id_tag": "P"},
        "ReserveNow",
        '{"connectorId":0,"expiryDate":"2026-05-01T12:30:00Z","idTag":"A","reservationId":7,'
        '"parentIdTag":"P"}',
    ),
    ("cancel_reservation", {"reservation_id": 7}, "CancelReservation", '{"reservationId":7}'),
    (
        "set_charging_profile",
        PROFILE,
        "SetChargingProfile",
        '{"connectorId":1,"csChargingProfiles":{"chargingProfileId":9,"stackLevel":0,'
        '"chargingProfilePurpose":"TxDefaultProfile","chargingProfileKind":"Relative",'
        '"chargingSchedule":{"chargingRateUnit":"A","chargingSchedulePeriod":['
        '{"startPeriod":0,"limit":16.1}]}}}',
    ),
    (
        "set_charging_profile",
        PROFILE
        | {
            "purpose": "TxProfile",
            "kind": "Recurring",
            "recurrency": "Daily",
            "transaction_id": 5,
            "valid_from": "2026-05-01T00:00:00Z",
            "valid_to": "2026-06-01T00:00:00Z",
            "duration": 86400,
            "schedule_start": "2026-05-01T12:00:00Z",
            "min_rate": "6.0",
            "periods": [
                {"start": 0, "limit": "0.3", "phases": 1},
                {"start": 60, "limit": "9999999.9", "phases": 3},
            ],
        },
        "SetChargingProfile",
        '{"connectorId":1,"csChargingProfiles":{"chargingProfileId":9,"stackLevel":0,'
        '"chargingProfilePurpose":"TxProfile","chargingProfileKind":"Recurring",'
        '"chargingSchedule":{"chargingRateUnit":"A","chargingSchedulePeriod":['
        '{"startPeriod":0,"limit":0.3,"numberPhases":1},'
        '{"startPeriod":60,"limit":9999999.9,"numberPhases":3}],"duration":86400,'
        '"startSchedule":"2026-05-01T12:00:00Z","minChargingRate":6.0},"transactionId":5,'
        '"recurrencyKind":"Daily","validFrom":"2026-05-01T00:00:00Z",'
        '"validTo":"2026-06-01T00:00:00Z"}}',
    ),
    (
        "clear_charging_profile",
        {"profile_id": None, "connector_id": None, "purpose": None, "stack_level": None},
        "ClearChargingProfile",
        "{}",
    ),
    (
        "clear_charging_profile",
        {"profile_id": 9, "connector_id": 0, "purpose": "TxProfile", "stack_level": 2},
        "ClearChargingProfile",
        '{"id":9,"connectorId":0,"chargingProfilePurpose":"TxProfile","stackLevel":2}',
    ),
    (
        "get_composite_schedule",
        {"connector_id": 1, "duration": 60, "unit": None},
        "GetCompositeSchedule",
        '{"connectorId":1,"duration":60}',
    ),
    (
        "get_composite_schedule",
        {"connector_id": 1, "duration": 60, "unit": "W"},
        "GetCompositeSchedule",
        '{"connectorId":1,"duration":60,"chargingRateUnit":"W"}',
    ),
    (
        "update_firmware",
        {"location": "ftp://a/b", "retrieve_date": NOON_TEXT, "retries": None},
        "UpdateFirmware",
        '{"location":"ftp://a/b","retrieveDate":"2026-05-01T12:00:00Z"}',
    ),
    (
        "get_diagnostics",
        {"location": "ftp://a/b", "stop_time": NOON_TEXT, "retries": 0, "retry_interval": 9},
        "GetDiagnostics",
        '{"location":"ftp://a/b","retries":0,"retryInterval":9,"stopTime":"2026-05-01T12:00:00Z"}',
    ),
    (
        "get_log",
        {"log_type": "SecurityLog", "request_id": 7, "location": "ftp://a", "oldest": NOON_TEXT},
        "GetLog",
        '{"log":{"remoteLocation":"ftp://a","oldestTimestamp":"2026-05-01T12:00:00Z"},'
        '"logType":"SecurityLog","requestId":7}',
    ),
    (
        "extended_trigger_message",
        {"requested_message": "SignChargePointCertificate", "connector_id": None},
        "ExtendedTriggerMessage",
        '{"requestedMessage":"SignChargePointCertificate"}',
    ),
    ("get_local_list_version", {}, "GetLocalListVersion", "{}"),
    (
        "send_local_list",
        {
            "version": 3,
            "update_type": "Differential",
            "entries": {
                "B": None,
                "A": {"status": "Blocked"},
                "C": {"status": "Accepted", "expires": NOON_TEXT, "parent": "FLEET"},
            },
        },
        "SendLocalList",
        '{"listVersion":3,"updateType":"Differential","localAuthorizationList":'
        '[{"idTag":"A","idTagInfo":{"status":"Blocked"}},{"idTag":"B"},'
        '{"idTag":"C","idTagInfo":{"status":"Accepted","expiryDate":"2026-05-01T12:00:00Z",'
        '"parentIdTag":"FLEET"}}]}',
    ),
    (
        "send_local_list",
        {"version": 3, "update_type": "Full", "entries": {}},
        "SendLocalList",
        '{"listVersion":3,"updateType":"Full"}',
    ),
    *certificate_cases.REQUESTS,
]

#: Order, payload of the CALLRESULT, outcome.
ANSWERS = [
    *(
        (name, '{"status":"Accepted"}', {"status": "Accepted"})
        for name in (
            "remote_start",
            "remote_stop",
            "reset",
            "change_availability",
            "trigger_message",
            "change_configuration",
            "clear_cache",
            "reserve",
            "cancel_reservation",
            "set_charging_profile",
            "clear_charging_profile",
            "extended_trigger_message",
            "send_local_list",
        )
    ),
    ("reserve", '{"status":"Occupied"}', {"status": "Occupied"}),
    ("set_charging_profile", '{"status":"NotSupported"}', {"status": "NotSupported"}),
    ("clear_charging_profile", '{"status":"Unknown"}', {"status": "Unknown"}),
    ("get_composite_schedule", '{"status":"Rejected"}', {"status": "Rejected"}),
    (
        "get_composite_schedule",
        '{"status":"Accepted","connectorId":1,"scheduleStart":"2026-05-01T12:00:00Z",'
        '"chargingSchedule":{"chargingRateUnit":"W","duration":60,"minChargingRate":"6.5",'
        '"chargingSchedulePeriod":[{"startPeriod":0,"limit":16,"numberPhases":1},'
        '{"startPeriod":30,"limit":0.1}]}}',
        {
            "status": "Accepted",
            "connector_id": 1,
            "start": "2026-05-01T12:00:00Z",
            "unit": "W",
            "duration": 60,
            "min_rate": 6.5,
            "periods": [
                {"start": 0, "limit": 16, "phases": 1},
                {"start": 30, "limit": 0.1, "phases": None},
            ],
        },
    ),
    ("update_firmware", "{}", {}),
    ("get_diagnostics", '{"fileName":"d.log"}', {"file_name": "d.log"}),
    ("get_diagnostics", "{}", {"file_name": None}),
    (
        "get_log",
        '{"status":"AcceptedCanceled","filename":"s.log"}',
        {"status": "AcceptedCanceled", "file_name": "s.log"},
    ),
    ("get_local_list_version", '{"listVersion":-1}', {"list_version": -1}),
    ("unlock", '{"status":"Unlocked"}', {"status": "Unlocked"}),
    ("change_availability", '{"status":"Scheduled"}', {"status": "Scheduled"}),
    (
        "data_transfer",
        '{"status":"UnknownVendorId","data":"x"}',
        {"status": "UnknownVendorId", "data": "x"},
    ),
    ("get_configuration", "{}", {"configuration": {}, "unknown_keys": []}),
    (
        "get_configuration",
        '{"configurationKey":[{"key":"A","readonly":true,"value":"1"},{"key":"B","readonly":0}],'
        '"unknownKey":["C"]}',
        {
            "configuration": {
                "A": {"value": "1", "readonly": True},
                "B": {"value": None, "readonly": False},
            },
            "unknown_keys": ["C"],
        },
    ),
    (
        "get_configuration",
        '{"configurationKey":[{"key":"A","readonly":"1","value":60}]}',
        {"configuration": {"A": {"value": "60", "readonly": True}}, "unknown_keys": []},
    ),
    *certificate_cases.ANSWERS,
]


@pytest.mark.parametrize(("name", "arguments", "action", "payload"), REQUESTS)
def test_the_request_on_the_wire(
    name: str, arguments: dict[str, Any], action: str, payload: str
) -> None:
    order = ORDERS[name]
    assert order.action == action
    request = order.request(arguments)
    encoded = msgspec.json.encode(request)
    assert encoded.decode() == payload
    # What we send keeps the standard's own rules.
    assert msgspec.json.decode(encoded, type=type(request)) == request


@pytest.mark.parametrize(("name", "payload", "outcome"), ANSWERS)
def test_what_an_answer_means(name: str, payload: str, outcome: dict[str, Any]) -> None:
    order = ORDERS[name]
    assert order.outcome(read(order.response, payload.encode()).payload) == outcome


def test_every_operation_is_an_order_of_1_6() -> None:
    assert VERSION.orders is ORDERS
    # To secure a charger is to change its configuration.
    assert set(operations.OPERATIONS) - {"secure"} == set(ORDERS)
    assert {case[0] for case in REQUESTS} == {case[0] for case in ANSWERS} == set(ORDERS)
