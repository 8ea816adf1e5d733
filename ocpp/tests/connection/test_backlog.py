"""The writer's queue is short: messages wait where they come from, and heartbeats are answered."""

import asyncio
import json
from typing import Any

import pytest
from pytest_django import Settings

from ocpp import limits_hit, store
from ocpp.connection import backlog, jobs
from ocpp.connection.backlog import Backlog
from ocpp.connection.session import Session
from ocpp.models import DataTransfer
from ocpp.tests.connection.wire import PATIENCE_S, connected
from ocpp.tests.factories import in_thread
from ocpp.tests.holding import busy
from ocpp.writer import watch
from ocpp.writer.group_commit import writer

pytestmark = pytest.mark.usefixtures("both_ways")


def hits() -> tuple[int, int]:
    """How often a message had to wait, and was refused."""
    counts = limits_hit.snapshot()
    return counts["writer_queue"], counts["writer_queue_refused"]


def transfer(message_id: str) -> str:
    return json.dumps([2, message_id, "DataTransfer", {"vendorId": "V", "data": message_id}])


def stored() -> int:
    return DataTransfer.objects.count()


async def until(wanted: Any) -> None:
    """Wait until `wanted()` holds."""
    for _ in range(int(PATIENCE_S * 100)):
        if wanted():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


@pytest.fixture
def one_place(settings: Settings) -> None:
    """Only one message is stored at a time."""
    settings.OCPP_WRITER_QUEUE = 1


@pytest.mark.usefixtures("one_place")
async def test_messages_wait_for_a_place_and_none_is_lost() -> None:
    before = hits()
    async with connected("/A") as a, connected("/B") as b, connected("/C") as c:
        places = backlog.backlog()
        async with busy(writer):
            for wire, name in ((a, "a"), (b, "b"), (c, "c")):
                wire.put(transfer(name))
            await until(lambda: places.waiting == 2)
            assert places.taken == 1
            # What has no place is not in the writer's queue at all.
            assert len(writer._queue) == 1
        for wire, name in ((a, "a"), (b, "b"), (c, "c")):
            assert (await wire.get())[:2] == [3, name]
        assert (places.taken, places.waiting) == (0, 0)
    assert await in_thread(stored) == 3
    assert hits() == (before[0] + 2, before[1])


@pytest.mark.usefixtures("one_place")
async def test_the_time_without_a_place_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long a queue is, a charge point has its answer in time."""
    monkeypatch.setattr(jobs, "PATIENCE_S", 1.0)
    monkeypatch.setattr(watch, "LOOK_S", 0.05)
    async with connected("/A") as a, connected("/B") as b, busy(writer):
        a.put(transfer("a"))
        await until(lambda: backlog.backlog().taken == 1)
        began = asyncio.get_running_loop().time()
        assert (await b.ask(transfer("b")))[:3] == [4, "b", "InternalError"]
        assert asyncio.get_running_loop().time() - began < 1.8
        assert (await a.get())[:3] == [4, "a", "InternalError"]
    assert await in_thread(stored) == 0


@pytest.mark.usefixtures("one_place")
async def test_who_waits_too_long_is_asked_to_send_it_again(settings: Settings) -> None:
    settings.OCPP_WRITER_WAIT_S = 0.05
    before = hits()
    async with connected("/A") as a, connected("/B") as b:
        async with busy(writer):
            a.put(transfer("a"))
            await until(lambda: backlog.backlog().taken == 1)
            refused = await b.ask(transfer("b"))
            assert refused[:3] == [4, "b", "InternalError"]
        assert (await a.get())[0] == 3
        # It is sent again under the same id, and is not taken for answered.
        assert (await b.ask(transfer("b")))[0] == 3
    assert await in_thread(stored) == 2
    assert hits() == (before[0] + 1, before[1] + 1)


@pytest.mark.usefixtures("one_place")
async def test_what_needs_no_database_goes_on() -> None:
    async with connected("/A") as a, connected("/B") as b:
        async with busy(writer):
            a.put(transfer("a"))
            await until(lambda: backlog.backlog().taken == 1)
            assert "currentTime" in await b.call("Heartbeat")
            # So does the answer to what cannot be read; only its note is left out.
            assert (await b.ask('[2,"x","Heartbeat",]'))[:3] == [4, "x", "FormationViolation"]
        assert (await a.get())[0] == 3


@pytest.mark.usefixtures("one_place")
async def test_who_is_sent_away_while_it_waits_takes_no_place() -> None:
    async with connected("/A") as a, connected("/B") as b, connected("/C") as c:
        places = backlog.backlog()
        held = [one for one in store.sessions.values() if isinstance(one, Session)]
        sessions = {one.station.charger_id: one for one in held}
        async with busy(writer):
            for wire in (a, b, c):
                wire.put(transfer("x"))
                await until(lambda: places.taken == 1)
            await until(lambda: places.waiting == 2)
            await sessions["B"].supersede()
            assert await b.closing() == 1008
            await until(lambda: places.waiting == 1)
        assert (await a.get())[0] == 3
        assert (await c.get())[0] == 3
        assert (places.taken, places.waiting) == (0, 0)
    assert await in_thread(stored) == 2


async def test_without_a_limit(settings: Settings) -> None:
    settings.OCPP_WRITER_QUEUE = 0
    places = Backlog()
    assert all([await places.enter(patient=True) for _ in range(5_000)])


async def test_places_are_given_in_the_order_of_coming(settings: Settings) -> None:
    settings.OCPP_WRITER_QUEUE = 2
    places = Backlog()
    assert [await places.enter(patient=True) for _ in range(2)] == [True, True]
    assert not await places.enter(patient=False)
    order: list[int] = []

    async def come(number: int) -> None:
        assert await places.enter(patient=True)
        order.append(number)

    tasks = [asyncio.create_task(come(number)) for number in range(4)]
    await until(lambda: places.waiting == 4)
    tasks[1].cancel()
    await until(lambda: places.waiting == 3)
    for _ in range(5):
        places.leave()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == [0, 2, 3]
    assert (places.taken, places.waiting) == (0, 0)


async def test_a_place_that_is_given_to_one_that_is_just_leaving_is_not_lost(
    settings: Settings,
) -> None:
    settings.OCPP_WRITER_QUEUE = 1
    places = Backlog()
    assert await places.enter(patient=True)
    waiting = asyncio.create_task(places.enter(patient=True))
    await until(lambda: places.waiting == 1)
    places.leave()
    waiting.cancel()
    await asyncio.wait({waiting})
    assert waiting.cancelled()
    assert (places.taken, places.waiting) == (0, 0)
