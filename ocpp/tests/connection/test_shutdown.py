"""The end of a process: who is connected learns it, who comes is sent away, nobody stays."""

import asyncio
import threading

import pytest

from ocpp import operations, store
from ocpp.choices import CommandState
from ocpp.connection import admission, shutdown
from ocpp.models import Charger, Command
from ocpp.tests.connection.wire import Closed, Wire, connected
from ocpp.tests.factories import in_thread
from ocpp.tests.holding import busy
from ocpp.writer.group_commit import writer

pytestmark = pytest.mark.usefixtures("both_ways")


@pytest.fixture(autouse=True)
def _ends_only_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is set for good when a process ends is as it was after the test."""
    monkeypatch.setattr(store, "ended", threading.Event())
    monkeypatch.setattr(admission, "_ended", threading.Event())
    monkeypatch.setattr(admission, "_begun", threading.Event())


def the_charger(charger_id: str) -> Charger:
    return Charger.objects.get(charger_id=charger_id)


async def test_connections_are_closed_with_1012_and_their_commands_fail() -> None:
    async with connected("/CP1") as first, connected("/CP2") as second:
        charger = await in_thread(the_charger, "CP1")
        command = await in_thread(operations.clear_cache, charger)
        assert (await first.get())[2] == "ClearCache"
        await shutdown.shut_down()
        for wire in (first, second):
            with pytest.raises(Closed, match="1012"):
                await wire.get()
        assert store.sessions == {}
        assert store.ended.is_set()
        for name in ("CP1", "CP2"):
            charger = await in_thread(the_charger, name)
            assert not charger.connected
            assert charger.disconnected_at is not None
        found = await in_thread(lambda: Command.objects.get(pk=command.pk))
        assert found.state == CommandState.FAILED


async def test_from_then_on_nobody_is_admitted() -> None:
    await shutdown.shut_down()
    wire = await Wire("/CP1").open()
    assert wire.refusal is not None
    status, headers, text = wire.refusal
    assert status == 503
    assert headers[b"retry-after"] == b"60"
    assert "is being stopped" in text
    assert not await in_thread(Charger.objects.exists)


async def test_who_was_being_admitted_is_sent_away_and_not_connected() -> None:
    async with busy(writer):
        opening = asyncio.create_task(Wire("/CP1").open())
        await queued(1)
        ending = asyncio.create_task(shutdown.shut_down())
        await queued(2)
    await ending
    assert (await opening).status == 503
    assert not (await in_thread(the_charger, "CP1")).connected


async def test_a_database_that_does_not_answer_does_not_keep_it() -> None:
    async with connected("/CP1") as wire:
        async with busy(writer):
            await shutdown.shut_down(0.1)
        assert store.ended.is_set()
        with pytest.raises(Closed, match="1012"):
            await wire.get()


async def queued(jobs: int) -> None:
    """Wait until so many jobs wait for the writer."""
    async with asyncio.timeout(10):
        while len(writer._queue) < jobs:  # noqa: ASYNC110  (it has no event)
            await asyncio.sleep(0)


async def test_what_has_come_is_answered_before_the_close() -> None:
    async with connected("/CP1") as wire:
        async with busy(writer):
            wire.put('[2,"1","Heartbeat",{}]')
            await queued(1)
            ending = asyncio.create_task(shutdown.shut_down())
            await asyncio.sleep(0)
        assert (await wire.get())[:2] == [3, "1"]
        with pytest.raises(Closed, match="1012"):
            await wire.get()
        await ending


async def test_closing_is_spread_over_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutdown, "CLOSED_A_SECOND", 20)
    clock = asyncio.get_running_loop().time
    async with connected("/CP1") as first, connected("/CP2") as second, connected("/CP3") as third:
        begin = clock()
        await shutdown.shut_down(spread_s=10)
        assert 0.15 <= clock() - begin < 5
        for wire in (first, second, third):
            with pytest.raises(Closed, match="1012"):
                await wire.get()


async def test_many_are_closed_within_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The more there are, the faster each has its turn."""
    monkeypatch.setattr(shutdown, "CLOSED_A_SECOND", 0.1)
    async with connected("/CP1") as first, connected("/CP2") as second:
        async with asyncio.timeout(9):
            await shutdown.shut_down(spread_s=0.2)
        for wire in (first, second):
            with pytest.raises(Closed, match="1012"):
                await wire.get()
