"""What waits for the writer: a job, and who awaits its result."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any, Protocol

from ocpp.writer.batch import Batch

logger = logging.getLogger(__name__)


#: Called in the writer's thread after each batch, before its results are handed out.
after_batch: list[Callable[[], None]] = []


class Job(Protocol):
    """Something to be done within a batch."""

    #: It reads or writes through the ORM, so what was asked for before it is written first.
    reads: bool
    #: How long it may wait for its turn (s): then it has failed, and is not done any more.
    patience_s: float
    #: Who asked will ask again, and what is done twice counts once: so it may be answered as
    #: failed also while it is being done.
    asks_again: bool

    def run(self, batch: Batch) -> Any:
        """Do it and return its result, which is delivered after COMMIT. May raise."""

    def failed(self, error: Exception) -> Any:
        """The result when it could not be done: called outside of any transaction."""

    def committed(self, result: Any) -> None:
        """Called in the writer's thread after COMMIT, before the result is delivered."""

    def rolled_back(self) -> None:
        """What it had done is undone; it may be run again."""


#: Takes the result of a job in the event loop that waits for it. It may be told twice: that the job
#: has taken too long, and then what came of it.
Deliver = Callable[[Any], None]


class Ticket:
    """A job, and who takes its result in the event loop that waits."""

    __slots__ = ("answered", "deliver", "job", "loop", "result", "since")

    def __init__(self, job: Job, loop: asyncio.AbstractEventLoop, deliver: Deliver) -> None:
        self.job = job
        self.loop = loop
        self.deliver = deliver
        self.result: Any = None
        self.since = time.monotonic()
        #: It took too long and was answered as failed.
        self.answered = False

    def is_overdue(self, now: float) -> bool:
        """Whether it has waited for as long as it may."""
        return not self.answered and now - self.since > self.job.patience_s


def fail(tickets: list[Ticket], error: Exception) -> None:
    """Give each job's own answer to a failure as its result."""
    for ticket in tickets:
        ticket.result = None
        try:
            ticket.result = ticket.job.failed(error)
        except Exception:
            logger.exception("A failure has no answer")


def hand_out(tickets: list[Ticket]) -> None:
    """Wake each event loop once, with all of its results."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Ticket]] = {}
    for ticket in tickets:
        by_loop.setdefault(ticket.loop, []).append(ticket)
    for loop, group in by_loop.items():
        try:
            loop.call_soon_threadsafe(_deliver, group)
        except RuntimeError:
            # The loop has ended: its connections are gone, what they sent is stored.
            logger.debug("An event loop ended before its answers")


def _deliver(tickets: list[Ticket]) -> None:
    for ticket in tickets:
        try:
            ticket.deliver(ticket.result)
        except Exception:
            logger.exception("A result could not be taken; what it tells of is stored")


def into(future: "asyncio.Future[Any]") -> Deliver:
    """Results go into `future`, unless it has ended."""

    def deliver(result: Any) -> None:
        if not future.done():
            future.set_result(result)

    return deliver
