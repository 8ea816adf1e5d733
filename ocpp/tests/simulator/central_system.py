"""A small central system, written from the standard alone, that checks every frame it gets.

It keeps what was sent to it (`requests`), answers as a test tells it (`say`), and calls the
charge point (`call`). A frame against the standard is an `error`, and `check` fails on it.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from ssl import SSLContext
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

Payload = dict[str, Any]
#: A test's own answer to an action: a payload, or None to stay silent, or an error tuple.
Said = Payload | None | tuple[str, str]

NOW = "2025-01-01T00:00:00Z"
STATUSES = {"Available", "Preparing", "Charging", "Finishing", "Unavailable", "Faulted", "Reserved"}
REASONS = {"Local", "Remote", "SoftReset", "HardReset", "UnlockCommand", "DeAuthorized"}
MEASURANDS = {
    "Energy.Active.Import.Register": "Wh",
    "Power.Active.Import": "W",
    "Current.Import": "A",
    "Voltage": "V",
    "SoC": "Percent",
}

#: Fields of each request: name -> (type, whether it is required).
FIELDS: dict[str, dict[str, tuple[type, bool]]] = {
    "Authorize": {"idTag": (str, True)},
    "BootNotification": {
        "chargePointVendor": (str, True),
        "chargePointModel": (str, True),
        "chargePointSerialNumber": (str, False),
        "firmwareVersion": (str, False),
        "meterSerialNumber": (str, False),
    },
    "DiagnosticsStatusNotification": {"status": (str, True)},
    "FirmwareStatusNotification": {"status": (str, True)},
    "Heartbeat": {},
    "MeterValues": {
        "connectorId": (int, True),
        "transactionId": (int, False),
        "meterValue": (list, True),
    },
    "LogStatusNotification": {"status": (str, True), "requestId": (int, False)},
    "SecurityEventNotification": {"type": (str, True), "timestamp": (str, True)},
    "SignCertificate": {"csr": (str, True)},
    "SignedFirmwareStatusNotification": {"status": (str, True), "requestId": (int, False)},
    "StartTransaction": {
        "connectorId": (int, True),
        "reservationId": (int, False),
        "idTag": (str, True),
        "meterStart": (int, True),
        "timestamp": (str, True),
    },
    "StatusNotification": {
        "connectorId": (int, True),
        "errorCode": (str, True),
        "status": (str, True),
        "timestamp": (str, False),
    },
    "StopTransaction": {
        "transactionId": (int, True),
        "meterStop": (int, True),
        "timestamp": (str, True),
        "reason": (str, False),
        "idTag": (str, False),
        "transactionData": (list, False),
    },
}


def fault(action: str, payload: Any) -> str | None:
    """What is wrong with a request by the standard, or None."""
    fields = FIELDS.get(action)
    if fields is None:
        return f"{action} is not a request of a charge point"
    if not isinstance(payload, dict):
        return f"the payload of {action} is no object"
    if extra := set(payload) - set(fields):
        return f"{action} has {extra}"
    for name, (kind, required) in fields.items():
        if name not in payload:
            if required:
                return f"{action} lacks {name}"
        elif type(payload[name]) is not kind:
            return f"{name} of {action} is {payload[name]!r}"
    if "timestamp" in payload and datetime.fromisoformat(payload["timestamp"]).tzinfo is None:
        return f"the timestamp of {action} has no zone"
    if len(payload.get("idTag", "")) > 20:
        return f"the idTag of {action} is too long"
    if action == "StatusNotification" and payload["status"] not in STATUSES:
        return f"status {payload['status']}"
    if payload.get("reason", "Local") not in REASONS:
        return f"reason {payload['reason']}"
    for value in [*payload.get("meterValue", []), *payload.get("transactionData", [])]:
        if found := _meter_value_fault(value):
            return found
    return None


def _meter_value_fault(value: Payload) -> str | None:
    if set(value) != {"timestamp", "sampledValue"} or not value["sampledValue"]:
        return f"meter value {value}"
    for sample in value["sampledValue"]:
        if set(sample) - {"value", "context", "format", "measurand", "phase", "location", "unit"}:
            return f"sampled value {sample}"
        if not isinstance(sample["value"], str) or not sample["value"].replace(".", "").isdigit():
            return f"value {sample['value']!r}"
        if MEASURANDS.get(sample["measurand"]) != sample["unit"]:
            return f"measurand {sample['measurand']} in {sample['unit']}"
    return None


@dataclass
class CentralSystem:
    """One server on a loopback port; use `central_system()` to have it started and ended."""

    port: int = 0
    requests: list[tuple[str, Payload]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    identities: list[str] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)
    #: What the handshake is refused with, instead of going on.
    refuse: int | None = None
    subprotocols: list[str] | None = field(default_factory=lambda: ["ocpp1.6"])
    interval_s: int = 300
    _sayings: dict[str, list[Said]] = field(default_factory=dict)
    _socket: ServerConnection | None = None
    _waiting: dict[str, "asyncio.Future[Any]"] = field(default_factory=dict)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _next_id: int = 100

    def say(self, action: str, *answers: Said) -> None:
        """The next answers to `action`; the usual one comes after them."""
        self._sayings.setdefault(action, []).extend(answers)

    def check(self) -> None:
        """Fail when any frame was against the standard."""
        assert self.errors == []

    def sent(self, action: str) -> list[Payload]:
        """The payloads of all requests with this action."""
        return [payload for name, payload in self.requests if name == action]

    @property
    def actions(self) -> list[str]:
        """All requests by name, without the StatusNotifications."""
        return [name for name, _ in self.requests if name != "StatusNotification"]

    async def until(self, condition: Callable[[], object], limit_s: float = 10) -> None:
        """Wait until something is true of what was sent."""
        async with asyncio.timeout(limit_s), self._changed:
            await self._changed.wait_for(condition)

    async def call(self, action: str, payload: Any) -> Any:
        """The payload of the CALLRESULT, or `(code, description)` of the CALLERROR."""
        message_id = f"central-{len(self._waiting)}"
        future = self._waiting[message_id] = asyncio.get_running_loop().create_future()
        await self.send([2, message_id, action, payload])
        return await asyncio.wait_for(future, 10)

    async def send(self, frame: Any) -> None:
        """Any frame, a list as JSON and a text as it is."""
        assert self._socket is not None
        await self._socket.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))

    async def drop(self) -> None:
        """Cut the connection without a close frame."""
        assert self._socket is not None
        self._socket.transport.abort()
        await self._socket.wait_closed()

    async def _handshake(self, socket: ServerConnection, request: Request) -> Response | None:
        async with self._changed:
            self.authorizations.append(request.headers.get("Authorization"))
            self._changed.notify_all()
        if self.refuse is not None:
            return socket.respond(self.refuse, "refused")
        return None

    async def _serve(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        self._socket = socket
        self.identities.append(socket.request.path)
        try:
            async for raw in socket:
                await self._receive(socket, json.loads(raw))
        except ConnectionClosed:
            return

    async def _receive(self, socket: ServerConnection, frame: list[Any]) -> None:
        match frame:
            case [2, str(message_id), str(action), payload]:
                if found := fault(action, payload):
                    self.errors.append(found)
                answer = self._answer(action, payload)
                if isinstance(answer, dict):
                    await socket.send(json.dumps([3, message_id, answer]))
                elif answer is not None:
                    await socket.send(json.dumps([4, message_id, *answer, {}]))
                async with self._changed:
                    self.requests.append((action, payload))
                    self._changed.notify_all()
            case [3, str(message_id), payload]:
                self._waiting[message_id].set_result(payload)
            case [4, str(message_id), code, description, {}]:
                self._waiting[message_id].set_result((code, description))
            case _:
                self.errors.append(f"frame {frame}")

    def _answer(self, action: str, payload: Payload) -> Said:
        if self._sayings.get(action):
            return self._sayings[action].pop(0)
        accepted = {"idTagInfo": {"status": "Accepted"}}
        match action:
            case "BootNotification":
                return {"status": "Accepted", "currentTime": NOW, "interval": self.interval_s}
            case "Heartbeat":
                return {"currentTime": NOW}
            case "Authorize":
                return accepted
            case "StartTransaction":
                self._next_id += 1
                return {"transactionId": self._next_id, **accepted}
            case "StopTransaction":
                return accepted
            case "SignCertificate":
                return {"status": "Accepted"}
        return {}


@asynccontextmanager
async def central_system(ssl: SSLContext | None = None) -> AsyncIterator[CentralSystem]:
    """A central system that serves on a free port of 127.0.0.1."""
    system = CentralSystem()

    def choose(_socket: ServerConnection, _offered: Any) -> Any:
        return system.subprotocols[0] if system.subprotocols else None

    server: Server
    async with serve(
        system._serve,
        "127.0.0.1",
        0,
        process_request=system._handshake,
        select_subprotocol=choose,
        ssl=ssl,
    ) as server:
        system.port = server.sockets[0].getsockname()[1]
        yield system
