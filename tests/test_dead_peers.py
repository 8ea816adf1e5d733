"""A peer that is gone is found out in time by the production server, however its end looks."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pytest_django import Settings
from uvicorn.server import ServerState

from config.serving import protocols, sockets
from config.serving.protocols import WebSocketProtocol
from config.serving.server import Server, configuration
from ocpp import limits_hit
from tests.test_keep_alive import HANDSHAKE, HELLO, echo

LIMIT_S = 10
Application = Callable[[Any, Any, Any], Any]


@asynccontextmanager
async def serving(application: Application) -> AsyncIterator[int]:
    """A server like that of `manage.py serve`; its port."""

    async def with_lifespan(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
        else:
            await application(scope, receive, send)

    config = configuration(None)
    config.app = with_lifespan
    config.load()
    server = Server(config)
    server.lifespan = config.lifespan_class(config)
    listening = sockets.bind("127.0.0.1", 0)
    await server.startup(listening)
    try:
        yield listening[0].getsockname()[1]
    finally:
        for one in server.servers:
            one.close()
        await server.lifespan.shutdown()


async def connect(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HANDSHAKE)
    await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), LIMIT_S)
    return reader, writer


def count(name: str) -> int:
    return limits_hit.snapshot()[name]


@pytest.fixture
def hurry(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.OCPP_PING_S = settings.OCPP_PONG_S = 0.1
    monkeypatch.setattr(protocols, "GONE_S", 0.1)


@pytest.mark.usefixtures("hurry")
async def test_who_answers_no_ping_is_closed_with_1011() -> None:
    before = count("keep_alive")
    async with serving(echo) as port:
        reader, writer = await connect(port)
        said = await asyncio.wait_for(reader.read(), LIMIT_S)
        assert said[:1] == b"\x89"  # a ping
        assert b"\x03\xf3keepalive ping timeout" in said
        writer.close()
    assert count("keep_alive") == before + 1


@pytest.mark.usefixtures("hurry")
async def test_one_that_reads_nothing_is_not_waited_for() -> None:
    """What is still to be sent to it would keep the connection open for as long as TCP likes."""
    ended = asyncio.Event()

    async def talkative(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        try:
            while True:
                await send({"type": "websocket.send", "text": "x" * 1_000_000})
        finally:
            ended.set()

    async with serving(talkative) as port:
        _, writer = await connect(port)
        await asyncio.wait_for(ended.wait(), LIMIT_S)
        writer.close()


async def test_pings_are_spread_and_a_dead_peer_is_known_within_120_s() -> None:
    config = configuration(None)
    config.app = echo
    config.load()
    assert (config.ws_ping_interval, config.ws_ping_timeout) == (60, 60)
    loop = asyncio.get_running_loop()
    protocol = WebSocketProtocol(config, ServerState(), {}, loop)
    delays = []
    for _ in range(200):
        protocol.schedule_ping()
        assert protocol.ping_timer is not None
        delays.append(protocol.ping_timer.when() - loop.time())
        protocol.stop_keepalive()
    assert max(delays) + 60 + protocols.GONE_S < 120
    assert 52 < min(delays) < 54
    assert max(delays) - min(delays) > 5


async def test_a_message_that_is_too_long_is_counted(settings: Settings) -> None:
    settings.OCPP_MESSAGE_KIB = 1
    before = count("message_size")
    async with serving(echo) as port:
        for size, closed in ((1024, False), (1025, True)):
            reader, writer = await connect(port)
            writer.write(b"\x81\xfe" + size.to_bytes(2, "big") + bytes(4) + b"x" * size)
            if not closed:
                await asyncio.wait_for(reader.readuntil(b"x" * size), LIMIT_S)
                writer.write(HELLO)
                assert await asyncio.wait_for(reader.readuntil(b"hello"), LIMIT_S)
            else:
                said = await asyncio.wait_for(reader.read(), LIMIT_S)
                assert said[:1] == b"\x88"
                assert said[2:4] == (1009).to_bytes(2, "big")
            writer.close()
    assert count("message_size") == before + 1
