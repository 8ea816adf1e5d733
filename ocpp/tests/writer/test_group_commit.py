"""The writer on real databases: one COMMIT for many, one bad message alone, trouble, recovery."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from django.db import (
    DatabaseError,
    IntegrityError,
    OperationalError,
    connection,
    connections,
    transaction,
)

from ocpp.domain.data_transfer import DATA_TRANSFERS
from ocpp.models import Charger, DataTransfer
from ocpp.tests.factories import NOON, in_thread
from ocpp.tests.holding import Hold, busy
from ocpp.writer import group_commit
from ocpp.writer.batch import Batch, stamp
from ocpp.writer.group_commit import CommitUncertain, GroupCommit

pytestmark = pytest.mark.usefixtures("transactional_db")

needs_postgresql = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="needs a server that can end a connection"
)


class Add:
    """A job that adds a row, and keeps count of what becomes of it."""

    reads = False
    patience_s = 60.0
    asks_again = False

    def __init__(self, charger_pk: int, data: str, deed: Callable[[], Any] | None = None) -> None:
        self.charger_pk = charger_pk
        self.data = data
        self.deed = deed
        self.runs = 0
        self.batches: list[Batch] = []
        self.undone = 0
        self.done: list[Any] = []

    def run(self, batch: Batch) -> Any:
        self.runs += 1
        self.batches.append(batch)
        row = (self.charger_pk, "V", "", self.data, stamp(NOON))
        batch.insert(DATA_TRANSFERS, row)
        if self.deed is not None:
            self.deed()
        return f"added {self.data}"

    def failed(self, error: Exception) -> Exception:
        return error

    def committed(self, result: Any) -> None:
        self.done.append(result)

    def rolled_back(self) -> None:
        self.undone += 1


class Count(Add):
    """A job that reads through the ORM how many rows there are."""

    reads = True

    def run(self, batch: Batch) -> Any:
        self.runs += 1
        return DataTransfer.objects.count()


@pytest_asyncio.fixture
async def writer() -> AsyncIterator[GroupCommit]:
    """A writer of the test's own, whose thread ends with the test."""
    writer = GroupCommit()
    yield writer
    await asyncio.to_thread(writer.stop)


@pytest.fixture
def pk(transactional_db: None) -> int:
    return Charger.objects.create(charger_id="CP1").pk


def stored() -> list[str]:
    """What is in the table, in the order in which it came there."""
    return list(DataTransfer.objects.order_by("pk").values_list("data", flat=True))


async def together(writer: GroupCommit, *jobs: Add) -> list[Any]:
    """The results of jobs that are in one batch."""
    async with busy(writer):
        futures = [writer.submit(job) for job in jobs]
    return list(await asyncio.wait_for(asyncio.gather(*futures), 15))


async def test_a_result_comes_after_its_commit(writer: GroupCommit, pk: int) -> None:
    for number in range(5):
        result = await writer.submit(Add(pk, str(number)))
        assert result == f"added {number}"
        # Another connection sees it at this very moment.
        assert str(number) in await in_thread(stored)


async def test_what_waits_goes_in_one_commit_and_in_order(writer: GroupCommit, pk: int) -> None:
    jobs = [Add(pk, str(number)) for number in range(50)]
    ended: list[asyncio.Future[Any]] = []
    async with busy(writer):
        futures = [writer.submit(job) for job in jobs]
        for future in futures:
            future.add_done_callback(ended.append)
    assert await asyncio.gather(*futures) == [f"added {number}" for number in range(50)]
    assert ended == futures
    assert len({id(batch) for job in jobs for batch in job.batches}) == 1
    assert await in_thread(stored) == [str(number) for number in range(50)]
    assert all(job.done == [f"added {job.data}"] and job.undone == 0 for job in jobs)


async def test_a_batch_is_bounded(
    writer: GroupCommit, pk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "MAX_BATCH", 4)
    jobs = [Add(pk, str(number)) for number in range(10)]
    await together(writer, *jobs)
    sizes: dict[int, int] = {}
    for job in jobs:
        sizes[id(job.batches[0])] = sizes.get(id(job.batches[0]), 0) + 1
    assert list(sizes.values()) == [4, 4, 2]
    assert await in_thread(stored) == [str(number) for number in range(10)]


async def test_a_job_that_reads_sees_what_was_asked_for_before_it(
    writer: GroupCommit, pk: int
) -> None:
    results = await together(writer, Add(pk, "a"), Count(0, ""), Add(pk, "b"), Count(0, ""))
    assert results == ["added a", 1, "added b", 2]


def raises(error: Exception) -> Callable[[], None]:
    def deed() -> None:
        raise error

    return deed


