"""Places for messages in the writer, so that its queue stays short whatever comes in.

A session whose message has no place waits and reads nothing meanwhile: TCP has its charge point
wait too, and nothing is lost. When that takes longer than a charge point waits for an answer, it
is asked to send the message again. What can be answered without the database never waits.
"""

import asyncio
import time
from collections import OrderedDict
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings

from ocpp import limits_hit
from ocpp.writer.group_commit import writer
from ocpp.writer.tickets import Job


class Full(Exception):
    """The writer has too much to do."""


class Backlog:
    """The messages of one event loop that are in the writer, and those that wait for a place."""

    def __init__(self) -> None:
        self.taken = 0
        self._waiting: OrderedDict[asyncio.Future[None], None] = OrderedDict()

    @property
    def waiting(self) -> int:
        """How many sessions wait for a place."""
        return len(self._waiting)

    async def enter(self, *, patient: bool) -> bool:
        """Take a place, in the order of coming; returns whether there was one in time."""
        if self.enter_now():
            return True
        limits_hit.hit("writer_queue")
        if patient and await self._wait(settings.OCPP_WRITER_WAIT_S):
            return True
        limits_hit.hit("writer_queue_refused")
        return False

    def enter_now(self) -> bool:
        """Take a place where there is one for which nobody waits; returns whether there was."""
        most = settings.OCPP_WRITER_QUEUE
        if self._waiting or (most and self.taken >= most):
            return False
        self.taken += 1
        return True

    async def _wait(self, limit_s: float) -> bool:
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[place] = None
        try:
            async with asyncio.timeout(limit_s):
                await place
        except BaseException as end:
            # Nobody takes the place any more, if it was given at that very moment.
            if self._waiting.pop(place, place) is place and not place.cancelled():
                self.leave()
            if isinstance(end, TimeoutError):
                return False
            raise
        return True

    def leave(self) -> None:
        """Give a place back, or to the one that has waited longest."""
        while self._waiting:
            place, _ = self._waiting.popitem(last=False)
            if not place.done():
                place.set_result(None)
                return
        self.taken -= 1


_backlogs: "WeakKeyDictionary[asyncio.AbstractEventLoop, Backlog]" = WeakKeyDictionary()


def backlog() -> Backlog:
    """The backlog of the running event loop."""
    loop = asyncio.get_running_loop()
    found = _backlogs.get(loop)
    if found is None:
        found = _backlogs[loop] = Backlog()
    return found


async def submit(job: Job, *, patient: bool = True) -> Any:
    """Have the writer do `job` when there is a place; its result, or that of its failure."""
    places = backlog()
    came = time.monotonic()
    if not await places.enter(patient=patient):
        return job.failed(Full("the writer has too much to do"))
    try:
        # Its charge point waits for the answer from when it came, not from when it had a place.
        job.patience_s -= time.monotonic() - came
        return await writer.submit(job)
    finally:
        places.leave()
