"""A charge point's end of a WebSocket over TLS, for tests that are not asynchronous.

The library's own synchronous client reads and writes one TLS connection from two threads at once,
which OpenSSL does not allow: under load a request gets lost. Here one event loop does both.
"""

import asyncio
import ssl
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.support.wire import Wire

T = TypeVar("T")

#: The longest that connecting or closing may take, on a busy machine (s).
PATIENCE_S = 30


class _Loop:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine there, and return its result or raise its exception."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(2 * PATIENCE_S)

    def end(self) -> None:
        """End the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class _Connection:
    """A connection with the two methods that `Wire` uses."""

    def __init__(self, loop: _Loop, connection: ClientConnection) -> None:
        self._loop = loop
        self._connection = connection

    def send(self, frame: str | bytes, *, text: bool | None = None) -> None:
        """Send a frame."""
        self._loop.run(self._connection.send(frame, text=text))

    def recv(self, timeout: float) -> str | bytes:
        """The next frame. Raises ConnectionClosed, or TimeoutError."""
        return self._loop.run(asyncio.wait_for(self._connection.recv(), timeout))


@contextmanager
def connected(
    url: str, *, context: ssl.SSLContext | None = None, headers: dict[str, str] | None = None
) -> Iterator[Wire]:
    """A connection to `url`, which may hold user and password; over TLS with a context."""
    loop = _Loop()

    async def begin() -> ClientConnection:
        return await connect(
            url,
            subprotocols=[Subprotocol("ocpp1.6")],
            compression=None,
            ssl=context,
            additional_headers=headers or {},
            open_timeout=PATIENCE_S,
            proxy=None,
        )

    try:
        connection = loop.run(begin())
        try:
            yield Wire(cast(Any, _Connection(loop, connection)))
        finally:
            loop.run(connection.close())
    finally:
        loop.end()
