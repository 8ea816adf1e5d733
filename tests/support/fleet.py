"""A few charge points that send numbered meter values, and know which of them were acknowledged."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

#: Between two attempts to connect, and between two messages of a charge point (s).
RECONNECT_S = 0.2
PACE_S = 0.02
#: Registers of different charge points never meet (Wh).
APART = 1_000_000
LIMIT_S = 30


class ChargePoint:
    """One that connects again whenever its connection ends, until it is told to stop."""

    def __init__(self, index: int, *, comes_back: bool) -> None:
        self.name = f"FLEET{index}"
        self.register = index * APART
        self.comes_back = comes_back
        self.acknowledged: list[int] = []
        #: The codes with which connections were closed; None where there was no close frame.
        self.codes: list[int | None] = []
        self.errors: list[Any] = []
        self.connected = asyncio.Event()
        self._ids = count(1)

    async def live(self, url: str, stopping: asyncio.Event) -> None:
        """Connect and send, again and again."""
        while not stopping.is_set():
            try:
                await self._session(url, stopping)
            except ConnectionClosed as closed:
                self.codes.append(None if closed.rcvd is None else closed.rcvd.code)
            except (InvalidHandshake, OSError, EOFError) as error:
                # A server that drains may have taken the connection, and then refuses it.
                if not self.comes_back:
                    raise
                self.errors.append(error)
            self.connected.clear()
            if not self.comes_back:
                return
            await asyncio.sleep(RECONNECT_S)

    async def _session(self, url: str, stopping: asyncio.Event) -> None:
        async with connect(
            f"{url}/{self.name}", subprotocols=[Subprotocol("ocpp1.6")], compression=None
        ) as wire:
            boot = {"chargePointVendor": "V", "chargePointModel": "M"}
            await self._call(wire, "BootNotification", boot)
            self.connected.set()
            while not stopping.is_set():
                await self._send_reading(wire)
                await asyncio.sleep(PACE_S)

    async def _send_reading(self, wire: ClientConnection) -> None:
        self.register += 1
        number = self.register
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        value = {"timestamp": now, "sampledValue": [{"value": str(number)}]}
        answer = await self._call(wire, "MeterValues", {"connectorId": 1, "meterValue": [value]})
        if answer[0] == 3:
            self.acknowledged.append(number)
        else:
            self.errors.append(answer)

    async def _call(self, wire: ClientConnection, action: str, payload: Any) -> list[Any]:
        number = f"{self.name}-{next(self._ids)}"
        await wire.send(json.dumps([2, number, action, payload]))
        async with asyncio.timeout(LIMIT_S):
            answer: list[Any] = json.loads(await wire.recv())
        assert answer[1] == number, answer
        return answer


@asynccontextmanager
async def fleet(url: str, size: int, *, comes_back: bool) -> AsyncIterator[list[ChargePoint]]:
    """So many charge points at work; they have ended when the block has.

    With `comes_back` they are told to end, otherwise the server does it.
    """
    stopping = asyncio.Event()
    points = [ChargePoint(index, comes_back=comes_back) for index in range(1, size + 1)]
    async with asyncio.timeout(600), asyncio.TaskGroup() as group:
        for point in points:
            group.create_task(point.live(url, stopping))
        async with asyncio.timeout(LIMIT_S):
            for point in points:
                await point.connected.wait()
        yield points
        if comes_back:
            stopping.set()
