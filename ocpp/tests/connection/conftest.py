"""Tests here have connections of charge points, and the process's own writer behind them."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from ocpp import store
from ocpp.connection import admission, background, local_lists, relay
from ocpp.tests.committed import transactional_db
from ocpp.tests.connection.wire import Wire, settle
from ocpp.writer.group_commit import writer

__all__ = ["transactional_db"]


@pytest.fixture(params=[False, True], ids=["long way", "short way"])
def both_ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether frames may take the short way (`short_way`): a test is run with and without."""
    monkeypatch.setattr(Wire, "short", request.param)
    return bool(request.param)


@pytest_asyncio.fixture(autouse=True)
async def nothing_is_left_behind(transactional_db: None) -> AsyncIterator[None]:
    """When a test ends, no session, no work beside it and no thread goes on."""
    # A test that failed may have left something: it is nobody's any more.
    background._running.clear()
    store.sessions.clear()
    admission._by_key.clear()
    yield
    # They would end by themselves at their next look, which may fall into the next test.
    for rounds in (relay, local_lists):
        if task := rounds._tasks.get(asyncio.get_running_loop()):
            task.cancel()
            await asyncio.wait({task})
    await settle()
    await asyncio.to_thread(writer.stop)
    assert store.sessions == {}
    assert admission._by_key == {}
