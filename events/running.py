"""The thread of a server process that collects events and tells webhooks, while it is wanted."""

import logging
import threading

from django.db import DatabaseError, connections

from events.domain import collecting, delivering

logger = logging.getLogger(__name__)

#: Between two rounds, and after trouble with the database (s).
PAUSE_S = 2.0
TROUBLE_S = 10.0


class Runner:
    """Looks every few seconds; with nobody to be told that is one small question."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()

    def start(self) -> None:
        """Begin, once. Returns at once."""
        with self._lock:
            if self._thread is None:
                self._ending.clear()
                # A daemon: a receiver that takes its time must not keep the process from ending.
                self._thread = threading.Thread(target=self._work, name="events", daemon=True)
                self._thread.start()

    def stop(self, timeout_s: float = 1.0) -> None:
        """Begin no round any more; wait a little for the one that goes on."""
        with self._lock:
            thread, self._thread = self._thread, None
            self._ending.set()
        if thread is not None:
            thread.join(timeout_s)

    def _work(self) -> None:
        while not self._ending.wait(PAUSE_S):
            try:
                round_of_work()
            except DatabaseError as trouble:
                # No tables yet, or no database: it is looked again.
                logger.info("Events wait for the database: %s", str(trouble).strip())
                self._ending.wait(TROUBLE_S)
            except Exception:
                logger.exception("Events could not be collected")
                self._ending.wait(TROUBLE_S)
            finally:
                connections.close_all()


def round_of_work() -> None:
    """Collect and deliver where anybody wants it."""
    if collecting.wanted():
        collecting.collect()
        delivering.deliver_due()
    else:
        collecting.rest()


runner = Runner()
start = runner.start
stop = runner.stop
