"""Answers of the profiles Core and Remote Trigger."""

from functools import partial
from typing import TYPE_CHECKING, Any

from ocpp.simulator.answers.profiles import read_profile
from ocpp.simulator.answers.reply import Handler, Reply, status
from ocpp.simulator.checks import Request
from ocpp.simulator.config import MAX_ID_TAG

if TYPE_CHECKING:
    from ocpp.simulator.equipment import Equipment

#: The one vendor whose DataTransfer is understood, with the message `Echo`.
VENDOR = "Arthexis"


def _remote_start(point: "Equipment", payload: dict[str, Any]) -> Reply:
    """OCPP 1.6, 5.11."""
    request = Request(payload, "connectorId", "idTag", "chargingProfile")
    id_tag = request.text("idTag", MAX_ID_TAG)
    ours = point.config.connector_id
    connector_id = request.integer("connectorId", 1) if request.has("connectorId") else ours
    profile = None
    if request.has("chargingProfile"):
        profile = read_profile(request, "chargingProfile", ours)
        if profile.purpose != "TxProfile":
            return status("Rejected")
    ready = point.waiting and point.remote_tag is None and not point.resetting
    if connector_id != ours or not ready or not point.connector.operative:
        return status("Rejected")
    if not point.may_charge(id_tag):
        return status("Rejected")
    point.remote_tag, point.remote_profile = id_tag, profile
    return status("Accepted", point.take_changes)


def _remote_stop(point: "Equipment", payload: dict[str, Any]) -> Reply:
    """OCPP 1.6, 5.12."""
    transaction_id = Request(payload, "transactionId").integer("transactionId")
    transaction = point.connector.transaction
    if transaction is None or transaction.id != transaction_id:
        return status("Rejected")
    return status("Accepted", partial(point.end_transaction, "Remote"))


def _reset(point: "Equipment", payload: dict[str, Any]) -> Reply:
    """OCPP 1.6, 5.14."""
    kind = Request(payload, "type").choice("type", "Hard", "Soft")
    if point.resetting:
        return status("Rejected")
    return status("Accepted", lambda: point.later(point.reset(hard=kind == "Hard")))


def _unlock(point: "Equipment", payload: dict[str, Any]) -> Reply:
    """OCPP 1.6, 5.18."""
    connector_id = Request(payload, "connectorId").integer("connectorId", 1)
    if connector_id > point.config.connector_id:
        return status("NotSupported")
    if connector_id == point.config.connector_id:
        return status("Unlocked", partial(point.end_transaction, "UnlockCommand"))
    return status("Unlocked")


def _change_availability(point: "Equipment", payload: dict[str, Any]) -> Reply:
    """OCPP 1.6, 5.2: during a transaction it is scheduled, and holds from its end."""
    request = Request(payload, "connectorId", "type")
    connector_id = request.integer("connectorId", 0)
    kind = request.choice("type", "Inoperative", "Operative")
    if connector_id not in (0, point.config.connector_id):
        return status("Rejected")
    point.connector.operative = kind == "Operative"
    if point.connector.transaction and not point.connector.operative:
        return status("Scheduled")
    return status("Accepted", point.take_changes)


def _get_configuration(point: "Equipment", payload: dict[str, Any]) -> Reply:
    """OCPP 1.6, 5.8."""
    return point.keys.report(Request(payload, "key").texts("key", 50)), None


def _change_configuration(point: "Equipment", payload: dict[str, Any]) -> Reply:
    """OCPP 1.6, 5.3."""
    request = Request(payload, "key", "value")
    key, value = request.text("key", 50), request.text("value", 500)
    answer = point.keys.change(key, value)
    if answer == "Accepted" and key.lower() == "securityprofile":
        return status(answer, lambda: point.later(point.reconnect()))
    return status(answer, point.take_changes)


def _clear_cache(point: "Equipment", payload: dict[str, Any]) -> Reply:
    """OCPP 1.6, 5.4: every card is asked for anew, so the cache is always clear."""
    Request(payload)
    return status("Accepted")


def _data_transfer(point: "Equipment", payload: dict[str, Any]) -> Reply:
    """OCPP 1.6, 5.6."""
    request = Request(payload, "vendorId", "messageId", "data")
    vendor = request.text("vendorId", 255)
    message = request.text("messageId", 50) if request.has("messageId") else ""
    if vendor != VENDOR:
        return status("UnknownVendorId")
    if message != "Echo":
        return status("UnknownMessageId")
    data = request.text("data", 100_000) if request.has("data") else ""
    return {"status": "Accepted", "data": data}, None


HANDLERS: dict[str, Handler] = {
    "ChangeAvailability": _change_availability,
    "ChangeConfiguration": _change_configuration,
    "ClearCache": _clear_cache,
    "DataTransfer": _data_transfer,
    "GetConfiguration": _get_configuration,
    "RemoteStartTransaction": _remote_start,
    "RemoteStopTransaction": _remote_stop,
    "Reset": _reset,
    "UnlockConnector": _unlock,
}
