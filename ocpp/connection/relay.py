"""Wakes the sessions of this process: for commands that another process has queued.

A command queued in this very process wakes its session at once, through `store`; so does one from
elsewhere, where Redis carries hints (`hints`). Without that it is found by looking for it every
second, and so are requests for certificates that are to be gone on with, connections of chargers
whose certificate was revoked, and connections that another process has taken over.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from weakref import WeakKeyDictionary

from django.db.models.functions import Now

from ocpp import store
from ocpp.choices import CommandState
from ocpp.connection import certifying, local_lists, takeover
from ocpp.connection.jobs import Do, FailedJob
from ocpp.connection.session import Session
from ocpp.domain import commands, stopping
from ocpp.domain.certificates import requests
from ocpp.domain.chargers import OWNER
from ocpp.domain.errors import DomainError
from ocpp.models import Charger, Command
from ocpp.writer.group_commit import writer

LOOK_S = 1.0
#: Between two looks for sessions whose minutes or hours are over (s).
STOPS_S = 30.0
#: How long a charge point that has not booted lately may take before it is asked to (s).
BOOT_S = 15.0
#: How far back a look goes for what staff have changed: processes may be slow, not this slow (s).
REVISED_S = 30.0

_tasks: "WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[None]]" = WeakKeyDictionary()


def follow(session: Session) -> None:
    """Take care of a new session: its queued commands, and the boot it may have left out.

    It is online without one: some charge points send none after a reconnect.
    """
    session.wake()
    local_lists.follow(session.loop)
    if not session.station.booted:
        session.loop.call_later(BOOT_S, _ask_to_boot, session)
    task = _tasks.get(session.loop)
    if task is None or task.done():
        _tasks[session.loop] = session.loop.create_task(_look())


async def _look() -> None:
    """While there are sessions, look for commands and decisions that are meant for them."""
    seen: dict[int, datetime | None] = {}
    loop = asyncio.get_running_loop()
    stops = loop.time()
    while store.sessions:
        await asyncio.sleep(LOOK_S)
        if loop.time() >= stops:
            stops = loop.time() + STOPS_S
            await writer.submit(Do(stopping.ask_due, OWNER, datetime.now(UTC)))
        await takeover.attend()
        found = await writer.submit(Do(_find))
        if not isinstance(found, FailedJob):
            for charger_pk in found.queued:
                store.heard("wake", charger_pk)
            for charger_pk in found.revoked:
                store.heard("dismiss", charger_pk)
            certifying.begin(found.certificates)
        revised = await writer.submit(Do(_revised))
        if not isinstance(revised, FailedJob):
            for charger_pk in [pk for pk, when in revised.items() if seen.get(pk) != when]:
                store.heard("refresh", charger_pk)
            seen = revised


def _revised() -> dict[int, datetime | None]:
    """Chargers of this process that staff have changed lately, in whatever process."""
    since = Now() - timedelta(seconds=REVISED_S)
    rows = Charger.objects.filter(revised__gt=since, owner=OWNER).order_by()
    return dict(rows.values_list("pk", "revised"))


class Found(NamedTuple):
    """What there is to do for the connections of this process."""

    #: Chargers with queued commands, chargers with a revoked certificate.
    queued: list[int]
    revoked: list[int]
    #: Requests for certificates.
    certificates: list[int]


def _find() -> Found:
    rows = Command.objects.filter(state=CommandState.QUEUED, charger__owner=OWNER)
    queued = list(rows.order_by().values_list("charger_id", flat=True).distinct())
    return Found(queued, requests.revoked_here(OWNER), requests.due(OWNER, datetime.now(UTC)))


def _ask_to_boot(session: Session) -> None:
    """A charge point that kept silent about itself is asked who it is."""
    if not session.closed and not session.station.booted:
        # It may have been rejected, deleted or have a full queue: then it is not asked.
        refusals = (DomainError, Charger.DoesNotExist)
        writer.submit(Do(_queue_boot, session.charger_pk, expected=refusals))


def _queue_boot(charger_pk: int) -> None:
    if commands.is_unable(charger_pk, "trigger_message", requested_message="BootNotification"):
        return
    commands.queue(
        Charger.objects.get(pk=charger_pk),
        "trigger_message",
        {"requested_message": "BootNotification"},
    )
