"""Charge points that send as fast as they can, without waiting for answers: for so long only."""

import asyncio

from ocpp.simulator.swarm.wire import Wire

#: Between two bursts of each (s), and messages in one: 50 a second where 5 are allowed.
PAUSE_S, BURST = 0.1, 5


class Flooder:
    """One connection: it boots and then sends Heartbeats, whatever comes back."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.sent = self.answered = 0
        self.wire: Wire | None = None

    def opened(self, wire: Wire) -> None:
        """Connected."""
        self.wire = wire
        self.send("BootNotification", '{"chargePointVendor":"B","chargePointModel":"Flood"}')

    def refused(self, reason: str, retry_after_s: float | None) -> None:
        """Not connected: it does not come again."""

    def heard(self, text: bytes) -> None:
        """An answer, most likely."""
        self.answered += text.startswith(b"[3,")

    def closed(self, wire: Wire) -> None:
        """The server has had enough of it."""
        self.wire = None

    def send(self, action: str, payload: str) -> None:
        """Send a call."""
        if self.wire is not None:
            self.sent += 1
            self.wire.send(f'[2,"{self.sent}","{action}",{payload}]'.encode())


async def flood(host: str, port: int, count: int, seconds: float) -> tuple[int, int]:
    """Flood a server on loopback; returns how many messages were sent and answered."""
    if host != "127.0.0.1":
        raise ValueError(f"{host} is not this machine: only loopback servers are flooded")
    loop = asyncio.get_running_loop()
    flooders = [Flooder(number) for number in range(count)]
    for flooder in flooders:
        request = (
            f"GET /FLOOD{flooder.number} HTTP/1.1\r\nHost: {host}:{port}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: ocpp1.6\r\n"
        ).encode()
        wire = Wire(flooder, request)
        await loop.create_connection(lambda wire=wire: wire, host, port)
    end = loop.time() + seconds
    while loop.time() < end:
        for flooder in flooders:
            for _ in range(BURST):
                flooder.send("Heartbeat", "{}")
        await asyncio.sleep(PAUSE_S)
    for flooder in flooders:
        if flooder.wire is not None:
            flooder.wire.cut()
    return sum(one.sent for one in flooders), sum(one.answered for one in flooders)
