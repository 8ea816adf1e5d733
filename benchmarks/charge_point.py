"""A charge point of the load: WebSocket frames written by hand on a plain asyncio protocol.

Frames are masked with the key 0, which is legal and saves the masking; to the server every key
costs the same. Any answer that is not the CALLRESULT of the call ends the run as failed.
"""

import asyncio
import base64
import json
import os
import time
from datetime import UTC, datetime
from typing import Any, cast


class LoadFailedError(Exception):
    """The server did something that the load does not expect."""


def text_frame(payload: bytes) -> bytes:
    """A masked text frame (RFC 6455, 5.2) with the masking key 0."""
    size = len(payload)
    if size < 126:
        return b"\x81" + bytes([0x80 | size]) + b"\0\0\0\0" + payload
    return b"\x81\xfe" + size.to_bytes(2, "big") + b"\0\0\0\0" + payload


class ChargePoint(asyncio.Protocol):
    """One connection: after the handshake, one call at a time."""

    def __init__(self, host: str, charger_id: str, index: int, latencies: list[float]) -> None:
        self.host = host
        self.charger_id = charger_id
        self.index = index
        self.number = 0
        #: MeterValues answered in all, the warm-up's too.
        self.answered = 0
        self.transaction_id = 0
        self.latencies = latencies
        self.measuring = False
        #: Whether it sends the next MeterValues when one is answered.
        self.running = False
        self.error = ""
        self._buffer = b""
        self._answer: asyncio.Future[bytes] | None = None
        # Kept apart: its answer may be here before anybody waits for it.
        self._handshake: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._sent_at = 0.0
        self._expected = b""
        self._transport: asyncio.Transport

    # --- connecting ---------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the WebSocket."""
        self._transport = cast(asyncio.Transport, transport)
        key = base64.b64encode(os.urandom(16)).decode()
        self._transport.write(
            f"GET /{self.charger_id} HTTP/1.1\r\nHost: {self.host}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: ocpp1.6\r\n\r\n".encode()
        )
        self._answer = self._handshake
        self._expected = b"HTTP/1.1 101"

    def connection_lost(self, error: Exception | None) -> None:
        """A connection that ends before the load does is a failure."""
        self.fail(f"the connection was lost: {error}")

    def fail(self, reason: str) -> None:
        """Remember what went wrong and stop."""
        self.error = self.error or f"{self.charger_id}: {reason}"
        self.running = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(LoadFailedError(self.error))

    # --- frames -------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Take the handshake's answer and every whole frame out of what has come."""
        self._buffer += data
        if self._expected == b"HTTP/1.1 101":
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if end:
                self._buffer = rest
                self._received(head)
            return
        while len(self._buffer) >= 2:
            size = self._buffer[1]
            start = 2
            if size == 126:
                start = 4
                size = int.from_bytes(self._buffer[2:4], "big")
            if len(self._buffer) < start + size:
                return
            kind = self._buffer[0] & 0x0F
            payload = self._buffer[start : start + size]
            self._buffer = self._buffer[start + size :]
            if kind == 1:
                self._received(payload)
            elif kind == 9:
                self._transport.write(b"\x8a" + bytes([0x80 | size]) + b"\0\0\0\0" + payload)
            elif kind == 8:
                self.fail(f"closed by the server: {payload!r}")

    def _received(self, payload: bytes) -> None:
        if not payload.startswith(self._expected):
            self.fail(f"{payload[:300]!r} instead of {self._expected!r}")
            return
        self._expected = b"nothing"
        if self._answer is not None:
            self._answer.set_result(payload)
            self._answer = None
        elif self.running:
            self.answered += 1
            now = time.perf_counter()
            if self.measuring:
                self.latencies.append(now - self._sent_at)
            self.send_meter_values(now)

    # --- calls --------------------------------------------------------------------------------

    async def call(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Make a call outside of the load and wait for its answer."""
        self.number += 1
        self._expected = f'[3,"{self.number}",'.encode()
        self._answer = asyncio.get_running_loop().create_future()
        answer = self._answer
        frame = json.dumps([2, str(self.number), action, payload], separators=(",", ":"))
        self._transport.write(text_frame(frame.encode()))
        result: dict[str, Any] = json.loads(await answer)[2]
        return result

    async def prepare(self) -> None:
        """Handshake, boot, start a transaction."""
        await self._handshake
        vendor = {"chargePointVendor": "Benchmark", "chargePointModel": "Load"}
        boot = await self.call("BootNotification", vendor)
        if boot["status"] != "Accepted":
            raise LoadFailedError(f"{self.charger_id} is {boot['status']}")
        start = {"connectorId": 1, "idTag": "BE0CA4D1", "meterStart": 0, "timestamp": now_text()}
        self.transaction_id = (await self.call("StartTransaction", start))["transactionId"]

    def send_meter_values(self, now: float) -> None:
        """Send the next MeterValues."""
        self.number = number = self.number + 1
        self._expected = b'[3,"%d",' % number
        self._sent_at = now
        self._transport.write(text_frame(self.meter_values(number)))

    def meter_values(self, number: int) -> bytes:
        """A MeterValues of four samples, as a charge point writes it."""
        return (
            b'[2,"%d","MeterValues",{"connectorId":1,"transactionId":%d,"meterValue":[{'
            b'"timestamp":"%s","sampledValue":['
            b'{"value":"%d","context":"Sample.Periodic","measurand":'
            b'"Energy.Active.Import.Register","unit":"Wh"},'
            b'{"value":"%d.5","context":"Sample.Periodic","measurand":'
            b'"Power.Active.Import","unit":"W"},'
            b'{"value":"16.%d","measurand":"Current.Import","phase":"L1","unit":"A"},'
            b'{"value":"230.%d","context":"Sample.Periodic","measurand":"Voltage"}]}]}]'
        ) % (
            *(number, self.transaction_id, clock.text, number),
            *(10_000 + number % 1000, number % 10, number % 10),
        )

    def stop(self) -> None:
        """Leave without a word, as after a cut cable: the run is over."""
        self.running = False
        self._transport.abort()


def now_text() -> str:
    """The time as charge points write it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Clock:
    """The time as text, made once a second and not for each message."""

    def __init__(self) -> None:
        self.text = now_text().encode()

    async def tick(self) -> None:
        """Keep the text true until cancelled."""
        while True:
            self.text = now_text().encode()
            await asyncio.sleep(1)


clock = Clock()
