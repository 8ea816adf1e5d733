"""What runs beside connections is begun once and ends."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest_asyncio

from ocpp.connection import serving
from ocpp.models import ServerProcess
from ocpp.tests.factories import in_thread
from schedules.models import Schedule

NAMES = {"ocpp-lease", "schedules"}


@pytest_asyncio.fixture(autouse=True)
async def nothing_stays(nothing_is_left_behind: None) -> AsyncIterator[None]:
    yield
    await asyncio.to_thread(serving.stop)
    await in_thread(lambda: Schedule.objects.all().delete())


def running() -> list[str]:
    return sorted(thread.name for thread in threading.enumerate() if thread.name in NAMES)


async def test_it_is_begun_once_and_ended_once_and_may_begin_again() -> None:
    for _ in range(2):
        await asyncio.to_thread(serving.start)
        await asyncio.to_thread(serving.start)
        assert running() == sorted(NAMES)
        assert await in_thread(ServerProcess.objects.count) == 1
        await asyncio.to_thread(serving.stop)
        await asyncio.to_thread(serving.stop)
        assert running() == []
        assert await in_thread(ServerProcess.objects.count) == 0
