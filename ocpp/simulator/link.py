"""One connection to a central system: frames, ids and answers (OCPP-J 1.6, section 4)."""

import asyncio
import base64
import json
import ssl as tls
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidStatus,
    InvalidURI,
    NegotiationError,
)
from websockets.typing import Subprotocol

from ocpp.simulator.config import SimulatorConfig
from ocpp.simulator.errors import CallRefused, ErrorKind, LinkLost, SimulatorError

SUBPROTOCOL = Subprotocol("ocpp1.6")
CALL, CALLRESULT, CALLERROR = 2, 3, 4
OPEN_TIMEOUT_S = 10
CLOSE_TIMEOUT_S = 5
PING_INTERVAL_S = 60
MAX_MESSAGE_BYTES = 262_144

#: What follows once an answer has gone out.
Deed = Callable[[], object]
Answer = Callable[[str, dict[str, Any]], tuple[dict[str, Any], Deed | None]]


@dataclass
class Counters:
    """What one charge point has sent and received, over all its connections."""

    sent: int = 0
    received: int = 0
    connections: int = 0
    #: Calls of ours that got a CALLERROR and were let be.
    refused: int = 0
    #: Frames from the central system that no charge point can make sense of.
    unreadable: int = 0


async def open_socket(config: SimulatorConfig) -> ClientConnection:
    """Connect and agree on `ocpp1.6`; a failure is a `SimulatorError` that says which part."""
    headers = {}
    if config.password:
        user = config.username or config.identity
        credentials = base64.b64encode(f"{user}:{config.password}".encode()).decode("ascii")
        headers["Authorization"] = f"Basic {credentials}"
    context = tls.create_default_context() if config.ssl is True else config.ssl or None
    try:
        socket = await connect(
            config.url,
            subprotocols=[SUBPROTOCOL],
            additional_headers=headers,
            ssl=context,
            compression=None,
            proxy=None,
            open_timeout=OPEN_TIMEOUT_S,
            close_timeout=CLOSE_TIMEOUT_S,
            ping_interval=PING_INTERVAL_S,
            ping_timeout=PING_INTERVAL_S,
            max_size=MAX_MESSAGE_BYTES,
        )
    except InvalidStatus as error:
        raise SimulatorError(ErrorKind.HANDSHAKE, _status_words(error)) from error
    except NegotiationError as error:
        raise SimulatorError(ErrorKind.SUBPROTOCOL, str(error)) from error
    except ConnectionRefusedError as error:
        raise SimulatorError(ErrorKind.REFUSED, f"{config.host}:{config.ws_port}") from error
    except tls.SSLError as error:
        raise SimulatorError(ErrorKind.TLS, str(error)) from error
    except TimeoutError as error:
        raise SimulatorError(ErrorKind.UNREACHABLE, f"{config.url}, {OPEN_TIMEOUT_S} s") from error
    except (OSError, InvalidHandshake, InvalidURI, ConnectionClosed, EOFError) as error:
        raise SimulatorError(ErrorKind.UNREACHABLE, str(error) or type(error).__name__) from error
    if socket.subprotocol != SUBPROTOCOL:
        await socket.close(1002, "ocpp1.6 was not agreed")
        raise SimulatorError(ErrorKind.SUBPROTOCOL, socket.subprotocol or "-")
    return socket


def _status_words(error: InvalidStatus) -> str:
    status = error.response.status_code
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


class Link:
    """Speaks OCPP-J over one open socket: one call outstanding in each direction.

    `answer` is asked for the payload of each CALLRESULT and may name a deed that follows it;
    it raises `CallRefused` for a CALLERROR.
    """

    def __init__(
        self,
        socket: ClientConnection,
        answer: Answer,
        counters: Counters,
        call_timeout_s: float,
    ) -> None:
        self._socket = socket
        self._answer = answer
        self._counters = counters
        self._timeout_s = call_timeout_s
        self._turn = asyncio.Lock()
        self._waiting: tuple[str, asyncio.Future[dict[str, Any]]] | None = None
        self._lost: LinkLost | None = None

    async def call(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Send a CALL and return the payload of its CALLRESULT.

        Raises `LinkLost`, or `SimulatorError` for a CALLERROR or when no answer comes in time.
        """
        async with self._turn:
            if self._lost:
                raise self._lost
            message_id = str(uuid.uuid4())
            future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
            self._waiting = (message_id, future)
            try:
                async with asyncio.timeout(self._timeout_s):
                    await self._send([CALL, message_id, action, payload])
                    return await future
            except TimeoutError:
                raise SimulatorError(
                    ErrorKind.NO_ANSWER, f"{action}, {self._timeout_s:g} s"
                ) from None
            except SimulatorError as error:
                if error.kind is ErrorKind.CALL_ERROR:
                    raise SimulatorError(error.kind, f"{action}: {error.detail}") from None
                raise
            finally:
                self._waiting = None

    async def listen(self) -> None:
        """Read frames and answer them until the connection ends."""
        try:
            while True:
                await self._receive(await self._socket.recv())
        except ConnectionClosed as error:
            received = error.rcvd
            detail = f"{received.code} {received.reason}".strip() if received else "1006"
            self._lose(LinkLost(detail))
        except LinkLost as lost:
            self._lose(lost)
        finally:
            if not self._lost:
                self._lose(LinkLost("1000"))

    async def close(self) -> None:
        """Close the connection properly."""
        await self._socket.close(1000)

    def _lose(self, lost: LinkLost) -> None:
        self._lost = lost
        if self._waiting and not self._waiting[1].done():
            self._waiting[1].set_exception(lost)

    async def _send(self, frame: list[Any]) -> None:
        try:
            await self._socket.send(json.dumps(frame, separators=(",", ":")))
        except ConnectionClosed as error:
            raise self._lost or LinkLost(str(error)) from error
        self._counters.sent += 1

    async def _receive(self, raw: str | bytes) -> None:
        self._counters.received += 1
        try:
            frame = json.loads(raw) if isinstance(raw, str) else None
        except (ValueError, RecursionError):
            self._counters.unreadable += 1
            return
        match frame:
            case [2, str(message_id), str(action), dict(payload)]:
                await self._reply(message_id, action, payload)
            case [2, str(message_id), *_]:
                await self._send(
                    [CALLERROR, message_id, "FormationViolation", "not [2, id, action, {…}]", {}]
                )
            case [3, str(message_id), dict(payload)] if self._awaits(message_id):
                self._waiting[1].set_result(payload)  # type: ignore[index]  # _awaits has looked
            case [4, str(message_id), str(code), str(text), *_] if self._awaits(message_id):
                self._waiting[1].set_exception(  # type: ignore[index]  # _awaits has looked
                    SimulatorError(ErrorKind.CALL_ERROR, f"{code} {text}".strip())
                )
            case _:
                self._counters.unreadable += 1

    def _awaits(self, message_id: str) -> bool:
        """Whether a call of ours with this id waits for its answer."""
        if self._waiting is None:
            return False
        expected, future = self._waiting
        return message_id == expected and not future.done()

    async def _reply(self, message_id: str, action: str, payload: dict[str, Any]) -> None:
        try:
            answer, deed = self._answer(action, payload)
        except CallRefused as refusal:
            await self._send([CALLERROR, message_id, refusal.code, refusal.description, {}])
            return
        await self._send([CALLRESULT, message_id, answer])
        if deed:
            deed()
