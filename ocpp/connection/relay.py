"""Wakes the sessions of this process: for commands that another process has queued.

A command queued in this very process wakes its session at once, through `store`. One from
elsewhere is found by looking for it every second.
"""

import asyncio
import logging
import threading
from datetime import UTC, datetime
from weakref import WeakKeyDictionary

from django.db import connection

from ocpp import store
from ocpp.choices import CommandState
from ocpp.connection.jobs import Do, FailedJob
from ocpp.connection.session import Session
from ocpp.domain import chargers, commands
from ocpp.domain.chargers import OWNER
from ocpp.domain.errors import DomainError
from ocpp.models import Charger, Command
from ocpp.writer.group_commit import writer

logger = logging.getLogger(__name__)

LOOK_S = 1.0
#: How long a charge point that never booted here may take before it is asked to (s).
BOOT_S = 15.0

_tasks: "WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[None]]" = WeakKeyDictionary()


def follow(session: Session) -> None:
    """Take care of a new session: its queued commands, and the boot it may have left out."""
    session.wake()
    if not session.station.booted:
        session.loop.call_later(BOOT_S, _ask_to_boot, session)
    task = _tasks.get(session.loop)
    if task is None or task.done():
        _tasks[session.loop] = session.loop.create_task(_look())


async def _look() -> None:
    """While there are sessions, look for commands that are queued for them."""
    while store.sessions:
        await asyncio.sleep(LOOK_S)
        found = await writer.submit(Do(_queued))
        if not isinstance(found, FailedJob):
            for charger_pk in found:
                store.wake(charger_pk)


def _queued() -> list[int]:
    rows = Command.objects.filter(state=CommandState.QUEUED, charger__owner=OWNER)
    return list(rows.order_by().values_list("charger_id", flat=True).distinct())


def _ask_to_boot(session: Session) -> None:
    """A charge point that kept silent about itself is asked who it is."""
    if not session.closed and not session.station.booted:
        # It may have been rejected, deleted or have a full queue: then it is not asked.
        refusals = (DomainError, Charger.DoesNotExist)
        writer.submit(Do(_queue_boot, session.charger_pk, expected=refusals))


def _queue_boot(charger_pk: int) -> None:
    commands.queue(
        Charger.objects.get(pk=charger_pk),
        "trigger_message",
        {"requested_message": "BootNotification"},
    )


def reset_presence(timeout_s: float = 5.0) -> None:
    """At start: correct what processes of this host that ended without a word have left.

    In a thread of its own, since servers import the application inside their event loop.
    """
    thread = threading.Thread(target=_reset_presence, name="ocpp-presence", daemon=True)
    thread.start()
    thread.join(timeout_s)


def _reset_presence() -> None:
    now = datetime.now(UTC)
    try:
        corrected = chargers.reset_presence(now)
        commands.fail_all_sent(now)
    except Exception as error:
        # No tables yet, or no database: a server that starts says so itself soon enough.
        logger.info("Presence was not corrected: %s", error)
    else:
        logger.info("Presence of %d chargers corrected", corrected)
    finally:
        connection.close()
