"""Hints over a real Redis: given, heard, and dropped while it is away."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from channels.layers import channel_layers, get_channel_layer
from django.conf import settings as django_settings
from pytest_django import Settings

from ocpp import changes, store
from ocpp.connection.hints import GROUP, Hints
from tests.support.redis import RedisServer
from tests.support.services import need


@pytest.fixture
def redis(tmp_path: Path, settings: Settings) -> Iterator[RedisServer]:
    need("redis")
    server = RedisServer(tmp_path).start()
    settings.REDIS_URL = server.url
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [server.url], "prefix": "constellation"},
        }
    }
    channel_layers.backends.clear()
    yield server
    server.kill()
    channel_layers.backends.clear()


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    heard: list[tuple[str, int]] = []
    monkeypatch.setattr(store, "heard", lambda kind, pk: heard.append((kind, pk)))
    return heard


def wait_for(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)  # between two looks


def test_without_redis_nothing_is_started() -> None:
    assert django_settings.REDIS_URL == ""
    hints = Hints()
    before = threading.active_count()
    hints.start()
    assert (threading.active_count(), store.messenger) == (before, None)
    store.wake(1)
    hints.stop()


def test_hints_go_round(redis: RedisServer, heard: list[tuple[str, int]]) -> None:
    hints = Hints()
    hints.start()
    try:
        assert hints.reachable.wait(10)
        store.wake(5)
        store.refresh(6)
        store.dismiss(7)
        store.command_finished(8)
        wait_for(lambda: len(heard) == 4)
        assert heard == [("wake", 5), ("refresh", 6), ("dismiss", 7), ("finished", 8)]
    finally:
        hints.stop()
    assert store.messenger is None


def published(redis: RedisServer) -> int:
    """How much was published so far."""
    told = redis.ask("INFO", "commandstats").split(b"cmdstat_publish:calls=")[1]
    return int(told.split(b",")[0])


def test_what_waits_is_given_at_the_end(redis: RedisServer) -> None:
    hints = Hints()
    hints.start()
    assert hints.reachable.wait(10)
    before = int(
        redis.ask("INFO", "commandstats").split(b"cmdstat_publish:calls=")[1].split(b",")[0]
    )
    for number in range(50):
        store.wake(number)
    hints.stop()
    after = int(
        redis.ask("INFO", "commandstats").split(b"cmdstat_publish:calls=")[1].split(b",")[0]
    )
    assert after - before >= 50


def test_redis_may_go_and_come_back(redis: RedisServer, heard: list[tuple[str, int]]) -> None:
    hints = Hints()
    hints.start()
    try:
        assert hints.reachable.wait(10)
        for _ in range(3):
            redis.kill()
            wait_for(lambda: not hints.reachable.is_set())
            begin = time.monotonic()
            store.wake(1)
            assert time.monotonic() - begin < 0.1
            redis.start()
            assert hints.reachable.wait(10)
        store.wake(2)
        wait_for(lambda: heard == [("wake", 2)])
    finally:
        hints.stop()


async def test_changes_are_told_to_processes_that_watch(redis: RedisServer) -> None:
    """The other process is played by this test, over the same Redis."""
    hints = Hints()
    hints.start()
    pending = changes.watch()
    layer: Any = get_channel_layer()
    try:
        assert await asyncio.to_thread(hints.reachable.wait, 10)
        channel = await layer.new_channel()
        await layer.group_add(GROUP, channel)

        async def hear(kind: str) -> dict[str, Any]:
            async with asyncio.timeout(15):
                while (message := await layer.receive(channel))["type"] != kind:
                    pass
            heard: dict[str, Any] = message
            return heard

        # It says that it watches, and hears itself without taking it for another.
        await hear("watching")
        changes.note(5)
        assert changes.take(pending) == {5}
        await layer.group_send(GROUP, {"type": "watching", "me": "another"})
        await asyncio.to_thread(wait_for, lambda: len(changes._all) == 2)
        changes.note(6)
        assert (await hear("changed"))["pks"] == [6]
        await layer.group_send(GROUP, {"type": "changed", "me": "another", "pks": [7]})
        await asyncio.to_thread(wait_for, lambda: 7 in pending)
        assert changes.take(pending) == {6, 7}
        await layer.flush()
    finally:
        changes.forget(pending)
        hints.stop()
    await asyncio.to_thread(wait_for, lambda: not changes.wanted())
