"""One connection: answers in order and after their COMMIT, repeated calls, limits, trouble."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from accounts.models import RFID
from ocpp.connection.jobs import Do
from ocpp.connection.throttle import Throttle
from ocpp.domain import data_transfer
from ocpp.domain.station import Station
from ocpp.models import Anomaly, Charger, DataTransfer, Message, MeterReading, Transaction
from ocpp.tests.connection.wire import PUBLIC, Closed, Wire, connected
from ocpp.tests.factories import NOON_TEXT, TAG, in_thread, make_driver
from ocpp.tests.holding import busy
from ocpp.writer.group_commit import writer

pytestmark = pytest.mark.usefixtures("both_ways")


def count(model: Any) -> int:
    return int(model.objects.count())


def rows(model: Any) -> list[Any]:
    return list(model.objects.order_by("pk"))


def transfer(message_id: str, data: str) -> str:
    """A call that leaves one row."""
    return json.dumps([2, message_id, "DataTransfer", {"vendorId": "V", "data": data}])


keep = data_transfer.keep


def fragile(station: Station, vendor: str, message_id: str, data: str) -> None:
    """A rule that cannot cope with some data, after it has asked for rows."""
    keep(station, vendor, message_id, data)
    if data == "bad":
        raise ZeroDivisionError


@asynccontextmanager
async def locked() -> AsyncIterator[None]:
    """While it lasts, another connection lets nobody write."""
    held, release = threading.Event(), threading.Event()

    def keep() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("LOCK TABLE ocpp_message, ocpp_charger IN ACCESS EXCLUSIVE MODE")
            held.set()
            release.wait(20)

    keeping = asyncio.create_task(in_thread(keep))
    await asyncio.to_thread(held.wait, 20)
    try:
        yield
    finally:
        release.set()
        await keeping


# --- answers ---------------------------------------------------------------------------------


async def test_an_answer_is_sent_only_after_its_commit() -> None:
    async with connected() as wire:
        async with locked():
            wire.put(transfer("a", "x"))
            assert await wire.silent(0.3)
        assert (await wire.get())[:2] == [3, "a"]
        # And when it is there, everybody sees what it acknowledges.
        assert await in_thread(count, DataTransfer) == 1
        for number in range(5):
            await wire.ask(transfer(f"b{number}", "x"))
            assert await in_thread(count, DataTransfer) == number + 2


async def test_calls_are_answered_in_their_order() -> None:
    async with connected() as wire:
        for number in range(30):
            if number % 3 == 0:
                wire.put(f'[2,"{number}","NoSuchAction",{{}}]')
            else:
                wire.put(transfer(str(number), "x"))
        answers = [await wire.get() for _ in range(30)]
    assert [answer[1] for answer in answers] == [str(number) for number in range(30)]
    assert [answer[0] for answer in answers] == [4, 3, 3] * 10


async def test_many_connections_share_a_commit_and_mix_nothing_up() -> None:
    wires = [await Wire(f"/CP{number}").open() for number in range(20)]
    async with busy(writer):
        for number, wire in enumerate(wires):
            wire.put(transfer("same", str(number)))
    for wire in wires:
        assert (await wire.get())[:2] == [3, "same"]
        await wire.end()
    found = await in_thread(
        lambda: list(DataTransfer.objects.values_list("charger__charger_id", "data"))
    )
    assert sorted(found) == sorted((f"CP{number}", str(number)) for number in range(20))


def hurry() -> None:
    """In the writer: wait for locks no longer than 100 ms."""
    postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 100" if postgresql else "PRAGMA busy_timeout = 100")


async def test_what_cannot_be_stored_is_an_internal_error_and_not_a_result() -> None:
    await writer.submit(Do(hurry))
    async with connected() as wire:
        async with locked():
            answer = await wire.ask(transfer("a", "x"))
            assert answer[:3] == [4, "a", "InternalError"]
            # A heartbeat needs nothing stored: the charge point learns the time.
            assert "currentTime" in await wire.call("Heartbeat")
        # It is not remembered: the same call again is handled.
        answer = await wire.ask(transfer("a", "x"))
        assert answer == [3, "a", {"status": "UnknownVendorId"}]
    assert await in_thread(count, DataTransfer) == 1


async def test_a_message_that_cannot_be_handled_fails_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A bug, or a value that the database refuses: the others in its batch are stored."""
    monkeypatch.setattr(data_transfer, "keep", fragile)
    wires = [await Wire(f"/CP{number}").open() for number in range(3)]
    async with busy(writer):
        for wire, data in zip(wires, ("good", "bad", "better"), strict=True):
            wire.put(transfer("a", data))
    answers = [await wire.get() for wire in wires]
    assert [answer[0] for answer in answers] == [3, 4, 3]
    assert answers[1][2] == "InternalError"
    for wire in wires:
        assert "currentTime" in await wire.call("Heartbeat")
        await wire.end()
    assert {row.data for row in await in_thread(rows, DataTransfer)} == {"good", "better"}


