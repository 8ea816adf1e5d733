"""The pages of this process that are told which chargers have changed, and who tells them.

One task for each event loop, while there is such a page: once a second it takes what was noted and
gives each page its share. Without a page nothing runs and nothing is noted.
"""

import asyncio
import logging
import time
from collections.abc import Iterable
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async

from ocpp import changes
from ocpp.connection.hints import hints
from ocpp.domain.queries import changed as queries

logger = logging.getLogger(__name__)

#: A page is told at most so often (s).
TELL_S = 1.0
#: Between two looks at the database for what other processes have changed, without Redis (s).
LOOK_S = 5.0
#: Chargers in one message at most; when there are more it says that any may have changed.
MOST_TOLD = 1000
#: That any charger may have changed.
ANY = "*"
#: What a page says that shows the sessions of its visitor, wherever they run.
OWN = "own"
#: How long the names of chargers are remembered (s): one that is hidden may be named for so long.
NAMES_S = 60.0


class Watcher:
    """What one page wants to know, and what it has not been told yet."""

    def __init__(self, *, staff: bool, user: int | None = None) -> None:
        self.staff = staff
        #: Who looks; None for somebody unknown.
        self.user = user
        #: Whether `shown` is where the visitor's own sessions run, and follows them.
        self.own = False
        #: Ids by keys of the chargers it shows; None: all it may see.
        self.shown: dict[int, str] | None = {}
        self._untold: set[str] = set()
        self.some = asyncio.Event()

    def add(self, charger_ids: Iterable[str]) -> None:
        """These have changed."""
        self._untold.update(charger_ids)
        if len(self._untold) > MOST_TOLD:
            self._untold = {ANY}
        if self._untold:
            self.some.set()

    def take(self) -> list[str]:
        """What it is to be told now."""
        told = [ANY] if ANY in self._untold else sorted(self._untold)
        self._untold = set()
        self.some.clear()
        return told


class Watchers:
    """The pages of one event loop."""

    def __init__(self) -> None:
        self._watchers: set[Watcher] = set()
        self._task: asyncio.Task[None] | None = None
        self._names: dict[int, queries.Name] = {}
        self._names_since = 0.0
        self._seen: queries.Seen | None = None

    def join(self, watcher: Watcher) -> None:
        """Tell this page from now on."""
        self._watchers.add(watcher)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._work(changes.watch()))

    def leave(self, watcher: Watcher) -> None:
        """It is gone."""
        self._watchers.discard(watcher)

    async def end(self) -> None:
        """Nobody is told any more."""
        self._watchers.clear()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _work(self, pending: set[int]) -> None:
        looked = 0.0
        self._seen = None
        try:
            while self._watchers:
                await asyncio.sleep(TELL_S)
                try:
                    if hints.reachable.is_set():
                        self._seen, looked = None, 0.0
                    elif time.monotonic() - looked >= LOOK_S:
                        looked = time.monotonic()
                        await self._look()
                    await self._tell(pending)
                except Exception as trouble:
                    # The database is away. Its pages cannot be made now either.
                    logger.info("Pages are not told what has changed: %s", str(trouble).strip())
        finally:
            changes.forget(pending)

    async def _look(self) -> None:
        self._seen = await database_sync_to_async(queries.look)(self._seen)
        changes.heard(self._seen.changed)

    async def _tell(self, pending: set[int]) -> None:
        found = changes.take(pending)
        if not found:
            return
        everything = [one for one in self._watchers if one.shown is None]
        own = [one for one in self._watchers if one.own]
        try:
            if everything:
                await self._learn(found)
            if own:
                await self._follow(own, found)
        except Exception:
            pending.update(found)  # for the next round
            raise
        for watcher in self._watchers:
            if watcher.shown is not None and not watcher.own:
                watcher.add([watcher.shown[pk] for pk in watcher.shown.keys() & found])
        for watcher in everything:
            watcher.add(self._visible(found, staff=watcher.staff))

    async def _follow(self, own: list[Watcher], found: set[int]) -> None:
        """Tell of sessions that have begun, go on or have ended: one question for all of `own`."""
        users = {one.user for one in own if one.user is not None}
        running = await database_sync_to_async(queries.of_own_sessions)(users)
        for watcher in own:
            now = running.get(watcher.user, {}) if watcher.user is not None else {}
            places = (watcher.shown or {}) | now
            watcher.add([places[pk] for pk in places.keys() & found])
            watcher.shown = now

    async def _learn(self, found: set[int]) -> None:
        if time.monotonic() - self._names_since > NAMES_S:
            self._names, self._names_since = {}, time.monotonic()
        unknown = found - self._names.keys()
        if unknown and len(found) <= MOST_TOLD:
            self._names.update(await database_sync_to_async(queries.names)(unknown))

    def _visible(self, found: set[int], *, staff: bool) -> list[str]:
        if len(found) > MOST_TOLD:
            return [ANY]
        if not self._names.keys() >= found:
            return [ANY]  # one has been deleted, and pages know no keys
        names = [self._names[pk] for pk in found]
        return [one.charger_id for one in names if staff or one.public]


_of_loop: "WeakKeyDictionary[asyncio.AbstractEventLoop, Watchers]" = WeakKeyDictionary()


def here() -> Watchers:
    """Those of the running event loop."""
    return _of_loop.setdefault(asyncio.get_running_loop(), Watchers())
