"""The echo, over the project's whole ASGI application."""

import asyncio

import pytest
from channels.testing import WebsocketCommunicator

from chat import consumers
from config.asgi import application


def visitor(path="/ws/echo/", origin=None):
    """A client of the echo, not yet connected."""
    headers = [] if origin is None else [(b"origin", origin.encode("latin-1"))]
    return WebsocketCommunicator(application, path, headers=headers)


async def connected(**options):
    """A client of the echo."""
    client = visitor(**options)
    accepted, _ = await client.connect()
    assert accepted
    return client


async def say(client, text):
    """Send a text, as a server hands it over."""
    await client.send_input({"type": "websocket.receive", "text": text})


async def close_code(client):
    """The code with which the server closes."""
    event = await client.receive_output(5)
    assert event["type"] == "websocket.close"
    await client.wait(5)
    return event["code"]


@pytest.mark.parametrize(
    "text", ["hola", "", " ", "¡Año nuevo! 充電 🔌", "[2,1", "\x00", "x" * consumers.MAX_TEXT]
)
async def test_any_text_comes_back(text):
    client = await connected()
    await say(client, text)
    event = await client.receive_output(5)
    assert event == {"type": "websocket.send", "text": text}
    await client.disconnect()


async def test_in_order_and_only_once():
    client = await connected(path="/ws/echo")
    texts = [str(number) for number in range(50)]
    for text in texts:
        await say(client, text)
    assert [await client.receive_from(5) for _ in texts] == texts
    assert await client.receive_nothing()
    await client.disconnect()


@pytest.mark.parametrize(
    "text", ["x" * (consumers.MAX_TEXT + 1), "é" * (consumers.MAX_TEXT // 2 + 1)]
)
async def test_too_long(text):
    client = await connected()
    await say(client, text)
    assert await close_code(client) == 1009


async def test_binary():
    client = await connected()
    await client.send_to(bytes_data=b"x")
    assert await close_code(client) == 1003


async def test_flood():
    client = await connected()
    for _ in range(int(consumers.BURST) + 10):
        await say(client, "x")
    events = [await client.receive_output(5) for _ in range(int(consumers.BURST))]
    assert {event["type"] for event in events} == {"websocket.send"}
    while (event := await client.receive_output(5))["type"] == "websocket.send":
        # The allowance grows a little while the flood is read.
        continue
    assert event == {"type": "websocket.close", "code": 1008}
    await client.wait(5)


async def test_silence(monkeypatch):
    monkeypatch.setattr(consumers, "IDLE_S", 0.05)
    assert await close_code(await connected()) == 1000


async def test_too_many(monkeypatch):
    monkeypatch.setattr(consumers, "MAX_OPEN", 1)
    first = await connected()
    assert await visitor().connect() == (False, 1008)
    await first.disconnect()
    # A place is free again.
    await (await connected()).disconnect()


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://node.example", True),
        ("http://node.example:8000", True),
        ("http://NODE.example", True),
        ("http://[::1]:8000", True),
        ("https://evil.example", False),
        ("https://node.example.evil.example", False),
        ("https://node.example@evil.example", False),
        ("ftp://node.example", False),
        ("null", False),
        ("", False),
        ("http://[", False),
        ("\xff", False),
    ],
)
async def test_pages_of_foreign_sites(settings, origin, allowed):
    settings.ALLOWED_HOSTS = ["node.example", "[::1]"]
    client = visitor(origin=origin)
    accepted, code = await client.connect()
    assert accepted is allowed
    if accepted:
        await client.disconnect()
    else:
        assert code == 1008


async def test_many_at_once():
    clients = await asyncio.gather(*(connected() for _ in range(20)))
    for number, client in enumerate(clients):
        await say(client, str(number))
    assert [await client.receive_from(5) for client in clients] == [str(n) for n in range(20)]
    await asyncio.gather(*(client.disconnect() for client in clients))
