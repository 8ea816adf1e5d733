"""One process that serves, by uvicorn, and how it ends: in order, or at once."""

import asyncio
import logging
import os
import signal
import socket
import ssl
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

import uvicorn
from django.conf import settings

from config import health
from config.serving.protocols import HEAD_S, HttpProtocol, WebSocketProtocol
from ocpp.connection import shutdown

logger = logging.getLogger(__name__)

#: At the end: how long requests under way may take (s), and over what time at most connections of
#: charge points are closed (s).
REQUESTS_S = 5.0
CLOSING_S = 10.0
#: What uvicorn then has left to end: requests that had waited for a charge point (s).
GRACE_S = 2
#: All of it takes no longer than this (s), and a little for a process to end.
DRAIN_LIMIT_S = 30.0
#: What a worker says to its supervisor when it takes connections.
READY = b"R"


def configuration(context: ssl.SSLContext | None) -> uvicorn.Config:
    """How uvicorn serves this project, over TLS with `context`."""
    return uvicorn.Config(
        "config.asgi:application",
        loop="auto" if sys.platform == "win32" else "uvloop",
        http=HttpProtocol,
        ws=WebSocketProtocol,
        lifespan="on",
        ws_max_size=settings.OCPP_MESSAGE_KIB * 1024,
        ws_ping_interval=settings.OCPP_PING_S,
        ws_ping_timeout=settings.OCPP_PONG_S,
        ws_per_message_deflate=False,
        # The application reads what proxies say; it knows whom to believe.
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        # Below this level each header and frame would be logged, with keys in them.
        log_level="info",
        # A fleet comes back all at once.
        backlog=settings.OCPP_LISTEN_BACKLOG,
        timeout_graceful_shutdown=GRACE_S,
        ssl_context_factory=(lambda *_: context) if context is not None else None,
    )


class Server(uvicorn.Server):
    """uvicorn's server, which ends the connections of charge points in order.

    The first SIGTERM or SIGINT lets it drain; a second one ends the process at once.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        link: socket.socket | None = None,
        on_ready: Callable[[], None] | None = None,
        on_hup: Callable[[], None] | None = None,
    ) -> None:
        """`link` leads to the supervisor, if there is one: when it ends, so does this server."""
        super().__init__(config)
        self._link = link
        self._on_ready = on_ready
        self._on_hup = on_hup
        self._asked = 0

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen on `sockets`; a handshake of TLS has its limit too, which uvicorn does not set."""
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            sys.exit(1)
        config = self.config
        loop = asyncio.get_running_loop()

        def protocol() -> asyncio.Protocol:
            return HttpProtocol(
                config=config, server_state=self.server_state, app_state=self.lifespan.state
            )

        self.servers = [
            await loop.create_server(
                protocol,
                sock=one,
                ssl=config.ssl,
                backlog=config.backlog,
                ssl_handshake_timeout=HEAD_S if config.ssl else None,
            )
            for one in sockets or ()
        ]
        if self._on_hup is not None:
            loop.add_signal_handler(signal.SIGHUP, self._on_hup)
        self.started = True
        self._tell_supervisor(loop)
        if self._on_ready is not None:
            self._on_ready()

    def _tell_supervisor(self, loop: asyncio.AbstractEventLoop) -> None:
        link = self._link
        if link is None:
            return
        link.setblocking(False)

        def heard() -> None:
            # It says nothing: this is its end.
            loop.remove_reader(link)
            logger.error("The supervisor is gone: this process ends too")
            self.should_exit = True

        with suppress(OSError):  # it is gone, and will be heard to be
            link.send(READY)
        loop.add_reader(link, heard)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal: the end, or the end at once."""
        super().handle_exit(sig, frame)
        self._asked += 1
        if self._asked > 1:
            self.force_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End in order, unless another signal comes."""
        draining = asyncio.ensure_future(self._drain(sockets or []))
        while not draining.done():
            await asyncio.wait({draining}, timeout=0.1)
            if self.force_exit:
                logger.warning("A second signal: this process ends at once")
                logging.shutdown()
                os._exit(1)
        draining.result()

    async def _drain(self, sockets: list[socket.socket]) -> None:
        """Take nobody any more, answer who has asked, close with 1012, store who has left."""
        health.draining.set()
        for server in self.servers:
            server.close()
        for one in sockets:
            one.close()
        await self._finish_requests()
        await shutdown.shut_down(spread_s=CLOSING_S)
        await super().shutdown()

    async def _finish_requests(self) -> None:
        """Until the last request under way is answered; those that wait end with the command."""
        clock = asyncio.get_running_loop().time
        end = clock() + REQUESTS_S
        while requests := self._requests():
            for one in requests:
                one.shutdown()  # closes an idle connection, and a busy one after its answer
            if clock() > end:
                logger.warning("%d requests are not answered after %s s", len(requests), REQUESTS_S)
                return
            await asyncio.sleep(0.05)

    def _requests(self) -> list[Any]:
        connections = self.server_state.connections
        return [
            one
            for one in connections
            if isinstance(one, HttpProtocol) and not one.transport.is_closing()
        ]
