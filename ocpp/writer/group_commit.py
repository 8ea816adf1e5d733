"""The writer: one thread that handles what has arrived, commits once, then hands out answers.

There is no artificial delay: the next batch is whatever came in while the last one committed.
When a batch fails, its jobs are run again one by one, each in a transaction of its own, so that
one bad message fails alone. Therefore a job touches nothing but the database.
"""

import asyncio
import gc
import logging
import sys
import threading
import time
from collections import deque
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from ocpp import metrics
from ocpp.writer import watch
from ocpp.writer.batch import Batch
from ocpp.writer.tickets import Deliver, Job, Ticket, after_batch, fail, hand_out, into

logger = logging.getLogger(__name__)

#: Errors of the database as such, not of what was asked of it.
DATABASE_TROUBLE = (OperationalError, InterfaceError)
#: PostgreSQL's statement timeout, deadlock and lock timeout.
ONE_MESSAGE_PGCODES = frozenset({"57014", "40P01", "55P03"})
THREAD_NAME = "ocpp-writer"
#: How long the writer waits for another's lock (ms).
LOCK_MS = 2000
#: How long running jobs one by one may take in all (s): a charge point waits for some 8 s.
ONE_BY_ONE_S = 4.0

#: Jobs in one COMMIT at most: a bound on how long the first of them waits for its answer.
MAX_BATCH = 500

#: When the garbage collector looks for cycles: after so many new objects, and how much more seldom
#: among older and the oldest ones.
COLLECT = (10_000, 20, 20)


class CommitUncertain(Exception):
    """The connection broke during COMMIT: what was asked for may be stored, or not."""


class GroupCommit:
    """A queue of jobs and the thread that does them."""

    def __init__(self) -> None:
        self._queue: deque[Ticket] = deque()
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stopping = False
        #: What the thread has taken and not handed out yet.
        self._under_way: list[Ticket] = []

    def submit(self, job: Job) -> "asyncio.Future[Any]":
        """Queue `job`; the future ends after its COMMIT, with its result.

        To be called in an event loop. Never raises for what the job does: a job turns its own
        failure into a result.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self.hand(job, loop, into(future))
        return future

    def hand(self, job: Job, loop: asyncio.AbstractEventLoop, deliver: Deliver) -> None:
        """Queue `job`; `deliver` is called in `loop` after its COMMIT, with its result."""
        ticket = Ticket(job, loop, deliver)
        with self._wake:
            self._queue.append(ticket)
            if self._thread is None or not self._thread.is_alive():
                self._start()
            if len(self._queue) == 1:
                self._wake.notify()

    @property
    def waiting(self) -> int:
        """How many jobs wait for the next batch."""
        return len(self._queue)

    def stop(self, timeout_s: float = 5.0) -> None:
        """Do what is queued, then end the thread. Another `submit` starts it again."""
        with self._wake:
            thread = self._thread
            self._stopping = True
            self._wake.notify()
        if thread is not None:
            thread.join(timeout_s)

    def _start(self) -> None:
        # The default of 5 ms lets the event loop keep the writer waiting while both want the
        # interpreter; measured, this shortens a batch by a third.
        sys.setswitchinterval(min(sys.getswitchinterval(), 0.0005))
        # Connections live for days. Looking again and again through what they hold took a seventh
        # of the server's time while a fleet connected (`perf`, 3,000 connections).
        gc.set_threshold(*COLLECT)
        self._stopping = False
        self._thread = threading.Thread(target=self._work, name=THREAD_NAME, daemon=True)
        self._thread.start()

    def _take(self) -> list[Ticket]:
        """Wait for jobs; an empty list means the end."""
        with self._wake:
            while not self._queue and not self._stopping:
                self._wake.wait()
            if not self._queue:
                self._thread = None  # who submits from now on starts another
            size = min(len(self._queue), MAX_BATCH)
            return [self._queue.popleft() for _ in range(size)]

    def _work(self) -> None:
        connection_created.connect(_wait_less, dispatch_uid="ocpp.writer")
        try:
            with watch.watched(self._answer_overdue):
                while tickets := self._take():
                    self._under_way = tickets
                    watch.asking()
                    self._do(tickets)
                    watch.resting()
                    self._under_way = []
                    _follow_up()
                    hand_out(tickets)
        finally:
            connection.close()

    def _answer_overdue(self) -> None:
        """Answer what has waited too long as failed. Called in the watch's thread, now and then."""
        now = time.monotonic()
        with self._wake:
            overdue = [ticket for ticket in self._queue if ticket.is_overdue(now)]
            if overdue:
                left = [ticket for ticket in self._queue if not ticket.is_overdue(now)]
                self._queue.clear()
                self._queue.extend(left)
            begun = self._under_way
            overdue += [each for each in begun if each.job.asks_again and each.is_overdue(now)]
            for ticket in overdue:
                ticket.answered = True
        if overdue:
            # The writer may be about to set the results of the very same tickets.
            failed = [Ticket(ticket.job, ticket.loop, ticket.deliver) for ticket in overdue]
            _give_up(failed, TimeoutError("the database does not answer in time"))
            hand_out(failed)

    def _do(self, tickets: list[Ticket]) -> None:
        used = None
        try:
            connection.ensure_connection()
            used = connection.connection
            _run(tickets)
        except DATABASE_TROUBLE as error:
            if watch.was_cut():
                # Another connection would take as long, and they have waited enough.
                connection.close()
                _give_up(tickets, error)
            elif _reconnected(used):
                # The connection was lost before the COMMIT: nothing of it is stored.
                self._do_on_new_connection(tickets)
            elif len(tickets) > 1 and _concerns_one(error):
                _one_by_one(tickets)
            else:
                # Locked, full or away: trying each message would take its timeout for each.
                _give_up(tickets, error)
        except CommitUncertain as error:
            _give_up(tickets, error)
        except Exception as error:
            _alone_or_one_by_one(tickets, error)

    def _do_on_new_connection(self, tickets: list[Ticket]) -> None:
        try:
            _run(tickets)
        except (*DATABASE_TROUBLE, CommitUncertain) as error:
            _give_up(tickets, error)
        except Exception as error:
            _alone_or_one_by_one(tickets, error)


