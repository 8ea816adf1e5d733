"""Nobody waits without an end for a database that says nothing at all.

Its own limits (statement and lock timeouts) help while it works. One that is frozen keeps its
socket open and answers nothing, and a thread that reads from that socket would wait until it goes
on. So a second thread looks after the first: when nothing has moved for too long it cuts the
connection, and the first goes on as with any connection that was lost.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

logger = logging.getLogger(__name__)

#: How long the database may say nothing (s): a little more than its own limit for a statement.
HUNG_S = 6.0
#: Between two looks (s).
LOOK_S = 0.25

_here = threading.local()


class _Watch:
    """What is known of a thread that is looked after."""

    def __init__(self, database: BaseDatabaseWrapper, look: Callable[[], None] | None) -> None:
        self.database = database
        self.look = look
        self.name = threading.current_thread().name
        self.ended = threading.Event()
        #: Since when it asks the database for something, and nothing has moved.
        self.since: float | None = None
        self.cut = False

    def work(self) -> None:
        """Look after it until it ends."""
        while not self.ended.wait(LOOK_S):
            try:
                self._look()
            except Exception:
                logger.exception("The watch over %s has failed, and goes on", self.name)

    def _look(self) -> None:
        since = self.since
        if since is None:
            return
        if time.monotonic() - since > HUNG_S and _cut(self.database):
            self.cut = True
            self.since = time.monotonic()
            logger.error("The database has said nothing for %g s: %s is cut off", HUNG_S, self.name)
        if self.look is not None:
            self.look()


@contextmanager
def watched(look: Callable[[], None] | None = None) -> Iterator[None]:
    """Look after this thread's connection to the database from a second thread.

    `look` is called there again and again while this thread asks for something.
    """
    watch = _here.watch = _Watch(connections[connection.alias], look)
    threading.Thread(target=watch.work, name=f"{watch.name}-watch", daemon=True).start()
    try:
        yield
    finally:
        del _here.watch
        watch.ended.set()


def asking() -> None:
    """From here on this thread waits for the database; to be said again whenever it has moved."""
    watch: _Watch | None = getattr(_here, "watch", None)
    if watch is not None:
        watch.since = time.monotonic()


def resting() -> None:
    """This thread asks the database for nothing now."""
    watch: _Watch | None = getattr(_here, "watch", None)
    if watch is not None:
        watch.since = None
        watch.cut = False


def was_cut() -> bool:
    """Whether the connection of this thread was cut since it last rested."""
    watch: _Watch | None = getattr(_here, "watch", None)
    return watch is not None and watch.cut


def _cut(database: BaseDatabaseWrapper) -> bool:
    """End what another thread waits for; returns False where there is nothing to be cut.

    The connection itself may be closed by its own thread only.
    """
    raw = database.connection
    if raw is None:
        return False  # It is just connecting, which has a limit of its own.
    if database.vendor == "sqlite":
        raw.interrupt()
        return True
    try:
        descriptor = raw.fileno()
        with socket.socket(fileno=os.dup(descriptor)) as duplicate:
            if database.connection is not raw or raw.fileno() != descriptor:
                return False  # Its thread has gone on in this very moment.
            duplicate.shutdown(socket.SHUT_RDWR)
    except Exception as error:
        # Closed meanwhile, by its own thread or by the other side.
        logger.debug("Nothing was cut: %s", error)
        return False
    return True
