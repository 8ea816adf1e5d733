"""Who begins slowly, or says too much at the beginning, is sent away by the production server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from config.serving import protocols, sockets
from config.serving.server import Server, configuration
from tests.test_keep_alive import HANDSHAKE, HELLO, echo

LIMIT_S = 10
#: What the server's limits are in these tests (s).
SHORT_S = 0.2
REQUEST = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"
Client = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Answers requests, echoes WebSockets, and lets those at /silent wait for ever."""
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
    elif scope["path"] == "/silent":
        await receive()
        await receive()
    elif scope["type"] == "websocket":
        await echo(scope, receive, send)
    else:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"hello"})


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """A server with short limits."""
    monkeypatch.setattr(protocols, "HEAD_S", SHORT_S)
    monkeypatch.setattr(protocols, "HANDSHAKE_S", SHORT_S)
    config = configuration(None)
    config.app = application
    config.load()
    server = Server(config)
    server.lifespan = config.lifespan_class(config)
    listening = sockets.bind("127.0.0.1", 0)
    await server.startup(listening)
    yield listening[0].getsockname()[1]
    for one in server.servers:
        one.close()
    await server.lifespan.shutdown()


@asynccontextmanager
async def client(port: int) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    yield reader, writer
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def rest(reader: asyncio.StreamReader) -> bytes:
    """What comes until the server closes."""
    return await asyncio.wait_for(reader.read(), LIMIT_S)


async def test_who_says_nothing_is_cut_off(port: int) -> None:
    async with client(port) as (reader, _):
        assert await rest(reader) == b""


async def test_half_a_head_is_not_waited_for(port: int) -> None:
    async with client(port) as (reader, writer):
        writer.write(HANDSHAKE[:40])
        assert (await rest(reader)).startswith(b"HTTP/1.1 408 ")


async def test_a_drop_now_and_then_gains_no_time(port: int) -> None:
    async with client(port) as (reader, writer):
        cut = asyncio.create_task(rest(reader))
        written = 0
        while not cut.done() and written < len(HANDSHAKE):
            writer.write(HANDSHAKE[written : written + 1])
            written += 1
            await asyncio.wait({cut}, timeout=SHORT_S / 20)
        assert written < len(HANDSHAKE) / 2
        # What was written too late may be answered by a reset, before the answer was read.
        with suppress(ConnectionError):
            assert (await cut).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("drop", [b"GET / HT", b"\r\n"])
async def test_the_second_request_has_the_same_limit(port: int, drop: bytes) -> None:
    async with client(port) as (reader, writer):
        writer.write(REQUEST)
        assert await asyncio.wait_for(reader.readuntil(b"hello\r\n0\r\n\r\n"), LIMIT_S)
        writer.write(drop)
        assert b"200" not in await rest(reader)


async def test_a_handshake_that_nobody_answers_ends(port: int) -> None:
    async with client(port) as (reader, writer):
        writer.write(HANDSHAKE.replace(b"/CP1", b"/silent"))
        assert (await rest(reader)).startswith(b"HTTP/1.1 500 ")


async def test_who_is_connected_has_all_the_time(port: int) -> None:
    async with client(port) as (reader, writer):
        writer.write(HANDSHAKE)
        assert await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), LIMIT_S)
        # Another one has come and been cut off meanwhile: the limits have passed.
        async with client(port) as (other, _):
            assert await rest(other) == b""
        async with client(port) as (other, _):
            assert await rest(other) == b""
        writer.write(HELLO)
        assert await asyncio.wait_for(reader.readuntil(b"hello"), LIMIT_S)


@pytest.mark.parametrize("request_", [REQUEST, HANDSHAKE], ids=["page", "handshake"])
async def test_a_head_that_is_too_long_is_refused(port: int, request_: bytes) -> None:
    for complete in (True, False):
        async with client(port) as (reader, writer):
            head = request_[:-2] + b"X-Long: " + b"x" * protocols.MAX_HEAD
            writer.write(head + b"\r\n\r\n" if complete else head)
            assert (await rest(reader)).startswith(b"HTTP/1.1 431 ")


async def test_a_head_may_be_as_long_as_the_limit(port: int) -> None:
    async with client(port) as (reader, writer):
        writer.write(REQUEST[:-2] + b"X-Long: " + b"x" * (protocols.MAX_HEAD - 200) + b"\r\n\r\n")
        assert b" 200 " in await asyncio.wait_for(reader.readline(), LIMIT_S)
