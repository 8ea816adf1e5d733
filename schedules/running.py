"""Threads of a process that do their rounds, and the one that carries out what is due."""

import logging
import threading
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connections

from schedules import domain

logger = logging.getLogger(__name__)

#: After trouble with the database it is looked again (s).
TROUBLE_S = 10.0


class Runner:
    """A thread that does a round of work again and again, beside whatever else the process does."""

    def __init__(
        self, name: str, work: Callable[[threading.Event], object], pause_s: Callable[[], float]
    ) -> None:
        """`work` is given what is set when it should end; `pause_s` is asked after each round.

        `name` is that of the thread, as the log has it too.
        """
        self._name, self._round, self._pause_s = name, work, pause_s
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()

    def start(self) -> None:
        """Begin, once. Returns at once."""
        with self._lock:
            if self._thread is None:
                self._ending.clear()
                # A daemon: a round that takes long must not keep the process from ending.
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()

    def stop(self, timeout_s: float = 1.0) -> None:
        """Begin no round any more; wait a little for the one that goes on."""
        with self._lock:
            thread, self._thread = self._thread, None
            self._ending.set()
        if thread is not None:
            thread.join(timeout_s)

    def _work(self) -> None:
        while not self._ending.is_set():
            pause_s = self._pause_s()
            try:
                self._round(self._ending)
            except DatabaseError as trouble:
                # No tables yet, or no database: it is looked again.
                logger.info("%s: waiting for the database: %s", self._name, str(trouble).strip())
                pause_s = TROUBLE_S
            except Exception:
                logger.exception("%s: a round of work failed", self._name)
                pause_s = TROUBLE_S
            finally:
                connections.close_all()
            self._ending.wait(pause_s)


class _Schedules:
    """What is due, of rows that are made once."""

    def __init__(self) -> None:
        self._known = False

    def __call__(self, ending: threading.Event) -> None:
        if not self._known:
            domain.make_rows()
            self._known = True
        for _ in domain.run_due():
            if ending.is_set():
                break


runner = Runner("schedules", _Schedules(), lambda: float(settings.SCHEDULES_LOOK_S))
start = runner.start
stop = runner.stop