def _follow_up() -> None:
    for deed in after_batch:
        try:
            deed()
        except Exception:
            logger.exception("What follows a batch failed; the batch stands")


def _wait_less(sender: object, connection: BaseDatabaseWrapper, **kwargs: object) -> None:
    """The writer's own connection waits less long for a lock than a page may.

    A charge point gives up after some 8 s, and there may be a batch before its own.
    """
    if connection.vendor == "sqlite" and threading.current_thread().name == THREAD_NAME:
        connection.connection.execute(f"PRAGMA busy_timeout = {LOCK_MS}")


def _run(tickets: list[Ticket]) -> None:
    """Run the jobs in one transaction. Raises CommitUncertain when COMMIT itself was cut off."""
    batch = Batch()
    committing = False
    begun = committing_since = time.perf_counter()
    _leave_no_transaction_open()
    try:
        with transaction.atomic(durable=True):
            for ticket in tickets:
                if ticket.job.reads:
                    batch.flush()
                ticket.result = ticket.job.run(batch)
                watch.asking()
            batch.flush()
            watch.asking()
            _let_listeners_fail_alone()
            committing = True
            committing_since = time.perf_counter()
    except BaseException as error:
        for ticket in tickets:
            ticket.job.rolled_back()
        if committing and isinstance(error, DATABASE_TROUBLE):
            raise CommitUncertain(str(error)) from error
        raise
    metrics.committed(len(tickets), begun, committing_since, time.perf_counter())
    for ticket in tickets:
        try:
            ticket.job.committed(ticket.result)
        except Exception:
            logger.exception("What follows a COMMIT failed; the COMMIT stands")


def _leave_no_transaction_open() -> None:
    """A connection that an earlier failure left within a transaction is not used any more.

    Django would take the transaction for somebody else's, and never commit what is acknowledged.
    """
    if connection.connection is not None and not connection.autocommit:
        logger.error("The database connection was left within a transaction: it is closed")
        connection.close()


def _let_listeners_fail_alone() -> None:
    """Whatever a listener raises after COMMIT, the other ones are called and the COMMIT stands.

    Otherwise it would look as if the batch had failed, and all of it would be stored twice.
    """
    # (savepoints, function, robust): django-stubs do not know of the third part.
    hooks: list[Any] = connection.run_on_commit
    hooks[:] = [(savepoints, function, True) for savepoints, function, _ in hooks]


def _reconnected(used: object) -> bool:
    """Whether the connection `used` (None when there was none) was broken and a new one works."""
    watch.asking()
    try:
        if connection.connection is not None and connection.is_usable():
            # Django may have connected again by itself, when it ended the transaction.
            return used is not None and connection.connection is not used
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:
        connection.close()
        return False
    return True


def _concerns_one(error: Exception) -> bool:
    """Whether the trouble may be that of a single message: a timeout, a deadlock, bad SQL."""
    cause = error.__cause__
    return (
        getattr(cause, "pgcode", None) in ONE_MESSAGE_PGCODES
        # SQLite has no other class for a statement that it does not understand.
        or getattr(cause, "sqlite_errorname", None) == "SQLITE_ERROR"
    )


def _alone_or_one_by_one(tickets: list[Ticket], error: Exception) -> None:
    if len(tickets) == 1:
        logger.error("A message could not be handled", exc_info=error)
        metrics.not_stored["message"] += 1
        fail(tickets, error)
    else:
        _one_by_one(tickets)


def _one_by_one(tickets: list[Ticket]) -> None:
    """Each job in a transaction of its own, as long as that takes no longer than a client waits."""
    end = time.monotonic() + ONE_BY_ONE_S
    for index, ticket in enumerate(tickets):
        if time.monotonic() > end:
            _give_up(tickets[index:], TimeoutError("the database is too slow"))
            return
        if ticket.answered:
            continue
        try:
            watch.asking()
            _run([ticket])
        except (*DATABASE_TROUBLE, CommitUncertain) as error:
            _give_up([ticket], error)
        except Exception as error:
            _alone_or_one_by_one([ticket], error)


def _give_up(tickets: list[Ticket], error: Exception) -> None:
    logger.error("The database did not take %d messages: %s", len(tickets), str(error).strip())
    metrics.not_stored["database"] += len(tickets)
    fail(tickets, error)


#: The writer of this process.
writer = GroupCommit()
metrics.register("queue", lambda: writer.waiting)
