"""A short way for what nearly all WebSocket traffic is: one whole text frame, in one piece.

uvicorn hands every byte to the parser of `websockets`, which is pure Python, and stops and starts
reading from the socket for each message. Here a text frame that comes alone and complete is read
in a few steps, and only a reader that falls behind stops the socket. Everything else, and
everything that is not right, goes the long way.
"""

from collections.abc import Callable
from typing import Any

from websockets.protocol import State

from config import tls

try:
    from websockets.speedups import apply_mask
except ImportError:  # a platform for which there is no compiled one
    from websockets.utils import apply_mask

#: The first byte of a text frame that is complete, without extensions (RFC 6455, 5.2); the bit that
#: says "masked"; and the lengths that stand for "two more bytes" and "eight more".
_TEXT, _MASKED, _LONG, _LONGER = 0x81, 0x80, 126, 127
#: Messages that wait for the application before the socket is read no further.
MOST_WAITING = 4


class WholeFramesProtocol(tls.TlsWebSocketProtocol):
    """A WebSocket whose whole text frames go the short way."""

    #: Whether the parser stands between two messages, so that the next byte begins a frame.
    _between = False
    #: Where texts go at once, if the application wants that; and whether it has handled all that
    #: came before, and waits.
    _take: Callable[[str], bool] | None = None
    _waiting = False

    def data_received(self, data: bytes) -> None:
        """Take what has come: as one message where it is one, otherwise the long way."""
        text = self._whole_text(data) if self._between else None
        if text is None:
            super().data_received(data)
            self._between = self._stands_between_messages()
            return
        self.alive()
        if self._take is not None and self._waiting and self.queue.empty() and self._take(text):
            return
        self.queue.put_nowait({"type": "websocket.receive", "text": text})
        if not self.read_paused and self.queue.qsize() >= MOST_WAITING:
            self.read_paused = True
            self.transport.pause_reading()

    async def run_asgi(self) -> None:
        """Run the application, and offer it to take whole texts without being woken for them.

        What its function `take` declines, by returning False, and all other messages come to it
        by `receive` as ever; while it has not handled them, nothing is offered to `take`.
        """
        extensions: dict[str, Any] = self.scope["extensions"]
        extensions["websocket.direct"] = {"receive": self._offer, "send": self.write_text}
        try:
            await super().run_asgi()
        finally:
            self._take = None

    def _offer(self, take: Callable[[str], bool]) -> None:
        self._take = take

    async def receive(self) -> Any:
        """The next message for the application."""
        self._waiting = self.queue.empty()
        try:
            return await super().receive()
        finally:
            self._waiting = False

    def _whole_text(self, data: bytes) -> str | None:
        """The text in `data` where that is exactly one whole and valid text frame."""
        size = len(data)
        if size < 6 or data[0] != _TEXT or self.close_sent or self.conn.state is not State.OPEN:
            return None
        length = data[1] - _MASKED
        if 0 <= length < _LONG:
            start = 6
        elif length == _LONG and size >= 8:
            start, length = 8, int.from_bytes(data[2:4], "big")
        else:
            return None
        if size != start + length or length > self.config.ws_max_size:
            return None
        try:
            return apply_mask(data[start:], data[start - 4 : start]).decode()
        except UnicodeDecodeError:
            return None

    def _stands_between_messages(self) -> bool:
        """Whether the parser of `websockets` has nothing of a frame, or of a message of several.

        Before each frame it asks whether there is more to come at all, and nowhere else.
        """
        conn = self.conn
        if conn.state is not State.OPEN or conn.extensions or conn.current_size is not None:
            return False
        step: Any = conn.parser
        while step.gi_yieldfrom is not None:
            step = step.gi_yieldfrom
        return bool(step.gi_code.co_name == "at_eof")

    def write_whole(self, message: Any) -> bool:
        """Send `message` as one frame; False where it is no text, or not the moment for one."""
        text = message.get("text")
        if text is None or message["type"] != "websocket.send" or message.get("bytes") is not None:
            return False
        return self.write_text(text)

    def write_text(self, text: str) -> bool:
        """Send `text` as one frame; False where it is not the moment for one."""
        if (
            not self.handshake_complete
            or self.close_sent
            or self.disconnected
            or self.initial_response is not None
            or self.conn.extensions
            or self.conn.state is not State.OPEN
            or not self.writable.is_set()
        ):
            return False
        payload = text.encode()
        length = len(payload)
        if length < _LONG:
            head = bytes((_TEXT, length))
        elif length < 1 << 16:
            head = bytes((_TEXT, _LONG, length >> 8, length & 0xFF))
        else:
            head = bytes((_TEXT, _LONGER)) + length.to_bytes(8, "big")
        self.transport.write(head + payload)
        return True
