"""The short way: what takes it, what does not, and that nothing is answered twice or out of turn.

What both ways have in common is tested with the fixture `both_ways`, beside what it concerns.
"""

import asyncio
from typing import Any

import pytest
from pytest_django import Settings

from ocpp import metrics
from ocpp.connection import background, short_way
from ocpp.connection.backlog import backlog
from ocpp.connection.jobs import AnswerCall, Do
from ocpp.connection.session import Session
from ocpp.models import Charger, Message
from ocpp.tests.connection.wire import Closed, Wire, connected, settle
from ocpp.tests.factories import in_thread
from ocpp.tests.holding import busy
from ocpp.writer.group_commit import GroupCommit, writer

HEARTBEAT = '[2,"{}","Heartbeat",{{}}]'


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Wire, "short", True)


async def settled(writer: GroupCommit) -> None:
    """Until the writer has done all that it has, and its results were taken."""
    for _ in range(2):
        await writer.submit(Do(bool))


async def test_a_call_takes_it() -> None:
    async with connected() as wire:
        await wire.waits.wait()
        assert (await wire.ask(HEARTBEAT.format("a")))[:2] == [3, "a"]
        assert (await wire.ask(HEARTBEAT.format("b")))[:2] == [3, "b"]
        assert wire.taken == 2
        assert backlog().taken == 0


@pytest.mark.parametrize(
    ("text", "answered"),
    [
        ("nonsense", False),
        ('[2,"a"', True),
        ('[2,"a","Dance",{}]', True),
        ('[2,"a","ClearCache",{}]', True),
        ('[3,"nobody asked",{}]', False),
        (" ", False),
    ],
)
async def test_what_is_no_call_that_we_take_goes_the_long_way(text: str, answered: bool) -> None:
    async with connected() as wire:
        await wire.waits.wait()
        wire.put(text)
        assert wire.taken == 0
        if answered:
            assert (await wire.get())[:2] == [4, "a"]
        assert (await wire.ask(HEARTBEAT.format("b")))[:2] == [3, "b"]


async def test_a_message_id_that_was_just_used_goes_the_long_way() -> None:
    async with connected() as wire:
        await wire.waits.wait()
        call = '[2,"a","DataTransfer",{"vendorId":"V"}]'
        first = await wire.ask(call)
        assert await wire.ask(call) == first
        assert wire.taken == 1


async def test_one_frame_at_a_time_is_handled_whatever_its_way() -> None:
    async with connected() as wire:
        await wire.waits.wait()
        async with busy(writer):
            for name in "abcd":
                wire.put(HEARTBEAT.format(name))
            await asyncio.sleep(0)
            assert writer.waiting == 1
        assert [(await wire.get())[1] for _ in range(4)] == list("abcd")
        assert wire.taken == 1
        # When all of them are answered, it is open again.
        await wire.waits.wait()
        await wire.ask(HEARTBEAT.format("e"))
        assert wire.taken == 2


async def test_who_is_gone_is_not_answered_and_gives_the_place_back() -> None:
    async with connected() as wire:
        await wire.waits.wait()
        async with busy(writer):
            wire.put(HEARTBEAT.format("a"))
            assert wire.taken == backlog().taken == 1
            await wire.end()
        await settle()
        assert backlog().taken == 0
        assert await wire.silent(0.05)
        wire._to_server.put_nowait({"type": "websocket.disconnect", "code": 1006})
    assert await in_thread(Message.objects.filter(action="Heartbeat").count) == 1


async def test_an_answer_that_cannot_be_written_at_once_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Wire, "_write", lambda wire, text: False)
    async with connected() as wire:
        await wire.waits.wait()
        assert (await wire.ask(HEARTBEAT.format("a")))[:2] == [3, "a"]
        assert wire.taken == 1


async def test_who_reads_nothing_is_asked_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    reads = asyncio.Event()
    send = Session.send

    async def slow(session: Session, text: str) -> None:
        await reads.wait()
        await send(session, text)

    monkeypatch.setattr(Wire, "_write", lambda wire, text: False)
    monkeypatch.setattr(Session, "send", slow)
    async with connected() as wire:
        await wire.waits.wait()
        wire.put(HEARTBEAT.format("a"))
        await settled(writer)
        for name in "bcd":
            wire.put(HEARTBEAT.format(name))
        await settled(writer)
        assert wire.taken == 1
        assert len(background._running) == 1
        reads.set()
        assert [(await wire.get())[1] for _ in range(4)] == list("abcd")