@pytest.mark.parametrize("bad", ["raises", "no such charger", "broken sql"])
async def test_one_bad_job_fails_alone(writer: GroupCommit, pk: int, bad: str) -> None:
    broken = {
        "raises": lambda: Add(pk, "bad", raises(ValueError("no good"))),
        # Found at COMMIT only: foreign keys are checked there.
        "no such charger": lambda: Add(pk + 1000, "bad"),
        "broken sql": lambda: Add(pk, "bad", lambda: DataTransfer.objects.extra(where=["no"])[0]),
    }[bad]()
    good = [Add(pk, str(number)) for number in range(4)]
    results = await together(writer, *good[:2], broken, *good[2:])
    assert results[:2] + results[3:] == [f"added {job.data}" for job in good]
    assert isinstance(results[2], (ValueError, IntegrityError, DatabaseError))
    assert await in_thread(stored) == ["0", "1", "2", "3"]
    assert broken.done == []
    assert broken.undone == broken.runs == 2
    for job in good:
        assert job.done == [f"added {job.data}"]
        assert job.runs <= 2
        # Told once that what it had done, if anything, is undone.
        assert job.undone == 1


async def test_a_bad_job_alone_is_tried_once(writer: GroupCommit, pk: int) -> None:
    bad = Add(pk, "bad", raises(ValueError("no good")))
    assert isinstance(await writer.submit(bad), ValueError)
    assert (bad.runs, bad.undone, bad.done) == (1, 1, [])
    assert await writer.submit(Add(pk, "good")) == "added good"
    assert await in_thread(stored) == ["good"]


async def test_a_listener_that_raises_after_commit_repeats_nothing(
    writer: GroupCommit, pk: int
) -> None:
    """What is committed is done: to run it again would store it twice."""
    loud = Add(pk, "loud", lambda: transaction.on_commit(raises(ValueError("not my job"))))
    quiet = Add(pk, "quiet")
    assert await together(writer, quiet, loud) == ["added quiet", "added loud"]
    assert await in_thread(stored) == ["quiet", "loud"]
    assert (loud.runs, quiet.runs) == (1, 1)
    assert loud.done == ["added loud"]


async def test_a_job_that_breaks_its_promise_does_not_end_the_writer(
    writer: GroupCommit, pk: int
) -> None:
    class Broken(Add):
        def committed(self, result: Any) -> None:
            raise ValueError("promised not to")

        def failed(self, error: Exception) -> Exception:
            raise error

    first = writer.submit(Broken(pk, "stored"))
    second = writer.submit(Broken(pk, "bad", raises(ValueError("no good"))))
    await asyncio.wait([first, second], timeout=5)
    assert first.done()
    assert second.done()
    assert await writer.submit(Add(pk, "good")) == "added good"
    assert await in_thread(stored) == ["stored", "good"]


@asynccontextmanager
async def locked() -> AsyncIterator[None]:
    """While it lasts, another connection keeps the database, or the table, for itself."""
    held, release = threading.Event(), threading.Event()

    def keep() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("LOCK TABLE ocpp_datatransfer IN ACCESS EXCLUSIVE MODE")
            held.set()
            release.wait(20)

    keeping = asyncio.create_task(in_thread(keep))
    await asyncio.to_thread(held.wait, 20)
    try:
        yield
    finally:
        release.set()
        await keeping


class Hurry(Count):
    """A job after which the writer waits for locks no longer than 100 ms."""

    def run(self, batch: Batch) -> None:
        postgresql = connection.vendor == "postgresql"
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = 100" if postgresql else "PRAGMA busy_timeout = 100")


async def test_a_locked_database_fails_what_waits_and_is_taken_up_again(
    writer: GroupCommit, pk: int
) -> None:
    await writer.submit(Add(pk, "before"))
    await writer.submit(Hurry(0, ""))
    async with locked():
        began = time.monotonic()
        jobs = [Add(pk, str(number)) for number in range(3)]
        results = await asyncio.wait_for(asyncio.gather(*map(writer.submit, jobs)), 10)
        assert all(isinstance(result, OperationalError) for result in results)
        assert time.monotonic() - began < 4
        assert all(job.done == [] and job.undone for job in jobs)
    assert await writer.submit(Add(pk, "after")) == "added after"
    assert await in_thread(stored) == ["before", "after"]


async def test_one_that_had_to_wait_for_a_lock_does_not_wait_twice(
    writer: GroupCommit, pk: int
) -> None:
    """A charge point waits for some 8 s, and what comes after it waits behind it."""
    await writer.submit(Hurry(0, ""))
    async with locked():
        job = Add(pk, "x")
        assert isinstance(await writer.submit(job), OperationalError)
        assert job.runs <= 1


async def test_the_writer_waits_for_a_lock_no_longer_than_it_may(
    writer: GroupCommit, pk: int
) -> None:
    class Ask(Count):
        def run(self, batch: Batch) -> Any:
            asked = "SHOW lock_timeout" if postgresql else "PRAGMA busy_timeout"
            with connection.cursor() as cursor:
                cursor.execute(asked)
                return cursor.fetchone()[0]

    postgresql = connection.vendor == "postgresql"
    assert await writer.submit(Ask(0, "")) == ("2s" if postgresql else group_commit.LOCK_MS)


