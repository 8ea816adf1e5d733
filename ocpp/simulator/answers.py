"""What a simulated charge point answers to the calls of the central system.

Every answer is true: what is accepted is done, by a deed that follows the CALLRESULT.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from ocpp.simulator import payloads
from ocpp.simulator.checks import Request
from ocpp.simulator.config import MAX_ID_TAG
from ocpp.simulator.errors import CallRefused
from ocpp.simulator.link import Deed

if TYPE_CHECKING:
    from ocpp.simulator.charge_point import ChargePointSimulator

Reply = tuple[dict[str, Any], Deed | None]

#: The one vendor whose DataTransfer is understood, with the message `Echo`.
VENDOR = "Arthexis"


def answer(point: "ChargePointSimulator", action: str, payload: dict[str, Any]) -> Reply:
    """The payload of the CALLRESULT, and what to do once it is sent.

    Raises `CallRefused` for an unknown action or a payload against the schema.
    """
    handler = HANDLERS.get(action)
    if handler is None:
        raise CallRefused("NotImplemented", f"{action} is not known here")
    return handler(point, payload)


def _status(status: str, deed: Deed | None = None) -> Reply:
    return {"status": status}, deed


def _remote_start(point: "ChargePointSimulator", payload: dict[str, Any]) -> Reply:
    """OCPP 1.6, 5.11."""
    request = Request(payload, "connectorId", "idTag", "chargingProfile")
    id_tag = request.text("idTag", MAX_ID_TAG)
    ours = point.config.connector_id
    connector_id = request.integer("connectorId", 1) if request.has("connectorId") else ours
    ready = point.waiting and point.remote_tag is None and not point.resetting
    if connector_id != ours or not ready or not point.connector.operative:
        return _status("Rejected")
    point.remote_tag = id_tag
    return _status("Accepted", point.take_changes)


def _remote_stop(point: "ChargePointSimulator", payload: dict[str, Any]) -> Reply:
    """OCPP 1.6, 5.12."""
    transaction_id = Request(payload, "transactionId").integer("transactionId")
    transaction = point.connector.transaction
    if transaction is None or transaction.id != transaction_id:
        return _status("Rejected")
    return _status("Accepted", partial(point.end_transaction, "Remote"))


def _reset(point: "ChargePointSimulator", payload: dict[str, Any]) -> Reply:
    """OCPP 1.6, 5.14."""
    kind = Request(payload, "type").choice("type", "Hard", "Soft")
    if point.resetting:
        return _status("Rejected")
    return _status("Accepted", lambda: point.later(point.reset(hard=kind == "Hard")))


def _unlock(point: "ChargePointSimulator", payload: dict[str, Any]) -> Reply:
    """OCPP 1.6, 5.18."""
    connector_id = Request(payload, "connectorId").integer("connectorId", 1)
    if connector_id > point.config.connector_id:
        return _status("NotSupported")
    if connector_id == point.config.connector_id:
        return _status("Unlocked", partial(point.end_transaction, "UnlockCommand"))
    return _status("Unlocked")


def _change_availability(point: "ChargePointSimulator", payload: dict[str, Any]) -> Reply:
    """OCPP 1.6, 5.2: during a transaction it is scheduled, and holds from its end."""
    request = Request(payload, "connectorId", "type")
    connector_id = request.integer("connectorId", 0)
    kind = request.choice("type", "Inoperative", "Operative")
    if connector_id not in (0, point.config.connector_id):
        return _status("Rejected")
    point.connector.operative = kind == "Operative"
    if point.connector.transaction and not point.connector.operative:
        return _status("Scheduled")
    return _status("Accepted", point.take_changes)


def _trigger(point: "ChargePointSimulator", payload: dict[str, Any]) -> Reply:
    """OCPP 1.6, 5.17."""
    request = Request(payload, "requestedMessage", "connectorId")
    message = request.choice(
        "requestedMessage",
        "BootNotification",
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "MeterValues",
        "StatusNotification",
    )
    connectors = point.connector.number
    connector_id = request.integer("connectorId", 0) if request.has("connectorId") else None
    if connector_id is not None and connector_id > connectors:
        return _status("Rejected")
    if message == "MeterValues" and connector_id not in (None, connectors):
        # Only our connector has a meter.
        return _status("Rejected")
    return _status("Accepted", partial(_send_triggered, point, message, connector_id))


def _send_triggered(point: "ChargePointSimulator", message: str, connector_id: int | None) -> None:
    match message:
        case "StatusNotification":
            every = range(point.connector.number + 1)
            for number in every if connector_id is None else (connector_id,):
                point.later(point.announce(number))
        case "MeterValues":
            point.connector.catch_up()
            point.later(point.say(message, point.connector.meter_values_request("Trigger")))
        case "BootNotification":
            point.later(point.say(message, payloads.boot(point.config)))
        case "Heartbeat":
            point.later(point.say(message, {}))
        case _:
            # Neither firmware nor diagnostics are ever under way here.
            point.later(point.say(message, {"status": "Idle"}))


def _get_configuration(point: "ChargePointSimulator", payload: dict[str, Any]) -> Reply:
    """OCPP 1.6, 5.8."""
    return point.keys.report(Request(payload, "key").texts("key", 50)), None


def _change_configuration(point: "ChargePointSimulator", payload: dict[str, Any]) -> Reply:
    """OCPP 1.6, 5.3."""
    request = Request(payload, "key", "value")
    status = point.keys.change(request.text("key", 50), request.text("value", 500))
    return _status(status, point.take_changes)


def _clear_cache(point: "ChargePointSimulator", payload: dict[str, Any]) -> Reply:
    """OCPP 1.6, 5.4: every card is asked for anew, so the cache is always clear."""
    Request(payload)
    return _status("Accepted")


def _data_transfer(point: "ChargePointSimulator", payload: dict[str, Any]) -> Reply:
    """OCPP 1.6, 5.6."""
    request = Request(payload, "vendorId", "messageId", "data")
    vendor = request.text("vendorId", 255)
    message = request.text("messageId", 50) if request.has("messageId") else ""
    if vendor != VENDOR:
        return _status("UnknownVendorId")
    if message != "Echo":
        return _status("UnknownMessageId")
    data = request.text("data", 100_000) if request.has("data") else ""
    return {"status": "Accepted", "data": data}, None


HANDLERS: dict[str, Callable[["ChargePointSimulator", dict[str, Any]], Reply]] = {
    "ChangeAvailability": _change_availability,
    "ChangeConfiguration": _change_configuration,
    "ClearCache": _clear_cache,
    "DataTransfer": _data_transfer,
    "GetConfiguration": _get_configuration,
    "RemoteStartTransaction": _remote_start,
    "RemoteStopTransaction": _remote_stop,
    "Reset": _reset,
    "TriggerMessage": _trigger,
    "UnlockConnector": _unlock,
}
