"""The thread of a process that carries out what is due."""

import logging
import threading

from django.conf import settings
from django.db import DatabaseError, connections

from schedules import domain

logger = logging.getLogger(__name__)

#: After trouble with the database it is looked again (s).
TROUBLE_S = 10.0


class Runner:
    """Looks for duties that are due, beside whatever else the process does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()

    def start(self) -> None:
        """Begin, once. Returns at once."""
        with self._lock:
            if self._thread is None:
                self._ending.clear()
                # A daemon: a duty that takes long must not keep the process from ending.
                self._thread = threading.Thread(target=self._work, name="schedules", daemon=True)
                self._thread.start()

    def stop(self, timeout_s: float = 1.0) -> None:
        """Begin no duty any more; wait a little for the one that is being carried out."""
        with self._lock:
            thread, self._thread = self._thread, None
            self._ending.set()
        if thread is not None:
            thread.join(timeout_s)

    def _work(self) -> None:
        known = False
        while not self._ending.is_set():
            pause_s: float = settings.SCHEDULES_LOOK_S
            try:
                if not known:
                    domain.make_rows()
                    known = True
                for _ in domain.run_due():
                    if self._ending.is_set():
                        break
            except DatabaseError as trouble:
                # No tables yet, or no database: it is looked again.
                logger.info("Schedules wait for the database: %s", str(trouble).strip())
                pause_s = TROUBLE_S
            except Exception:
                logger.exception("Schedules could not be looked at")
                pause_s = TROUBLE_S
            finally:
                connections.close_all()
            self._ending.wait(pause_s)


runner = Runner()
start = runner.start
stop = runner.stop