def backend_pid() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def end_backend(pid: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


class Pid(Count):
    def run(self, batch: Batch) -> int:
        return backend_pid()


@needs_postgresql
async def test_a_connection_lost_while_idle_costs_nothing(writer: GroupCommit, pk: int) -> None:
    pid = await writer.submit(Pid(0, ""))
    await in_thread(end_backend, pid)
    jobs = [Add(pk, str(number)) for number in range(3)]
    assert await together(writer, *jobs) == ["added 0", "added 1", "added 2"]
    assert await in_thread(stored) == ["0", "1", "2"]
    assert all(job.done == [f"added {job.data}"] for job in jobs)


def other_thread(function: Callable[..., Any], *arguments: Any) -> None:
    """Call it in a thread of its own, on a connection of its own, and wait."""

    def work() -> None:
        try:
            function(*arguments)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


@needs_postgresql
@pytest.mark.parametrize("times", [1, 2])
async def test_a_connection_lost_in_the_middle_is_made_anew_once(
    writer: GroupCommit, pk: int, times: int
) -> None:
    left = [True] * times

    def cut() -> None:
        if left:
            left.pop()
            other_thread(end_backend, backend_pid())
            DataTransfer.objects.count()

    jobs = [Add(pk, "a"), Add(pk, "b", cut), Add(pk, "c")]
    results = await together(writer, *jobs)
    if times == 1:
        assert results == ["added a", "added b", "added c"]
        assert await in_thread(stored) == ["a", "b", "c"]
    else:
        assert all(isinstance(result, DatabaseError) for result in results)
        assert await in_thread(stored) == []
        assert await writer.submit(Add(pk, "after")) == "added after"


@needs_postgresql
async def test_a_connection_lost_at_commit_is_not_tried_again(writer: GroupCommit, pk: int) -> None:
    """Nobody knows whether it was stored; the charge point asks again, and finds out."""
    job = Count(0, "")
    seen: list[int] = []

    def run(batch: Batch) -> None:
        seen.append(backend_pid())
        other_thread(end_backend, seen[-1])

    job.run = run  # type: ignore[method-assign]
    result = await writer.submit(job)
    assert isinstance(result, CommitUncertain)
    assert len(seen) == 1
    assert await writer.submit(Add(pk, "after")) == "added after"


async def test_what_is_acknowledged_after_a_failed_end_is_stored(
    writer: GroupCommit, pk: int
) -> None:
    """An end that failed leaves the connection within a transaction, which nobody would commit."""
    inner: list[Any] = []

    def break_the_end() -> None:
        def refuse() -> None:
            raise RuntimeError("no")

        inner.append(connections["default"])
        inner[0].set_autocommit = lambda *_args, **_options: refuse()
        refuse()

    assert isinstance(await writer.submit(Add(pk, "bad", break_the_end)), RuntimeError)
    assert inner[0].autocommit is False
    del inner[0].set_autocommit
    assert await writer.submit(Add(pk, "good")) == "added good"
    assert await in_thread(stored) == ["good"]


def test_an_event_loop_that_has_ended_does_no_harm(pk: int) -> None:
    writer = GroupCommit()

    hold = Hold()

    async def leave() -> None:
        writer.submit(hold)
        writer.submit(Add(pk, "left behind"))

    async def come() -> Any:
        return await writer.submit(Add(pk, "later"))

    asyncio.run(leave())
    hold.release.set()
    assert asyncio.run(come()) == "added later"
    writer.stop()
    assert stored() == ["left behind", "later"]


async def test_who_waits_no_longer_does_no_harm(writer: GroupCommit, pk: int) -> None:
    async with busy(writer):
        writer.submit(Add(pk, "a")).cancel()
    assert await writer.submit(Add(pk, "b")) == "added b"
    assert await in_thread(stored) == ["a", "b"]


async def test_stop_does_what_is_queued_and_a_submit_starts_again(
    writer: GroupCommit, pk: int
) -> None:
    async with busy(writer):
        futures = [writer.submit(Add(pk, str(number))) for number in range(3)]
        stopping = asyncio.create_task(asyncio.to_thread(writer.stop))
        await asyncio.sleep(0.01)
        assert not stopping.done()
    await stopping
    assert await asyncio.gather(*futures) == ["added 0", "added 1", "added 2"]
    assert await writer.submit(Add(pk, "again")) == "added again"


async def test_a_submit_while_the_writer_stops_is_not_forgotten(
    writer: GroupCommit, pk: int
) -> None:
    for number in range(100):
        stopping = asyncio.create_task(asyncio.to_thread(writer.stop))
        await asyncio.sleep(number / 100_000)
        result = await asyncio.wait_for(writer.submit(Add(pk, str(number))), 5)
        assert result == f"added {number}"
        await stopping