async def test_what_is_undone_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was noted in a batch that was rolled back is noted again, and nothing twice."""
    start: dict[str, Any] = {
        "connectorId": 1,
        "idTag": TAG,
        "meterStart": 0,
        "timestamp": NOON_TEXT,
    }
    values: dict[str, Any] = {
        "connectorId": 1,
        "meterValue": [{"timestamp": NOON_TEXT, "sampledValue": [{"value": "5"}, {"value": "x"}]}],
    }
    monkeypatch.setattr(data_transfer, "keep", fragile)
    wire, bad = await Wire("/CP1").open(), await Wire("/CP2").open()
    async with busy(writer):
        wire.put(json.dumps([2, "a", "MeterValues", values]))
        bad.put(transfer("b", "bad"))
    assert (await wire.get())[0] == 3
    assert (await bad.get())[2] == "InternalError"
    await bad.end()
    assert [row.kind for row in await in_thread(rows, Anomaly)] == ["bad_value"]
    answer = await wire.call("StartTransaction", **start)
    await wire.call("MeterValues", **values)
    await wire.end()
    readings: list[MeterReading] = await in_thread(rows, MeterReading)
    assert [reading.transaction_id for reading in readings] == [None] * 2 + [
        answer["transactionId"]
    ] * 2
    assert await in_thread(count, Transaction) == 1


# --- a repeated message id -------------------------------------------------------------------


async def test_the_same_call_again_gets_the_same_answer_and_is_done_once() -> None:
    async with connected() as wire:
        first = await wire.ask(transfer("a", "x"))
        assert await wire.ask(transfer("a", "x")) == first
        assert await wire.ask(transfer("b", "x")) == [3, "b", first[2]]
        assert await wire.ask(transfer("a", "x")) == first
    assert await in_thread(count, DataTransfer) == 2
    assert await in_thread(count, Anomaly) == 0


async def test_another_call_with_the_same_id_is_done_and_noted() -> None:
    async with connected() as wire:
        await wire.ask(transfer("a", "x"))
        await wire.ask(transfer("a", "y"))
        assert (await wire.call("Heartbeat", "a"))["currentTime"]
        await wire.ask(transfer("a", "z"))
    assert [row.data for row in await in_thread(rows, DataTransfer)] == ["x", "y", "z"]
    noted: list[Anomaly] = await in_thread(rows, Anomaly)
    assert {(row.kind, row.detail) for row in noted} == {
        ("frame", "a message id of this connection again, with another payload")
    }


async def test_an_error_is_not_repeated_from_memory() -> None:
    async with connected() as wire:
        for _ in range(2):
            answer = await wire.call("Authorize", "a")
            assert answer[2] == "OccurenceConstraintViolation"
        assert await in_thread(count, Message) == 2
        assert await wire.call("Authorize", "a", idTag="x")


async def test_answers_are_remembered_for_one_connection_only() -> None:
    for _ in range(2):
        async with connected() as wire:
            await wire.ask(transfer("a", "x"))
    assert await in_thread(count, DataTransfer) == 2


async def test_a_charge_point_with_one_id_for_all_calls_gets_no_old_answers() -> None:
    """They would set its clock back, hide its heartbeats, and allow cards that are blocked now."""
    await in_thread(make_driver)
    async with connected() as wire:
        await wire.call("Heartbeat", "1")
        first: Charger = (await in_thread(rows, Charger))[0]
        await wire.call("Heartbeat", "1")
        second: Charger = (await in_thread(rows, Charger))[0]
        for allowed, status in ((True, "Accepted"), (False, "Blocked")):
            await in_thread(lambda allowed=allowed: RFID.objects.update(allowed=allowed))
            answer = await wire.call("Authorize", "1", idTag=TAG)
            assert answer == {"idTagInfo": {"status": status}}
    assert first.last_heartbeat is not None
    assert second.last_heartbeat is not None
    assert second.last_heartbeat > first.last_heartbeat
    # Another action with the same id was noted once, and the same again is no oddity.
    assert await in_thread(count, Anomaly) == 1


# --- limits ----------------------------------------------------------------------------------


async def test_a_binary_frame_ends_the_connection() -> None:
    wire = await Wire().open()
    wire.put_binary(b'[2,"a","Heartbeat",{}]')
    assert await wire.closing() == 1003
    await wire.end()


def heartbeat_of(size: int, letter: str = "x") -> str:
    """A Heartbeat whose frame has so many bytes."""
    frame = '[2,"a","Heartbeat",{"x":"%s"}]'
    room = size - len(frame) + 2
    return frame % (letter * (room // len(letter.encode())))


@pytest.mark.parametrize("letter", ["x", "é", "充", "😀"])
async def test_a_message_may_have_256_kib(letter: str, settings: Settings) -> None:
    limit = settings.OCPP_MESSAGE_KIB * 1024
    assert limit == 256 * 1024
    wire = await Wire().open()
    answer = await wire.ask(heartbeat_of(limit, letter))
    assert answer[0] == 3
    wire.put(heartbeat_of(limit + len(letter.encode()) * 2, letter))
    assert await wire.closing() == 1009
    await wire.end()


async def test_while_it_waits_for_approval_16_kib() -> None:
    wire = await Wire(address=PUBLIC).open()
    assert (await wire.ask(heartbeat_of(16 * 1024)))[0] == 3
    wire.put(heartbeat_of(16 * 1024 + 1))
    assert await wire.closing() == 1009
    await wire.end()


async def test_who_sends_too_much_is_read_more_slowly_and_loses_nothing(
    settings: Settings,
) -> None:
    settings.OCPP_MESSAGES_A_SECOND = 50
    settings.OCPP_MESSAGE_BURST = 5
    async with connected() as wire:
        began = asyncio.get_running_loop().time()
        for number in range(20):
            wire.put(f'[2,"{number}","Heartbeat",{{}}]')
        answers = [await wire.get() for _ in range(20)]
        took = asyncio.get_running_loop().time() - began
    assert [answer[1] for answer in answers] == [str(number) for number in range(20)]
    assert took >= 14 / 50


async def test_who_sends_too_much_for_too_long_is_sent_away(
    settings: Settings,
) -> None:
    settings.OCPP_MESSAGES_A_SECOND = 5
    settings.OCPP_MESSAGE_BURST = 1
    settings.OCPP_THROTTLED_S = 0.1
    wire = await Wire().open()
    for number in range(10):
        wire.put(f'[2,"{number}","Heartbeat",{{}}]')
    assert await wire.closing() == 1008
    await wire.end()


async def test_without_a_limit_nobody_waits(settings: Settings) -> None:
    settings.OCPP_MESSAGES_A_SECOND = 0
    settings.OCPP_MESSAGE_BURST = 1
    async with connected() as wire:
        for number in range(50):
            wire.put(f'[2,"{number}","NoSuchAction",{{}}]')
        for _ in range(50):
            await wire.get()


class Clock:
    """An event loop, as far as the throttle asks it for the time."""

    def __init__(self) -> None:
        self.now = 0.0

    def time(self) -> float:
        return self.now


async def test_the_throttle(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    with monkeypatch.context() as patch:
        patch.setattr(asyncio, "get_running_loop", lambda: clock)
        throttle = Throttle(5, 10, 600.0)
        assert [throttle.pause() for _ in range(10)] == [0.0] * 10
        assert throttle.pause() == pytest.approx(0.2)
        clock.now += 0.2
        assert throttle.pause() == pytest.approx(0.2)
        clock.now += 2.2
        assert [throttle.pause() for _ in range(10)] == [0.0] * 10
        # Ten minutes without a pause are enough.
        pause_s = 0.0
        while pause_s >= 0 and clock.now < 10_000:
            clock.now += pause_s
            pause_s = throttle.pause()
    assert pause_s == -1.0
    assert clock.now == pytest.approx(602.4, abs=1)


async def test_nothing_more_is_sent_after_the_end() -> None:
    wire = await Wire().open()
    wire.put_binary(b"x")
    wire.put(transfer("a", "x"))
    with pytest.raises(Closed):
        await wire.get()
    await wire.end()
    assert await in_thread(count, DataTransfer) == 0