async def test_a_frame_that_fails_on_it_goes_the_long_way(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*arguments: Any) -> None:
        raise RuntimeError("no more threads")

    async with connected() as wire:
        await wire.waits.wait()
        with monkeypatch.context() as patch:
            patch.setattr(short_way, "digest", fail)
            assert (await wire.ask(HEARTBEAT.format("a")))[:2] == [3, "a"]
        with monkeypatch.context() as patch:
            patch.setattr(writer, "hand", fail)
            wire.put('["not for the writer"')
            assert wire._take is not None
            assert not wire._take(HEARTBEAT.format("b"))
        assert wire.taken == 0
        assert backlog().taken == 0
    assert "A frame did not go the short way" in caplog.text


async def test_an_answer_that_is_told_twice_is_sent_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As overdue, and then as done: the next call has begun meanwhile."""
    ways: list[short_way.ShortWay] = []
    jobs: list[AnswerCall] = []
    hand = writer.hand

    def remember(job: Any, loop: Any, deliver: Any) -> None:
        if isinstance(job, AnswerCall):
            jobs.append(job)
            ways.append(deliver.func.__self__)
        hand(job, loop, deliver)

    monkeypatch.setattr(writer, "hand", remember)
    async with connected() as wire:
        await wire.waits.wait()
        async with busy(writer):
            wire.put(HEARTBEAT.format("a"))
            ways[0]._answered(jobs[0], '[4,"a","InternalError","",{}]')
            assert (await wire.get())[:2] == [4, "a"]
            wire.put(HEARTBEAT.format("b"))
        assert (await wire.get())[:2] == [3, "b"]
        assert await wire.silent(0.05)
        assert backlog().taken == 0


async def test_a_full_writer_and_a_throttle_close_it(settings: Settings) -> None:
    settings.OCPP_MESSAGES_A_SECOND, settings.OCPP_MESSAGE_BURST = 1, 2
    async with connected() as wire:
        await wire.waits.wait()
        for name in "ab":
            await wire.ask(HEARTBEAT.format(name))
        assert wire.taken == 2
        wire.put(HEARTBEAT.format("c"))
        assert wire.taken == 2
        assert (await wire.get())[:2] == [3, "c"]
    settings.OCPP_MESSAGES_A_SECOND, settings.OCPP_WRITER_QUEUE = 0, 1
    async with connected() as first, connected("/CP2") as second:
        await first.waits.wait()
        await second.waits.wait()
        async with busy(writer):
            first.put(HEARTBEAT.format("a"))
            second.put(HEARTBEAT.format("b"))
            assert (first.taken, second.taken) == (1, 0)
        assert (await first.get())[1] == "a"
        assert (await second.get())[1] == "b"


async def test_a_charge_point_that_needs_a_pause_has_it(charger: Charger) -> None:
    charger.pause_ms = 30
    await in_thread(charger.save)
    async with connected() as wire:
        await wire.waits.wait()
        clock = asyncio.get_running_loop().time
        begun = clock()
        await wire.ask(HEARTBEAT.format("a"))
        assert clock() - begun >= 0.03
        assert wire.taken == 0


async def test_who_leaves_is_answered_first() -> None:
    async with connected() as wire:
        await wire.waits.wait()
        session = wire._take.__self__.session  # type: ignore[union-attr]
        assert isinstance(session, Session)
        async with busy(writer):
            wire.put(HEARTBEAT.format("a"))
            await session.leave(1012)
        assert (await wire.get())[:2] == [3, "a"]
        with pytest.raises(Closed, match="1012"):
            await wire.get()


async def test_what_takes_it_is_counted() -> None:
    before = metrics.received["Heartbeat"], metrics.errors["FormationViolation"]
    async with connected() as wire:
        await wire.waits.wait()
        await wire.ask(HEARTBEAT.format("a"))
        assert (await wire.ask('[2,"b","MeterValues",5]'))[:3] == [4, "b", "FormationViolation"]
        assert wire.taken == 2
    assert metrics.received["Heartbeat"] == before[0] + 1
    assert metrics.errors["FormationViolation"] == before[1] + 1
