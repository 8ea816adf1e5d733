"""The server of `runserver`: Daphne's, which tells when it listens and ends in order."""

import asyncio
import logging
import threading
from typing import Any

from daphne.server import Server
from twisted.internet import reactor
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IListeningPort
from twisted.python.failure import Failure

from config.daphne_protocol import REFUSAL, WebSocketProtocol
from ocpp.connection import shutdown

logger = logging.getLogger(__name__)

#: How long requests under way may take once the server ends, and then their cancellation (s).
REQUESTS_S = 1.0
CANCELLED_S = 0.5


class OrderlyServer(Server):
    """Daphne's server, which says when it listens, why it could not, and ends in order."""

    #: Called with the host and the port that are bound.
    on_listening: Any = None
    listen_failure: str = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Takes what Daphne's takes."""
        super().__init__(*args, **kwargs)
        self._ports: list[IListeningPort] = []
        self._ended = threading.Event()

    def run(self) -> None:
        """Serve until a signal, or until `end`."""
        try:
            super().run()
        finally:
            self._ended.set()

    def end(self, limit_s: float) -> None:
        """End in order, from another thread, and wait for that. Harmless when it has ended."""
        if not self._ended.is_set():
            reactor.callFromThread(self.stop)
            self._ended.wait(limit_s)

    def listen_success(self, port: IListeningPort) -> None:
        """The port is bound."""
        super().listen_success(port)
        self._ports.append(port)
        self.ws_factory.protocol = WebSocketProtocol
        address = port.getHost()
        self.on_listening(address.host, address.port)

    def listen_error(self, failure: Failure) -> None:
        """The port could not be bound."""
        cause = failure.value
        self.listen_failure = str(getattr(cause, "socketError", cause))
        self.stop()

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        """Start the application for a connection, and tell it how a handshake can be refused."""
        if scope["type"] == "websocket":
            scope["extensions"] = {REFUSAL: {}}
        return super().create_application(protocol, scope)

    def kill_all_applications(self) -> Deferred:
        """The server ends: nothing new, presence cleared, requests answered, the rest cancelled.

        Daphne's way is to cancel everything at once, and to wait for it without a limit.
        """
        return Deferred.fromFuture(asyncio.ensure_future(self._end()))

    async def _end(self) -> None:
        for port in self._ports:
            maybeDeferred(port.stopListening)
        try:
            await shutdown.shut_down()
            self._close_others()
            await self._end_applications()
        except Exception:
            logger.exception("The server ends, but not in order")

    def _close_others(self) -> None:
        """Close the WebSockets that are no charge point's."""
        for protocol in list(self.connections):
            if isinstance(protocol, WebSocketProtocol) and protocol.state == protocol.STATE_OPEN:
                protocol.serverClose(shutdown.SERVICE_RESTART)

    async def _end_applications(self) -> None:
        tasks = {
            details["application_instance"]
            for details in self.connections.values()
            if "application_instance" in details
        }
        if tasks:
            _, tasks = await asyncio.wait(tasks, timeout=REQUESTS_S)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=CANCELLED_S)
