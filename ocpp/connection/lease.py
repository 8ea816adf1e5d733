"""The lease of this process: a thread that renews it, and notices when another's is over.

A thread with a connection of its own to the database: neither a long batch of the writer nor a
busy event loop ends a lease. A process that could not renew its lease in time, because it or its
database stood still, judges nobody until the others have had time to renew theirs.
"""

import logging
import threading
import time
from datetime import UTC, datetime

from django.conf import settings
from django.db import DatabaseError, connection

from ocpp import store
from ocpp.domain import chargers, commands, processes
from ocpp.writer import watch

logger = logging.getLogger(__name__)

#: A lease is renewed this many times while it lasts.
RENEWALS = 6
#: However short the lease is, it is not renewed more often than this (s).
SHORTEST_S = 0.2
#: After trouble with the database it is tried again (s).
RETRY_S = 1.0
#: After so many renewals all connections are compared with the database.
COMPARE_EVERY = 5
#: How long the start of a server waits for the first renewal (s).
START_S = 5.0


class Lease:
    """The lease of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()
        self._first = threading.Event()
        #: When the lease was last begun or renewed, and since when without a gap.
        self._renewed: float | None = None
        self._unbroken = 0.0
        self._pause_s = RETRY_S

    def start(self, timeout_s: float = START_S) -> None:
        """Begin, once; returns when the lease is held, or cannot be had yet."""
        with self._lock:
            if self._thread is None:
                self._ending.clear()
                self._first.clear()
                self._thread = threading.Thread(target=self._work, name="ocpp-lease", daemon=True)
                self._thread.start()
        self._first.wait(timeout_s)

    def stop(self, timeout_s: float = 1.5) -> None:
        """Give the lease back, and with it all chargers. Harmless when there is none."""
        with self._lock:
            thread, self._thread = self._thread, None
            self._ending.set()
        if thread is not None:
            thread.join(timeout_s)

    @property
    def began(self) -> bool:
        """Whether this process has a lease at all: it serves charge points, and not alone."""
        return self._thread is not None

    @property
    def lapsed(self) -> bool:
        """Whether the lease may be over: the process or its database stood still."""
        return self._renewed is None or time.monotonic() - self._renewed > settings.OCPP_LEASE_S

    def _work(self) -> None:
        with watch.watched():
            self._keep()

    def _keep(self) -> None:
        try:
            watch.asking()
            _correct_at_start()
            rounds = 0
            while True:
                self._round(compare=rounds % COMPARE_EVERY == 0)
                watch.resting()
                self._first.set()
                rounds += 1
                if self._ending.wait(self._pause_s):
                    break
            self._give_back()
        finally:
            self._first.set()
            connection.close()

    def _round(self, *, compare: bool) -> None:
        watch.asking()
        try:
            asked = time.monotonic()
            held = processes.renew()
            watch.asking()
            if self.lapsed:
                self._unbroken = asked
            # It lasts from when the database was asked, not from when it answered.
            lost = self._renewed is not None and not held
            self._renewed = asked
            if lost:
                logger.warning("The lease of this process was over; it has a new one")
            if lost or compare:
                self._compare(regain=lost)
            watch.asking()
            if asked - self._unbroken > settings.OCPP_LEASE_S:
                processes.bury_the_dead(datetime.now(UTC))
        except DatabaseError as trouble:
            self._failed()
            logger.info("The lease waits for the database: %s", str(trouble).strip())
        except Exception:
            self._failed()
            logger.exception("The lease could not be renewed")
        else:
            self._pause_s = max(SHORTEST_S, settings.OCPP_LEASE_S / RENEWALS)

    def _failed(self) -> None:
        """What kept this process from the database may have kept others from it."""
        self._unbroken = time.monotonic()
        self._pause_s = RETRY_S
        connection.close()

    def _compare(self, *, regain: bool) -> None:
        held = {pk: session.epoch for pk, session in list(store.sessions.items())}
        found = processes.compare(held, regain=regain)
        for charger_pk in found.outdated:
            session = store.sessions.get(charger_pk)
            if session is not None and session.epoch == held[charger_pk]:
                session.dismiss()
        for charger_pk in found.regained:
            session = store.sessions.get(charger_pk)
            if session is None or session.epoch != held[charger_pk]:
                # It has ended meanwhile, and its end was stored before.
                chargers.leave(charger_pk, held[charger_pk], datetime.now(UTC))

    def _give_back(self) -> None:
        watch.asking()
        try:
            processes.leave(datetime.now(UTC))
        except Exception as trouble:
            logger.info("The lease was not given back: %s", str(trouble).strip())


def _correct_at_start() -> None:
    """Correct what processes of this host that ended without a word have left."""
    now = datetime.now(UTC)
    try:
        corrected = chargers.reset_presence(now)
        commands.fail_all_sent(now)
    except Exception as error:
        # No tables yet, or no database: a server that starts says so itself soon enough.
        logger.info("Presence was not corrected: %s", error)
        connection.close()
    else:
        logger.info("Presence of %d chargers corrected", corrected)


lease = Lease()
