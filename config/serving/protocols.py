"""uvicorn's protocols, with limits on how long a client may take to begin, and on how much it says.

uvicorn itself waits for the head of a request for ever, and keeps whatever comes of it.
"""

import asyncio
import random
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from config.serving.whole_frames import WholeFramesProtocol
from ocpp import limits_hit

#: From the first byte (or the connection) to the end of the request's head (s).
HEAD_S = 10.0
#: From there until a WebSocket is accepted or refused (s). The consumer of charge points has a
#: limit of its own, 10 s, and says why it refuses; this one is for what has none.
HANDSHAKE_S = 15.0
#: The longest head: request line and headers (bytes). A client certificate that a proxy hands on in
#: one takes some 8,000.
MAX_HEAD = 32 * 1024


class HttpProtocol(HttpToolsProtocol):
    """HTTP, until a WebSocket begins. Who takes too long for a head, or makes it too long, goes."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Takes what uvicorn's takes."""
        super().__init__(*arguments, **options)
        self._timer: asyncio.TimerHandle | None = None
        self._in_head = True
        self._upgraded = False
        #: Bytes that came while the head was not complete, and the size of its complete parts.
        self._received = self._parsed = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is there, and has to say something."""
        super().connection_made(transport)
        self._timer = self.loop.call_later(HEAD_S, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what has come, as long as the head is not too long."""
        if self._in_head:
            self._received += len(data)
        super().data_received(data)
        if self.transport.is_closing() or self._upgraded:
            return
        if self._parsed > MAX_HEAD or (self._in_head and self._received > MAX_HEAD):
            self._refuse(431)
        elif self._timer is None and self._idle():
            # Line ends between two requests stop uvicorn's timer, and begin no request.
            self._timer = self.loop.call_later(HEAD_S, self._too_slow)

    def _idle(self) -> bool:
        answered = self.cycle is None or self.cycle.response_complete
        return answered and not self._in_head and self.timeout_keep_alive_task is None

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self._in_head, self._parsed = True, 0
        if self._timer is None:
            self._timer = self.loop.call_later(HEAD_S, self._too_slow)

    def on_url(self, url: bytes) -> None:
        """A part of its address."""
        self._parsed += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header of it. What is too long is not kept, and refused when all has been read."""
        self._parsed += len(name) + len(value) + 4
        if self._parsed <= MAX_HEAD:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Its head is complete."""
        self._stop_timer()
        self._in_head, self._received = False, 0
        if self._parsed <= MAX_HEAD:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of its body."""
        if self._parsed <= MAX_HEAD:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Its end."""
        if self._parsed <= MAX_HEAD:
            super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """From here on it is a WebSocket."""
        if self._parsed <= MAX_HEAD:
            self._upgraded = True
            super().handle_websocket_upgrade()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_slow(self) -> None:
        self._timer = None
        if not self.transport.is_closing():
            if self._received:
                self._refuse(408)
            else:
                self.transport.close()

    def _refuse(self, status: int) -> None:
        """Answer with a status and no more, then close. A request that is under way goes first."""
        self._stop_timer()
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(
                STATUS_LINE[status] + b"content-length: 0\r\nconnection: close\r\n\r\n"
            )
        self.transport.close()


#: The part of the interval after which a ping is sent, at random: connections that began together
#: are not pinged together. With the pong's time and `GONE_S` a dead peer is known within 120 s.
PING_PART = (0.88, 0.98)
#: How long a connection may take to end whose peer is silent (s): neither what is still to be sent
#: to it nor the end of TLS is waited for.
GONE_S = 1.0


class WebSocketProtocol(WholeFramesProtocol):
    """A WebSocket, which has to be accepted or refused in time."""

    handshake_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client asks for a WebSocket."""
        super().connection_made(transport)
        self.handshake_timer = self.loop.call_later(HANDSHAKE_S, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._stop_timer()
        super().connection_lost(exc)

    async def send(self, message: Any) -> None:
        """Send what the application says; its first word ends the handshake."""
        if self.handshake_timer is None and self.write_whole(message):
            return
        await super().send(message)
        if self.handshake_timer is not None and self.handshake_complete:
            self._stop_timer()

    def schedule_ping(self) -> None:
        """Send the next ping about when it is due."""
        interval_s: float = self.ping_interval or 0.0
        delay_s = interval_s * random.uniform(*PING_PART)  # noqa: S311  (no secret)
        self.ping_timer = self.loop.call_later(delay_s, self.send_keepalive_ping)

    def keepalive_timeout(self) -> None:
        """The peer has said nothing in time: end the connection, and soon."""
        if not self.close_sent and not self.transport.is_closing():
            limits_hit.hit("keep_alive")
        super().keepalive_timeout()
        self.loop.call_later(GONE_S, self.transport.abort)

    def handle_parser_exception(self) -> None:
        """The peer has sent what is no WebSocket's, or too much."""
        if self.conn.close_sent is not None and self.conn.close_sent.code == 1009:
            limits_hit.hit("message_size")
        super().handle_parser_exception()

    def _stop_timer(self) -> None:
        if self.handshake_timer is not None:
            self.handshake_timer.cancel()
            self.handshake_timer = None

    def _too_slow(self) -> None:
        self.handshake_timer = None
        if not self.handshake_complete and not self.transport.is_closing():
            self.send_500_response()
            self.transport.close()
