"""The end of this process: its connections are closed, and what they leave is stored."""

import asyncio
import logging
from datetime import UTC, datetime
from random import shuffle

from ocpp import store
from ocpp.connection import admission, background, live, serving
from ocpp.connection.jobs import Do, FailedJob
from ocpp.connection.session import Session
from ocpp.domain import processes
from ocpp.writer.group_commit import writer

logger = logging.getLogger(__name__)

#: How long all of it may take (s).
LIMIT_S = 3.0
#: How many connections are closed within a second where their closing is spread over time, and how
#: far ahead of that it may be, which many at once are (s).
CLOSED_A_SECOND = 100
TICK_S = 0.01
#: RFC 6455's code for a server that restarts: the charge point connects again.
SERVICE_RESTART = 1012


async def shut_down(limit_s: float = LIMIT_S, spread_s: float = 0.0) -> None:
    """Admit nobody any more, close every connection with 1012, store that all have left.

    To be awaited in the event loop of the connections, while it still runs. A frame that has come
    is answered first. With `spread_s` connections are closed one after another, `CLOSED_A_SECOND`,
    or faster where that took longer than `spread_s`: whoever they turn to is not overrun. Whoever
    waits for a command in this process is woken at its end. Never raises, and takes `limit_s` more
    at most, or a little longer while the writer is busy.
    """
    admission.end()
    await live.end()
    try:
        await _close_one_by_one(spread_s)
        async with asyncio.timeout(limit_s):
            await _close_the_rest(limit_s / 2)
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


async def _close_one_by_one(spread_s: float) -> None:
    """In no order, since neighbours often connect one after another; what comes meanwhile too."""
    sessions = _sessions()
    if not spread_s or not sessions:
        return
    shuffle(sessions)
    clock = asyncio.get_running_loop().time
    begin, pause_s = clock(), min(1 / CLOSED_A_SECOND, spread_s / len(sessions))
    for number, session in enumerate(sessions, 1):
        # Beside, since a charge point that reads nothing lets nothing be written, for ever.
        background.run(session.leave(SERVICE_RESTART))
        ahead_s = begin + number * pause_s - clock()
        if ahead_s > TICK_S or number == len(sessions):
            await asyncio.sleep(max(0.0, ahead_s))


async def _close_the_rest(patience_s: float) -> None:
    """Those that are still there; half of the time is for the answers that they wait for."""
    sessions = _sessions()
    for session in sessions:
        background.run(session.leave(SERVICE_RESTART))
    await _ended(sessions, patience_s / 2)
    late = [session for session in sessions if session.task and not session.task.done()]
    for session in late:
        background.run(session.supersede(SERVICE_RESTART))
    await _ended(late, patience_s / 2)


async def _ended(sessions: list[Session], limit_s: float) -> None:
    tasks = [session.task for session in sessions if session.task is not None]
    if tasks:
        await asyncio.wait(tasks, timeout=limit_s)


def _sessions() -> list[Session]:
    return [one for one in store.sessions.values() if isinstance(one, Session)]
