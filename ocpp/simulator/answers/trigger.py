"""Answers of the profile Remote Trigger, and of its extension by the Security Whitepaper."""

from functools import partial
from typing import TYPE_CHECKING, Any

from ocpp.simulator.answers.reply import Handler, Reply, status
from ocpp.simulator.checks import Request

if TYPE_CHECKING:
    from ocpp.simulator.equipment import Equipment

_BOTH = (
    "BootNotification",
    "FirmwareStatusNotification",
    "Heartbeat",
    "MeterValues",
    "StatusNotification",
)
MESSAGES = (*_BOTH, "DiagnosticsStatusNotification")
EXTENDED = (*_BOTH, "LogStatusNotification", "SignChargePointCertificate")


def _trigger(point: "Equipment", payload: dict[str, Any]) -> Reply:
    """OCPP 1.6, 5.17."""
    return _answer(point, payload, MESSAGES)


def _extended_trigger(point: "Equipment", payload: dict[str, Any]) -> Reply:
    """Security Whitepaper, 5.7: firmware is signed firmware there."""
    return _answer(point, payload, EXTENDED, signed="Signed")


def _answer(
    point: "Equipment", payload: dict[str, Any], words: tuple[str, ...], signed: str = ""
) -> Reply:
    request = Request(payload, "requestedMessage", "connectorId")
    message = request.choice("requestedMessage", *words)
    connectors = point.connector.number
    connector_id = request.integer("connectorId", 0) if request.has("connectorId") else None
    if connector_id is not None and connector_id > connectors:
        return status("Rejected")
    if message == "MeterValues" and connector_id not in (None, connectors):
        # Only our connector has a meter.
        return status("Rejected")
    if message == "FirmwareStatusNotification":
        message = signed + message
    return status("Accepted", partial(_send, point, message, connector_id))


def _send(point: "Equipment", message: str, connector_id: int | None) -> None:
    match message:
        case "StatusNotification":
            every = range(point.connector.number + 1)
            for number in every if connector_id is None else (connector_id,):
                point.later(point.announce(number))
        case "MeterValues":
            point.connector.catch_up()
            point.later(point.say(message, point.connector.meter_values_request("Trigger")))
        case "BootNotification":
            point.later(point.say(message, point.boot_request()))
        case "Heartbeat":
            point.later(point.say(message, {}))
        case "SignChargePointCertificate":
            csr = point.trust.request(point.keys.text("CpoName"))
            point.later(point.say("SignCertificate", {"csr": csr}))
        case _:
            point.later(point.say(message, point.files.status(message)))


HANDLERS: dict[str, Handler] = {
    "ExtendedTriggerMessage": _extended_trigger,
    "TriggerMessage": _trigger,
}
