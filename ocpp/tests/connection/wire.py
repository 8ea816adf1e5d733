"""A charge point's end of the wire: the ASGI application in this process, and the real writer."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import unquote

from ocpp.connection import background
from ocpp.connection.consumer import charge_point
from ocpp.connection.jobs import Do
from ocpp.writer.group_commit import writer

#: Long enough for a busy machine; whoever waits so long in a test has found an error.
PATIENCE_S = 10.0
PRIVATE = "192.168.1.5"
PUBLIC = "203.0.113.7"

_numbers = itertools.count(1)


class Closed(Exception):
    """The server closed the connection, with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"closed with {code}")
        self.code = code


class Wire:
    """One WebSocket, as a server such as uvicorn would hand it to the application."""

    #: Whether frames may take the short way, as on our own server (`config.serving`).
    short = False

    def __init__(
        self,
        path: str = "/CP1/",
        *,
        address: str = PRIVATE,
        subprotocols: Sequence[str] = ("ocpp1.6",),
        headers: Sequence[tuple[bytes, bytes]] = (),
        can_refuse: bool = True,
    ) -> None:
        raw, _, query = path.partition("?")
        self.scope: dict[str, Any] = {
            "type": "websocket",
            "path": unquote(raw, errors="replace"),
            "raw_path": raw.encode(),
            "query_string": query.encode(),
            "headers": list(headers),
            "subprotocols": list(subprotocols),
            "client": (address, 50_000),
            "extensions": {"websocket.http.response": {}} if can_refuse else {},
        }
        if self.short:
            direct = {"receive": self._offer, "send": self._write}
            self.scope["extensions"]["websocket.direct"] = direct
        self._take: Callable[[str], bool] | None = None
        #: Set while the application has handled everything and waits for more.
        self.waits = asyncio.Event()
        #: How many frames took it.
        self.taken = 0
        self.subprotocol: str | None = None
        #: HTTP status, headers and body of a handshake that was refused.
        self.refusal: tuple[int, dict[bytes, bytes], str] | None = None
        self.close_code: int | None = None
        self._to_server: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._from_server: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> "Wire":
        """Ask to be connected; returns when it is accepted or refused."""
        self._to_server.put_nowait({"type": "websocket.connect"})
        self._task = asyncio.create_task(
            charge_point(self.scope, self._receive, self._from_server.put)
        )
        event = await self._event()
        if event["type"] == "websocket.accept":
            self.subprotocol = event.get("subprotocol")
        elif event["type"] == "websocket.close":
            self.close_code = event["code"]
        else:
            body = await self._event()
            self.refusal = (event["status"], dict(event["headers"]), body["body"].decode())
        return self

    @property
    def status(self) -> int:
        """The HTTP status of the handshake."""
        if self.refusal is not None:
            return self.refusal[0]
        return 101 if self.close_code is None else 403

    async def _event(self, timeout_s: float = PATIENCE_S) -> dict[str, Any]:
        """What the server does next. An exception of the application is raised here."""
        assert self._task is not None
        getting = asyncio.create_task(self._from_server.get())
        try:
            await asyncio.wait(
                {getting, self._task}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
            )
            if not getting.done() and self._task.done():
                self._task.result()
                await asyncio.sleep(0)
            if getting.done():
                return getting.result()
            raise TimeoutError
        finally:
            getting.cancel()

    def _offer(self, take: Callable[[str], bool]) -> None:
        self._take = take

    def _write(self, text: str) -> bool:
        self._from_server.put_nowait({"type": "websocket.send", "text": text})
        return True

    async def _receive(self) -> dict[str, Any]:
        if self._to_server.empty():
            self.waits.set()
        try:
            return await self._to_server.get()
        finally:
            self.waits.clear()

    def put(self, text: str) -> None:
        """Send a text frame."""
        free = self.waits.is_set() and self._to_server.empty()
        if self._take is not None and free and self._take(text):
            self.taken += 1
            return
        self._to_server.put_nowait({"type": "websocket.receive", "text": text})

    def put_binary(self, data: bytes) -> None:
        """Send a binary frame."""
        self._to_server.put_nowait({"type": "websocket.receive", "bytes": data})

    async def get(self, timeout_s: float = PATIENCE_S) -> Any:
        """The next frame of the server, read as JSON. Raises Closed, or TimeoutError."""
        event = await self._event(timeout_s)
        if event["type"] == "websocket.close":
            self.close_code = event["code"]
            raise Closed(event["code"])
        assert event["type"] == "websocket.send"
        return json.loads(event["text"])

    async def silent(self, for_s: float = 0.15) -> bool:
        """Whether nothing comes for a while."""
        try:
            await self.get(for_s)
        except TimeoutError:
            return True
        return False

    async def ask(self, text: str) -> Any:
        """Send a frame and return the next one of the server."""
        self.put(text)
        return await self.get()

    async def call(self, action: str, message_id: str | None = None, **payload: Any) -> Any:
        """Send a CALL; returns the payload of its CALLRESULT, or the whole CALLERROR."""
        message_id = message_id or f"m{next(_numbers)}"
        answer = await self.ask(json.dumps([2, message_id, action, payload]))
        assert answer[1] == message_id
        return answer[2] if answer[0] == 3 else answer

    async def closing(self) -> int:
        """Wait for the server to close; returns the code."""
        while True:
            try:
                await self.get()
            except Closed as closed:
                return closed.code

    async def end(self) -> None:
        """The network tells the server that the connection is over."""
        self._to_server.put_nowait({"type": "websocket.disconnect", "code": 1006})
        assert self._task is not None
        await asyncio.wait_for(self._task, PATIENCE_S)


@asynccontextmanager
async def connected(path: str = "/CP1/", **options: Any) -> AsyncIterator[Wire]:
    """A connection that was accepted, for as long as the block lasts."""
    wire = await Wire(path, **options).open()
    assert wire.status == 101, wire.refusal
    try:
        yield wire
    finally:
        await wire.end()


async def settle() -> None:
    """Wait until what goes on beside connections, or after them, is done and stored."""
    await writer.submit(Do(bool))
    while background._running:
        await asyncio.wait(set(background._running), timeout=PATIENCE_S)
        await writer.submit(Do(bool))
