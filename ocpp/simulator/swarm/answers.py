"""What a charge point of a fleet answers to the calls of the server (OCPP 1.6, section 5)."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ocpp.simulator.swarm.point import Point

#: The payload of an answer, and what follows it.
Reply = tuple[dict[str, Any], Callable[[], object] | None]
_KEYS = {
    "AuthorizeRemoteTxRequests": "true",
    "NumberOfConnectors": "1",
    "SupportedFeatureProfiles": "Core,RemoteTrigger",
    "GetConfigurationMaxKeys": "50",
}


def answer(point: "Point", message_id: str, action: str, payload: dict[str, Any]) -> None:
    """Answer a call and do what it asks for."""
    handler = _HANDLERS.get(action)
    name = json.dumps(message_id)
    if handler is None:
        point.line.reply(f'[4,{name},"NotImplemented","a charge point of a fleet",{{}}]')
        return
    content, deed = handler(point, payload)
    point.line.reply(f"[3,{name},{json.dumps(content, separators=(',', ':'))}]")
    if deed is not None:
        deed()


def _status(status: str, deed: Callable[[], object] | None = None) -> Reply:
    return {"status": status}, deed


def _remote_start(point: "Point", payload: dict[str, Any]) -> Reply:
    if not point.free or point.repeats_itself:
        return _status("Rejected")
    tag = str(payload.get("idTag", ""))
    return _status("Accepted", lambda: point.plug(tag))


def _remote_stop(point: "Point", payload: dict[str, Any]) -> Reply:
    if not point.charging or payload.get("transactionId") != point.line.transaction:
        return _status("Rejected")
    return _status("Accepted", lambda: point.unplug("Remote"))


def _reset(point: "Point", payload: dict[str, Any]) -> Reply:
    reason = "HardReset" if payload.get("type") == "Hard" else "SoftReset"
    return _status("Accepted", lambda: point.restart(reason))


def _unlock(point: "Point", payload: dict[str, Any]) -> Reply:
    return _status("Unlocked", lambda: point.unplug("UnlockCommand"))


def _trigger(point: "Point", payload: dict[str, Any]) -> Reply:
    deed = {
        "BootNotification": point.boot_again,
        "Heartbeat": point.beat_now,
        "StatusNotification": point.tell_status,
        "MeterValues": point.tell_meter,
    }.get(str(payload.get("requestedMessage")))
    return _status("NotImplemented") if deed is None else _status("Accepted", deed)


def _configuration(point: "Point", payload: dict[str, Any]) -> Reply:
    known = {
        **_KEYS,
        "HeartbeatInterval": f"{point.heartbeat_s:.0f}",
        "MeterValueSampleInterval": f"{point.options.interval_s:.0f}",
    }
    wanted = payload.get("key") or list(known)
    entries = [
        {"key": key, "readonly": True, "value": known[key]} for key in wanted if key in known
    ]
    return {
        "configurationKey": entries,
        "unknownKey": [key for key in wanted if key not in known],
    }, None


_HANDLERS: dict[str, Callable[["Point", dict[str, Any]], Reply]] = {
    "ChangeAvailability": lambda point, payload: _status("Rejected"),
    "ChangeConfiguration": lambda point, payload: _status("NotSupported"),
    "ClearCache": lambda point, payload: _status("Accepted"),
    "DataTransfer": lambda point, payload: _status("UnknownVendorId"),
    "GetConfiguration": _configuration,
    "RemoteStartTransaction": _remote_start,
    "RemoteStopTransaction": _remote_stop,
    "Reset": _reset,
    "TriggerMessage": _trigger,
    "UnlockConnector": _unlock,
}
