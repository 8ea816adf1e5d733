"""Keeps the local lists of the charge points that are connected here up to date.

A round finds by one query whether there is anything to do. Making lists takes time, as there may
be many cards: that happens in a thread beside the writer, so no charge point waits for it.
"""

import asyncio
import logging
from datetime import UTC, datetime
from weakref import WeakKeyDictionary

from django.db import Error, connections

from ocpp import store
from ocpp.connection import background
from ocpp.connection.jobs import Do
from ocpp.domain import list_sync
from ocpp.writer.group_commit import writer

logger = logging.getLogger(__name__)

#: Between two rounds (s). Changes of cards within one are sent together.
ROUND_S = 5.0

_tasks: "WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[None]]" = WeakKeyDictionary()


def follow(loop: asyncio.AbstractEventLoop) -> None:
    """There is a session in `loop`: see to the lists as long as there are any."""
    task = _tasks.get(loop)
    if task is None or task.done():
        _tasks[loop] = loop.create_task(_rounds())


async def _rounds() -> None:
    while store.sessions:
        await asyncio.sleep(ROUND_S)
        if await writer.submit(Do(list_sync.anything_due, datetime.now(UTC))) is True:
            await background.run(asyncio.to_thread(_synchronise))


def _synchronise() -> None:
    try:
        list_sync.synchronise(datetime.now(UTC))
    except Error as trouble:
        # The database is away, locked or slow: what is due stays so.
        logger.warning("Local lists wait for the database: %s", str(trouble).strip())
    except Exception:
        logger.exception("A local list could not be brought up to date")
    finally:
        connections.close_all()
