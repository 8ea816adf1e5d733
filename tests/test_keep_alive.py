"""Pings of the production server: whoever talks is alive, whether or not it answers them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from config import tls
from ocpp.connection.consumer import stop_pings

HANDSHAKE = (
    b"GET /CP1 HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
#: Frames of a client, masked with the key 0: the text "hello", and a pong of its own accord.
HELLO = b"\x81\x85\x00\x00\x00\x00hello"
PONG = b"\x8a\x80\x00\x00\x00\x00"


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """An application that sends back what comes."""
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": event["text"]})


Made = tuple[tls.TlsWebSocketProtocol, asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def connected(application: Any) -> AsyncIterator[Made]:
    """A connection to `application`: the protocol on its side, and what the client has."""
    made: list[tls.TlsWebSocketProtocol] = []

    class Watched(tls.TlsWebSocketProtocol):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            made.append(self)

    config = uvicorn.Config(
        application, port=0, ws=Watched, ws_ping_interval=3600, ws_ping_timeout=3600, lifespan="off"
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HANDSHAKE)
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        (protocol,) = made
        yield protocol, reader, writer
        writer.close()
        await writer.wait_closed()
    finally:
        server.should_exit = True
        await server.shutdown()


@pytest.mark.parametrize("sign", [HELLO, PONG])
async def test_a_charge_point_that_answers_no_ping_is_alive_while_it_talks(sign: bytes) -> None:
    """Pings that are never answered ended connections: mobilityhouse#190, #626."""
    async with connected(echo) as (protocol, reader, writer):
        protocol.send_keepalive_ping()
        ping = await asyncio.wait_for(reader.readexactly(6), 10)
        assert ping[0] == 0x89
        assert protocol.pong_timer is not None
        # Never the pong that was asked for; the echo tells that everything has come.
        writer.write(sign)
        writer.write(HELLO)
        assert await asyncio.wait_for(reader.readuntil(b"hello"), 10)
        assert protocol.pong_timer is None
        assert protocol.ping_timer is not None


@pytest.mark.parametrize("pings", [True, False])
async def test_a_charge_point_that_breaks_on_pings_is_not_pinged(pings: bool) -> None:
    """They can be turned off for one charger: mobilityhouse#626, evcc PR 33099."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        async def accept(message: Any) -> None:
            await send(message)
            if not pings:
                stop_pings(scope)

        await echo(scope, receive, accept)

    async with connected(application) as (protocol, reader, writer):
        writer.write(HELLO)
        assert await asyncio.wait_for(reader.readuntil(b"hello"), 10)
        assert (protocol.ping_timer is not None) is pings
