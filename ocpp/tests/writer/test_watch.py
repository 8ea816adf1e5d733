"""A database that says nothing is cut off, and who waits for it has an answer in time."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from django.db import OperationalError, connection

from ocpp.models import Charger, DataTransfer
from ocpp.tests.factories import in_thread
from ocpp.tests.holding import busy
from ocpp.tests.writer.test_group_commit import Add, Count, stored
from ocpp.writer import watch
from ocpp.writer.group_commit import GroupCommit

pytestmark = pytest.mark.usefixtures("transactional_db")

HUNG_S = 0.6
#: A statement that would take minutes, during which the database says nothing.
ENDLESS = {
    "postgresql": "SET LOCAL statement_timeout = 0; SELECT pg_sleep(300)",
    "sqlite": (
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1000000000)"
        " SELECT count(*) FROM n"
    ),
}


def hang() -> None:
    with connection.cursor() as cursor:
        cursor.execute(ENDLESS[connection.vendor])


def impatient(job: Add, patience_s: float = 0.2, *, asks_again: bool = True) -> Add:
    job.patience_s, job.asks_again = patience_s, asks_again
    return job


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "HUNG_S", HUNG_S)
    monkeypatch.setattr(watch, "LOOK_S", 0.05)


@pytest_asyncio.fixture
async def writer() -> AsyncIterator[GroupCommit]:
    """A writer of the test's own, whose thread ends with the test."""
    writer = GroupCommit()
    yield writer
    await asyncio.to_thread(writer.stop)


@pytest.fixture
def pk(transactional_db: None) -> int:
    return Charger.objects.create(charger_id="CP1").pk


async def ended(future: "asyncio.Future[Any]") -> Any:
    return await asyncio.wait_for(future, 20)


async def test_a_connection_that_says_nothing_is_cut(writer: GroupCommit, pk: int) -> None:
    began = time.monotonic()
    job = Add(pk, "hangs", hang)
    assert isinstance(await ended(writer.submit(job)), OperationalError)
    assert HUNG_S < time.monotonic() - began < 10
    # Not once more: who waits for it has waited for long enough.
    assert (job.runs, job.done, job.undone) == (1, [], 1)
    assert await ended(writer.submit(Add(pk, "after"))) == "added after"
    assert await in_thread(stored) == ["after"]


async def test_one_that_moves_is_not_cut_however_long_it_takes(
    writer: GroupCommit, pk: int
) -> None:
    async with busy(writer):
        pause = HUNG_S * 0.6
        jobs = [Add(pk, str(number), lambda: time.sleep(pause)) for number in range(3)]
        futures = [writer.submit(job) for job in jobs]
    assert await ended(asyncio.gather(*futures)) == [f"added {n}" for n in range(3)]
    assert await in_thread(stored) == ["0", "1", "2"]


async def test_who_asks_again_is_answered_while_it_hangs(
    writer: GroupCommit, pk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "HUNG_S", 3)
    began = time.monotonic()
    hanging = impatient(Add(pk, "hangs", hang))
    assert isinstance(await ended(writer.submit(hanging)), TimeoutError)
    assert time.monotonic() - began < 3
    other = impatient(Add(pk, "waits"), asks_again=False)
    assert isinstance(await ended(writer.submit(other)), TimeoutError)
    assert time.monotonic() - began < 3
    assert await ended(writer.submit(Add(pk, "after"))) == "added after"
    # What waited in the queue and has failed is not done later.
    assert (hanging.runs, other.runs) == (1, 0)
    assert await in_thread(stored) == ["after"]


async def test_who_does_not_ask_again_waits_for_what_has_begun(
    writer: GroupCommit, pk: int
) -> None:
    """It would be told that it has failed, and be done all the same."""
    slow = impatient(Add(pk, "slow", lambda: time.sleep(0.5)), 0.1, asks_again=False)
    assert await ended(writer.submit(slow)) == "added slow"


async def test_one_that_was_answered_and_is_stored_after_all_is_answered_once(
    writer: GroupCommit, pk: int
) -> None:
    slow = impatient(Add(pk, "slow", lambda: time.sleep(0.5)), 0.1)
    assert isinstance(await ended(writer.submit(slow)), TimeoutError)
    assert await ended(writer.submit(Count(pk, ""))) == 1
    assert slow.done == ["added slow"]


def test_an_idle_thread_is_left_alone(pk: int) -> None:
    with watch.watched():
        watch.asking()
        assert DataTransfer.objects.count() == 0
        watch.resting()
        time.sleep(HUNG_S * 2)  # nobody could tell that nothing happens
        assert not watch.was_cut()
        assert DataTransfer.objects.count() == 0
