"""Runs simulators in this process: one thread with an event loop for all, one for their rows.

The event loop never touches the database, and the thread that does never waits for a charge
point, so a slow database delays only what is shown.
"""

import asyncio
import atexit
import logging
import queue
import threading
import uuid
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from django.db import DatabaseError, close_old_connections, connections, transaction
from django.utils import timezone

from ocpp.domain.simulators import rows
from ocpp.domain.simulators.words import BROKEN, ENDED
from ocpp.models import Simulator
from ocpp.simulator import ChargePointSimulator, SimulatorConfig, SimulatorError

logger = logging.getLogger(__name__)

#: How long the end of this process waits for transactions to be stopped (s).
SHUTDOWN_LIMIT_S = 2.0


def start(simulator: Simulator) -> None:
    """Run a simulator in this process from the end of the present transaction on.

    Raises ValueError when it cannot be run as it is set, and `AlreadyRunning`.
    """
    rows.config_of(simulator)
    run = rows.claim(simulator, timezone.now())
    # Again, for the claim has read the row anew: its meter may have counted on.
    transaction.on_commit(partial(_host.launch, run, rows.config_of(simulator)))


def stop(simulator: Simulator) -> bool:
    """Have a simulator end its transaction and go offline, whichever process runs it.

    False when it was not running. Here it happens at once, elsewhere within `BEAT_S`.
    """
    stopping = rows.request_stop(simulator, timezone.now())
    transaction.on_commit(_host.look)
    return stopping


def shutdown(limit_s: float = SHUTDOWN_LIMIT_S) -> None:
    """Stop everything that runs in this process and end its threads."""
    _host.shutdown(limit_s)


@dataclass
class _Run:
    id: uuid.UUID
    point: ChargePointSimulator
    future: "Future[None]"

    def report(self) -> rows.Report:
        """What it is doing; read from another thread, so a moment may be mixed."""
        return rows.Report(
            phase=self.point.phase,
            sessions=self.point.sessions,
            energy_wh=self.point.energy_wh,
            register_wh=self.point.connector.meter.register_wh,
        )


class _Host:
    """The two threads and what they run. They live from the first launch to `shutdown`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: dict[uuid.UUID, _Run] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._threads: list[threading.Thread] = []
        #: True has the keeper look at the rows now, False ends it.
        self._wake: queue.SimpleQueue[bool] = queue.SimpleQueue()

    def launch(self, run: uuid.UUID, config: SimulatorConfig) -> None:
        """Begin a run that was claimed."""
        with self._lock:
            loop = self._loop or self._begin()
            point = ChargePointSimulator(config)
            future = asyncio.run_coroutine_threadsafe(point.run(), loop)
            self._runs[run] = _Run(run, point, future)
        future.add_done_callback(lambda _done: self.look())
        self.look()

    def look(self) -> None:
        """Have the rows compared with what runs, now."""
        self._wake.put(True)

    def shutdown(self, limit_s: float) -> None:
        """Stop every run, let the rows tell it, end the threads."""
        with self._lock:
            loop, self._loop = self._loop, None
            threads, self._threads = self._threads, []
            runs = list(self._runs.values())
        if loop is None:
            return
        for run in runs:
            loop.call_soon_threadsafe(run.point.stop)
        self._wake.put(False)
        keeper, runner = threads
        keeper.join(limit_s)
        for run in runs:
            run.future.cancel()
        keeper.join(rows.BEAT_S)
        loop.call_soon_threadsafe(loop.stop)
        runner.join(rows.BEAT_S)

    def _begin(self) -> asyncio.AbstractEventLoop:
        loop = self._loop = asyncio.new_event_loop()
        self._threads = [
            threading.Thread(target=self._keep, name="simulator rows", daemon=True),
            threading.Thread(target=self._serve, args=[loop], name="simulators", daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        return loop

    @staticmethod
    def _serve(loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_forever()
        finally:
            loop.close()

    # --- the thread of the rows ---------------------------------------------------------------

    def _keep(self) -> None:
        """Write signs of life; after `shutdown`, until the last run has ended."""
        going_on = True
        try:
            while going_on or self._runs:
                with suppress(queue.Empty):
                    going_on &= self._wake.get(timeout=rows.BEAT_S if self._runs else None)
                self._compare()
        finally:
            connections.close_all()

    def _compare(self) -> None:
        close_old_connections()
        for run in list(self._runs.values()):
            try:
                self._tell(run)
            except DatabaseError as error:
                # It is told with the next beat.
                logger.warning("The row of a simulator cannot be written: %s", error)
        if not self._runs:
            # Nothing runs: hold no connection while waiting.
            connections.close_all()

    def _tell(self, run: _Run) -> None:
        now = timezone.now()
        if run.future.done():
            kind, detail = _error(run.future)
            rows.finish(run.id, run.report(), now, kind, detail)
            del self._runs[run.id]
            return
        if not rows.beat(run.id, run.report(), now) and self._loop:
            self._loop.call_soon_threadsafe(run.point.stop)


def _error(future: "Future[None]") -> tuple[str, str]:
    """Kind and detail of what ended a run; empty when nothing went wrong."""
    try:
        error = future.exception()
    except CancelledError:
        return ENDED, ""
    if error is None:
        return "", ""
    if isinstance(error, SimulatorError):
        return error.kind, error.detail
    logger.error("A simulator broke down", exc_info=error)
    return BROKEN, repr(error)


_host = _Host()
atexit.register(shutdown)
