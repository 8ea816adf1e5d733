"""Neutral orders as requests of OCPP 1.6, and what their answers mean."""

import json
from typing import Any

import pytest

from ocpp.protocol import frames
from ocpp.protocol.reading import read
from ocpp.protocol.v16 import VERSION


@pytest.mark.parametrize(
    ("name", "arguments", "action", "payload"),
    [
        (
            "remote_start",
            {"id_tag": "CAFE0001", "connector_id": 2},
            "RemoteStartTransaction",
            {"idTag": "CAFE0001", "connectorId": 2},
        ),
        ("remote_start", {"id_tag": "A"}, "RemoteStartTransaction", {"idTag": "A"}),
        ("remote_stop", {"transaction_id": 7}, "RemoteStopTransaction", {"transactionId": 7}),
        ("reset", {"type": "Soft"}, "Reset", {"type": "Soft"}),
        ("unlock", {"connector_id": 1}, "UnlockConnector", {"connectorId": 1}),
        (
            "change_availability",
            {"connector_id": 0, "type": "Inoperative"},
            "ChangeAvailability",
            {"connectorId": 0, "type": "Inoperative"},
        ),
        (
            "trigger_message",
            {"requested_message": "MeterValues", "connector_id": 1},
            "TriggerMessage",
            {"requestedMessage": "MeterValues", "connectorId": 1},
        ),
        (
            "trigger_message",
            {"requested_message": "Heartbeat", "connector_id": None},
            "TriggerMessage",
            {"requestedMessage": "Heartbeat"},
        ),
        ("get_configuration", {}, "GetConfiguration", {}),
        ("get_configuration", {"keys": ["A", "B"]}, "GetConfiguration", {"key": ["A", "B"]}),
        (
            "change_configuration",
            {"key": "HeartbeatInterval", "value": "60"},
            "ChangeConfiguration",
            {"key": "HeartbeatInterval", "value": "60"},
        ),
        ("clear_cache", {}, "ClearCache", {}),
        (
            "data_transfer",
            {"vendor_id": "V", "message_id": None, "data": "x"},
            "DataTransfer",
            {"vendorId": "V", "data": "x"},
        ),
    ],
)
def test_request(name: str, arguments: dict[str, Any], action: str, payload: Any) -> None:
    order = VERSION.orders[name]
    assert order.action == action
    frame = json.loads(frames.call("id", order.action, order.request(arguments)))
    assert frame == [2, "id", action, payload]


@pytest.mark.parametrize(
    ("name", "answer", "outcome"),
    [
        ("remote_start", {"status": "Rejected"}, {"status": "Rejected"}),
        ("reset", {"status": "Accepted"}, {"status": "Accepted"}),
        ("unlock", {"status": "UnlockFailed"}, {"status": "UnlockFailed"}),
        ("change_availability", {"status": "Scheduled"}, {"status": "Scheduled"}),
        ("change_configuration", {"status": "RebootRequired"}, {"status": "RebootRequired"}),
        ("trigger_message", {"status": "NotImplemented"}, {"status": "NotImplemented"}),
        ("data_transfer", {"status": "Accepted"}, {"status": "Accepted", "data": None}),
        (
            "data_transfer",
            {"status": "Accepted", "data": "{}"},
            {"status": "Accepted", "data": "{}"},
        ),
        ("get_configuration", {}, {"configuration": {}, "unknown_keys": []}),
        (
            "get_configuration",
            {
                "configurationKey": [
                    {"key": "A", "readonly": True, "value": "1"},
                    {"key": "B", "readonly": 0},
                ],
                "unknownKey": ["C"],
            },
            {
                "configuration": {
                    "A": {"value": "1", "readonly": True},
                    "B": {"value": None, "readonly": False},
                },
                "unknown_keys": ["C"],
            },
        ),
    ],
)
def test_outcome(name: str, answer: Any, outcome: Any) -> None:
    order = VERSION.orders[name]
    found = order.outcome(read(order.response, json.dumps(answer).encode()).payload)
    assert found == outcome
    assert json.loads(json.dumps(found)) == outcome
