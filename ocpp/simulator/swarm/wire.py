"""A WebSocket client as a plain asyncio protocol: text frames in and out (RFC 6455)."""

import asyncio
import base64
import hashlib
import os
from typing import Protocol, cast

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_MAX_HEAD, _MAX_MESSAGE = 16_384, 1 << 20
_TEXT, _CONTINUATION, _CLOSE, _PING = 1, 0, 8, 9


class Owner(Protocol):
    """Whose connection it is."""

    def opened(self, wire: "Wire") -> None:
        """The handshake is done."""

    def refused(self, reason: str, retry_after_s: float | None) -> None:
        """There is no connection: an HTTP status, or a word; and when to come again."""

    def heard(self, text: bytes) -> None:
        """A whole text message has come."""

    def closed(self, wire: "Wire") -> None:
        """The connection has ended, whoever ended it."""


def frame(opcode: int, payload: bytes) -> bytes:
    """A masked frame (5.2). The key is 0: masking protects proxies, and there is none here."""
    size = len(payload)
    if size < 126:
        return bytes((0x80 | opcode, 0x80 | size, 0, 0, 0, 0)) + payload
    if size < 65_536:
        return bytes((0x80 | opcode, 0xFE)) + size.to_bytes(2, "big") + b"\0\0\0\0" + payload
    return bytes((0x80 | opcode, 0xFF)) + size.to_bytes(8, "big") + b"\0\0\0\0" + payload


class Wire(asyncio.Protocol):
    """One connection: the handshake, and then messages, in the callbacks of the event loop."""

    __slots__ = ("_accept", "_buffer", "_over", "_owner", "_parts", "_request", "_transport")

    def __init__(self, owner: Owner, request: bytes) -> None:
        """`request` is the handshake up to, and without, its key and the empty line."""
        self._owner = owner
        self._request = request
        self._buffer = b""
        #: What the answer to the handshake has to say; empty when it has said so.
        self._accept = b""
        #: The parts of a message in several frames; None between messages.
        self._parts: list[bytes] | None = None
        self._over = False
        self._transport: asyncio.Transport | None = None

    # --- for its owner ------------------------------------------------------------------------

    def send(self, text: bytes) -> None:
        """Send a text message."""
        if self._transport is not None:
            self._transport.write(frame(_TEXT, text))

    def close(self) -> None:
        """End it in an orderly way."""
        if self._transport is not None:
            self._transport.write(frame(_CLOSE, (1000).to_bytes(2, "big")))
            self._transport.close()

    def cut(self) -> None:
        """End it without a word, as a cable that is pulled."""
        if self._transport is not None:
            self._transport.abort()

    # --- for the event loop -------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the WebSocket (4.1)."""
        self._transport = cast(asyncio.Transport, transport)
        key = base64.b64encode(os.urandom(16))
        # SHA-1 is what the standard asks for; nothing is kept secret by it.
        digest = hashlib.sha1(key + _GUID, usedforsecurity=False).digest()
        self._accept = base64.b64encode(digest)
        self._transport.write(self._request + b"Sec-WebSocket-Key: " + key + b"\r\n\r\n")

    def connection_lost(self, error: Exception | None) -> None:
        """It is over."""
        self._transport = None
        if self._over:
            return
        self._over = True
        if self._accept:
            self._owner.refused("closed", None)
        else:
            self._owner.closed(self)

    def data_received(self, data: bytes) -> None:
        """Take what is whole out of what has come."""
        self._buffer = self._buffer + data if self._buffer else data
        if self._accept and not self._shaken():
            return
        while not self._over and self._take():
            pass

    def _shaken(self) -> bool:
        """Read the answer to the handshake; whether it is there and good."""
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end:
            if len(head) > _MAX_HEAD:
                self._refuse("no-websocket", None)
            return False
        status, *lines = head.split(b"\r\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(b":")
            headers[name.strip().lower()] = value.strip()
        words = status.split(b" ", 2)
        code = words[1].decode("latin-1") if len(words) > 1 else "no-http"
        if code != "101":
            self._refuse(code, _seconds(headers.get(b"retry-after", b"")))
        elif headers.get(b"sec-websocket-accept") != self._accept:
            self._refuse("no-websocket", None)
        elif headers.get(b"sec-websocket-protocol") != b"ocpp1.6":
            self._refuse("subprotocol", None)
        else:
            self._accept = b""
            self._buffer = rest
            self._owner.opened(self)
            return True
        return False

    def _refuse(self, reason: str, retry_after_s: float | None) -> None:
        self._over = True
        self.cut()
        self._owner.refused(reason, retry_after_s)

    def _take(self) -> bool:
        """Handle the first frame; False when it is not whole yet."""
        buffer = self._buffer
        if len(buffer) < 2:
            return False
        size, start = buffer[1], 2
        if size == 126:
            size, start = int.from_bytes(buffer[2:4], "big"), 4
        elif size == 127:
            size, start = int.from_bytes(buffer[2:10], "big"), 10
        if size > _MAX_MESSAGE:
            self.cut()
            return False
        if len(buffer) < start + size:
            return False
        self._buffer = buffer[start + size :]
        self._handle(buffer[0] & 0x0F, bool(buffer[0] & 0x80), buffer[start : start + size])
        return True

    def _handle(self, opcode: int, last: bool, payload: bytes) -> None:
        if opcode in (_TEXT, _CONTINUATION):
            if last and self._parts is None:
                self._owner.heard(payload)
                return
            self._parts = [*(self._parts or ()), payload]
            if last:
                whole, self._parts = b"".join(self._parts), None
                self._owner.heard(whole)
        elif opcode == _PING and self._transport is not None:
            self._transport.write(frame(10, payload))
        elif opcode == _CLOSE and self._transport is not None:
            self._transport.write(frame(_CLOSE, payload[:2]))
            self._transport.close()


def _seconds(value: bytes) -> float | None:
    """Retry-After in seconds; dates are no use to a charge point without a clock."""
    return float(value) if value.isdigit() and len(value) < 8 else None
