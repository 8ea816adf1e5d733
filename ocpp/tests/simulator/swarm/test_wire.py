"""The WebSocket client of a fleet against a real one, and against what no server should say."""

import asyncio
import contextlib

import pytest
from websockets.asyncio.server import serve
from websockets.typing import Subprotocol

from ocpp.simulator.swarm import Swarm, SwarmOptions
from ocpp.simulator.swarm.wire import Wire, frame
from ocpp.tests.simulator.swarm.world import NO_QUIRKS

LENGTHS = (0, 125, 126, 65_535, 65_536, 300_000)


class Owner:
    """Keeps what happens to a connection."""

    def __init__(self):
        self.events = []
        self.changed = asyncio.Event()

    def _note(self, *event):
        self.events.append(event)
        self.changed.set()

    def opened(self, wire):
        self._note("opened")

    def refused(self, reason, retry_after_s):
        self._note("refused", reason, retry_after_s)

    def heard(self, text):
        self._note("heard", text)

    def closed(self, wire):
        self._note("closed")

    async def until(self, count):
        async with asyncio.timeout(10):
            while len(self.events) < count:
                self.changed.clear()
                await self.changed.wait()


async def connect(port):
    owner = Owner()
    request = (
        f"GET /CP1 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ocpp1.6\r\n"
    )
    wire = Wire(owner, request.encode())
    await asyncio.get_running_loop().create_connection(lambda: wire, "127.0.0.1", port)
    return owner, wire


@contextlib.asynccontextmanager
async def listening(handler, **options):
    server = await serve(handler, "127.0.0.1", 0, subprotocols=[Subprotocol("ocpp1.6")], **options)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def echo(socket):
    async for text in socket:
        await socket.send(text)


@pytest.mark.parametrize("length", LENGTHS)
async def test_messages_of_every_length(length):
    async with listening(echo) as port:
        owner, wire = await connect(port)
        await owner.until(1)
        wire.send(b"x" * length)
        wire.send(b"y")
        await owner.until(3)
        assert owner.events == [("opened",), ("heard", b"x" * length), ("heard", b"y")]
        wire.close()
        await owner.until(4)
        assert owner.events[-1] == ("closed",)


async def test_fragments_and_pings():
    async def speak(socket):
        await socket.send(["one ", "two ", "three"])
        await (await socket.ping())
        await socket.send("ponged")
        await socket.close(1001)

    async with listening(speak) as port:
        owner, _ = await connect(port)
        await owner.until(4)
    heard = [("heard", b"one two three"), ("heard", b"ponged")]
    assert owner.events == [("opened",), *heard, ("closed",)]


@pytest.mark.parametrize(
    ("answer", "event"),
    [
        (b"HTTP/1.1 503 Busy\r\nRetry-After: 60\r\n\r\n", ("refused", "503", 60.0)),
        (b"HTTP/1.1 429 Many\r\nretry-after: soon\r\n\r\n", ("refused", "429", None)),
        (
            b"HTTP/1.1 101 Yes\r\nSec-WebSocket-Accept: no\r\n\r\n",
            ("refused", "no-websocket", None),
        ),
        (b"x" * 20_000, ("refused", "no-websocket", None)),
        (b"SSH\r\n\r\n", ("refused", "no-http", None)),
        (b"", ("refused", "closed", None)),
    ],
)
async def test_refusals(answer, event):
    async def speak(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    async with server:
        owner, _ = await connect(server.sockets[0].getsockname()[1])
        await owner.until(1)
    assert owner.events == [event]


async def test_a_server_of_another_subprotocol():
    async with listening(echo, select_subprotocol=lambda *_: None) as port:
        owner, _ = await connect(port)
        await owner.until(1)
    assert owner.events == [("refused", "subprotocol", None)]


def test_frames_are_masked():
    assert frame(1, b"ab") == b"\x81\x82\0\0\0\0ab"


async def test_nobody_listens():
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    swarm = Swarm(SwarmOptions(count=2, port=port, ramp=1000, shares=NO_QUIRKS))
    swarm.start()
    assert await swarm.until(lambda: swarm.statistics.refusals["not-listening"] >= 2, 10)
    await swarm.end()
