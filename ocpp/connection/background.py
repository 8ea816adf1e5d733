"""Work that goes on beside a connection, or after it."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from ocpp.connection.jobs import Do, FailedJob
from ocpp.writer.group_commit import DATABASE_TROUBLE, CommitUncertain, writer

logger = logging.getLogger(__name__)

#: Errors that pass: the database is away, locked or slow.
PASSING = (*DATABASE_TROUBLE, CommitUncertain, TimeoutError)
#: Pauses between attempts while the database does not answer (s).
PAUSES_S = (0.5, 1, 2, 5, 10, 30, 60, 120)

_running: set["asyncio.Task[Any]"] = set()


def run(work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
    """Run a coroutine beside everything else, and keep it from being forgotten."""
    task = asyncio.get_running_loop().create_task(work)
    _running.add(task)
    task.add_done_callback(_running.discard)
    return task


async def persist(deed: Callable[..., Any], *arguments: Any) -> Any:
    """Do `deed` in the writer; while the database does not answer, try again for some minutes.

    What fails for another reason fails again: then the FailedJob is returned at once.
    """
    result = await writer.submit(Do(deed, *arguments))
    for pause_s in PAUSES_S:
        if not isinstance(result, FailedJob) or not isinstance(result.error, PASSING):
            break
        await asyncio.sleep(pause_s)
        result = await writer.submit(Do(deed, *arguments))
    if isinstance(result, FailedJob):
        logger.error("Given up: %s%r: %s", deed.__name__, arguments, result.error)
    return result
