"""The listeners of this process, and the one task that reads for all of them.

Once a second, and only while somebody listens: collect, read what is new, give each its share. A
listener that reads slowly has a queue with an end: it is told when something did not fit.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Collection
from datetime import timedelta
from time import monotonic
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async
from django.conf import settings
from django.utils import timezone

from events import metrics
from events.domain import collecting, reading
from events.domain.reading import MESSAGE, METER, Messages, Told
from ocpp import metrics as counted

logger = logging.getLogger(__name__)

LOOK_S = 1.0
#: Events are collected for so long after the last listener has gone, so that it can go on (min).
LINGER_MIN = 60
#: How often that is said again (s).
SAY_S = 300.0


class Listener:
    """What one connection wants to be told, and what it has not been told yet."""

    def __init__(self) -> None:
        self.types: frozenset[str] = frozenset()
        #: None: all chargers.
        self.chargers: frozenset[str] | None = None
        self.untold: deque[Told] = deque()
        self.dropped = 0
        #: The newest event that it was given, or that passed it by.
        self.cursor = 0
        self.some = asyncio.Event()

    def wants(self, told: Told) -> bool:
        """Whether it asked for this; a message with meter values is both sorts."""
        if self.chargers is not None and told["charger"] not in self.chargers:
            return False
        return told["type"] in self.types or (told["type"] == METER and MESSAGE in self.types)

    def offer(self, told: Told) -> None:
        """Give it something, if it wants that and has room."""
        number = told["id"]
        if number is not None and number <= self.cursor:
            return
        if self.wants(told):
            if self.dropped or len(self.untold) >= settings.EVENTS_QUEUE:
                # Nothing after a gap before it was told of it, so that its cursor stays true.
                self.lose()
                return
            self.untold.append(told)
            self.some.set()
        if number is not None and not self.dropped:
            self.cursor = number

    def lose(self) -> None:
        """Something was not given to it."""
        self.dropped += 1
        metrics.listeners["dropped"] += 1
        self.some.set()


class _Found(NamedTuple):
    events: list[Told]
    messages: list[Told]
    position: Messages | None
    more_messages: bool


class Feed:
    """The listeners of one event loop."""

    def __init__(self) -> None:
        self.listeners: set[Listener] = set()
        self._task: asyncio.Task[None] | None = None
        self._last = 0
        self._position: Messages | None = None
        self._said = 0.0

    def join(self, listener: Listener, cursor: int) -> None:
        """Tell it from now on what comes after `cursor`."""
        listener.cursor = cursor
        if not self.listeners:
            self._last = cursor
        # Who goes on from further back than the others has the rest read for it again.
        self._last = min(self._last, cursor)
        self.listeners.add(listener)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._work())

    def leave(self, listener: Listener) -> None:
        """It is gone."""
        self.listeners.discard(listener)

    async def end(self) -> None:
        """Nobody is told any more."""
        self.listeners.clear()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _work(self) -> None:
        while self.listeners:
            try:
                await self._round()
            except Exception as trouble:
                # The database is away: what happens meanwhile is told afterwards.
                logger.info("Listeners wait for the database: %s", str(trouble).strip())
            await asyncio.sleep(LOOK_S)
        self._position = None

    async def _round(self) -> None:
        say = monotonic() - self._said > SAY_S or not self._said
        wants_messages = any(one.types & set(reading.LIVE_ONLY) for one in self.listeners)
        position = self._position if wants_messages else None
        found = await _look(self._last, position, say=say, wants_messages=wants_messages)
        if say:
            self._said = monotonic()
        self._position = found.position
        if found.events:
            self._last = found.events[-1]["id"]
        self._give([*found.events, *found.messages])
        if found.more_messages:
            for one in self.listeners:
                if one.types & set(reading.LIVE_ONLY):
                    one.lose()

    def _give(self, found: Collection[Told]) -> None:
        for listener in self.listeners:
            for told in found:
                listener.offer(told)


async def _look(last: int, position: Messages | None, *, say: bool, wants_messages: bool) -> _Found:
    def look() -> _Found:
        if say:
            collecting.want(timezone.now() + timedelta(minutes=LINGER_MIN))
        collecting.collect()
        events = reading.after(last)
        if not wants_messages:
            return _Found(events, [], None, False)
        if position is None:
            return _Found(events, [], reading.newest_message(), False)
        return _Found(events, *reading.messages(position))

    # Not in the thread that everything else shares: nobody waits for a listener.
    found: _Found = await database_sync_to_async(look, thread_sensitive=False)()
    return found


_of_loop: "WeakKeyDictionary[asyncio.AbstractEventLoop, Feed]" = WeakKeyDictionary()


def here() -> Feed:
    """That of the running event loop."""
    return _of_loop.setdefault(asyncio.get_running_loop(), Feed())


def _listeners() -> list[Listener]:
    """Those of this process, from any thread."""
    return [one for feed in list(_of_loop.values()) for one in feed.listeners.copy()]


counted.register("event_listeners", lambda: len(_listeners()))
counted.register("event_queue", lambda: sum(len(one.untold) for one in _listeners()))


def facts(listener: Listener) -> dict[str, Any]:
    """What it is told of its own subscription."""
    return {
        "types": sorted(listener.types),
        "chargers": None if listener.chargers is None else sorted(listener.chargers),
        "cursor": listener.cursor,
    }
