"""The end of this process: its connections are closed, and what they leave is stored."""

import asyncio
import logging
from datetime import UTC, datetime

from ocpp import store
from ocpp.connection import admission, serving
from ocpp.connection.jobs import Do, FailedJob
from ocpp.connection.session import Session
from ocpp.domain import processes
from ocpp.writer.group_commit import writer

logger = logging.getLogger(__name__)

#: How long all of it may take (s).
LIMIT_S = 3.0
#: RFC 6455's code for a server that restarts: the charge point connects again.
SERVICE_RESTART = 1012


async def shut_down(limit_s: float = LIMIT_S) -> None:
    """Admit nobody any more, close every connection with 1012, store that all have left.

    To be awaited in the event loop of the connections, while it still runs. Whoever waits for a
    command in this process is woken at its end. Never raises, and takes `limit_s` at most, or a
    little longer while the writer is busy.
    """
    admission.end()
    try:
        async with asyncio.timeout(limit_s):
            await _close_sessions()
            if admission.has_begun():
                result = await writer.submit(Do(processes.leave, datetime.now(UTC)))
                if isinstance(result, FailedJob):
                    logger.error("Presence could not be cleared: %s", result.error)
    except TimeoutError:
        logger.error("Presence could not be cleared within %s s", limit_s)
    finally:
        store.end()
    await asyncio.to_thread(serving.stop)
    await asyncio.to_thread(writer.stop, 1.0)


async def _close_sessions() -> None:
    sessions = [s for s in store.sessions.values() if isinstance(s, Session)]
    for session in sessions:
        await session.supersede(SERVICE_RESTART)
    tasks = [session.task for session in sessions if session.task is not None]
    if tasks:
        await asyncio.wait(tasks)
