"""Takeover between processes: what others ask of this one, and what this one asks of them."""

import asyncio
import logging

from ocpp import store
from ocpp.connection import background
from ocpp.connection.jobs import Do, FailedJob
from ocpp.connection.session import Session
from ocpp.domain import takeovers
from ocpp.domain.takeovers import Contested, Errand
from ocpp.domain.visitor import Refused
from ocpp.writer.group_commit import writer

logger = logging.getLogger(__name__)

#: How long a charge point may take to show that it lives (s).
PROBE_S = 5.0
#: How much longer the process that asks it may take to say so (s).
ANSWER_S = 1.5
#: Between two looks for the answer (s).
LOOK_S = 0.1

_probing: set[int] = set()


async def attend() -> None:
    """Do what other processes ask: close connections that were taken over, probe others."""
    errands = await writer.submit(Do(takeovers.errands))
    if isinstance(errands, FailedJob):
        return
    for taken in errands.close:
        session = store.sessions.get(taken.charger_pk)
        if session is not None and session.epoch < taken.epoch:
            session.dismiss()
    for question in errands.probe:
        if question.pk not in _probing:
            _probing.add(question.pk)
            background.run(_probe(question))


async def _probe(question: Errand) -> None:
    try:
        session = store.sessions.get(question.charger_pk)
        alive = False
        if isinstance(session, Session) and session.epoch == question.epoch and not session.closed:
            # The session's own event loop has to ask.
            asking = asyncio.run_coroutine_threadsafe(session.probe(PROBE_S), session.loop)
            alive = await asyncio.wrap_future(asking)
        await writer.submit(Do(takeovers.answer, question.pk, alive))
    finally:
        _probing.discard(question.pk)


async def lives(about: Contested) -> bool:
    """Whether the connection that another process holds lives, being asked through that process.

    A process that does not answer holds no connection that works. Raises Refused when it cannot
    be asked.
    """
    question = await writer.submit(Do(takeovers.ask, about))
    if isinstance(question, FailedJob):
        raise Refused(503, "The database does not answer. Please try again later.", "busy")
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PROBE_S + ANSWER_S
    try:
        while loop.time() < deadline:
            found = await writer.submit(Do(takeovers.verdict, question))
            if isinstance(found, bool):
                return found
            await asyncio.sleep(LOOK_S)
        return False
    finally:
        background.run(background.persist(takeovers.settle, question))
