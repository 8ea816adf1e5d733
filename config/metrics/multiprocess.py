"""The counts of several workers, put together in files of prometheus-client's multiprocess mode.

A worker counts in plain numbers; a thread copies them each second into files that are mapped into
memory, named after its process. Whichever worker Prometheus asks adds up the files of all. Counters
of a worker that has ended stay in the sum, as they must not fall; what it held goes with it.
"""

import logging
import os
import shutil
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.values import MultiProcessValue

from config.metrics import families
from config.metrics.families import PREFIX
from config.metrics.kinds import Counter, Distribution, Family, Gauge
from ocpp import metrics

logger = logging.getLogger(__name__)

#: Where prometheus-client expects the folder.
VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
#: The files of a process, without its number, and how much each takes (bytes): some 300 series.
FILES = ("counter", "gauge_liveall", "gauge_livesum", "histogram")
RESERVED = 1 << 16
#: How often a process copies its numbers (s).
EVERY_S = 1.0


def folder() -> str:
    """The folder of the files; "" for a process without a supervisor."""
    return os.environ.get(VARIABLE, "")


class Shared:
    """The folder of the files, as the supervisor keeps it."""

    def __init__(self) -> None:
        """Make the folder, or empty the one that the environment names, and tell the workers."""
        given = folder()
        self._own = not given
        self.path = Path(given or tempfile.mkdtemp(prefix="constellation-metrics-"))
        self.path.mkdir(parents=True, exist_ok=True)
        self._empty()
        os.environ[VARIABLE] = str(self.path)

    def forget(self, pid: int) -> None:
        """That process has ended: what it held is no more."""
        try:
            mark_process_dead(pid, str(self.path))
        except OSError as error:
            logger.warning("Metrics of process %d stay: %s", pid, error)

    def remove(self) -> None:
        """The end: no worker is left."""
        if self._own:
            shutil.rmtree(self.path, ignore_errors=True)
            os.environ.pop(VARIABLE, None)
        else:
            self._empty()

    def _empty(self) -> None:
        for file in self.path.glob("*.db"):
            file.unlink(missing_ok=True)


class Publisher:
    """Copies the numbers of this process into its files."""

    def __init__(self) -> None:
        self._value = MultiProcessValue()
        self._values: dict[tuple[str, tuple[str, ...]], Any] = {}
        self._lock = threading.Lock()
        self._reserved = ""
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Copy them each second, where there is a folder."""
        if folder() and self._thread is None:
            self._ending.clear()
            self._thread = threading.Thread(target=self._work, name="metrics", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Copy them a last time."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._ending.set()
            thread.join(1.0)
            with suppress(OSError):
                self.publish()

    def _work(self) -> None:
        while not self._ending.wait(EVERY_S):
            metrics.recent.sample()
            try:
                self.publish()
            except OSError as error:
                logger.warning("Metrics cannot be shared: %s", error)
                return

    def publish(self) -> None:
        """Copy them now. Raises OSError when there is no room for the files."""
        with self._lock:
            if self._reserved != folder():
                self._reserve()
            for family in families.PROCESS:
                if isinstance(family, Distribution):
                    self._distribution(family)
                    continue
                suffix = "_total" if isinstance(family, Counter) else ""
                for labels, value in family.read().items():
                    self._set(family, suffix, family.labels, labels, value)

    def _reserve(self) -> None:
        """Take the room that the files need, and only then give them their names.

        A full disk would kill a process that writes into a mapped file which has no room yet,
        and a reader stumbles over one that is empty.
        """
        made = Path(folder())
        for name in FILES:
            file = made / f"{name}_{os.getpid()}.db"
            new = file.with_suffix(".new")
            new.write_bytes(bytes(RESERVED))
            new.rename(file)
        self._value, self._values = MultiProcessValue(), {}
        self._reserved = str(made)

    def _distribution(self, family: Distribution) -> None:
        for bound, count in families.buckets(family.values):
            self._set(family, "_bucket", ("le",), (bound,), count)
        self._set(family, "_sum", (), (), family.values.sum)

    def _set(
        self,
        family: Family,
        suffix: str,
        names: tuple[str, ...],
        labels: tuple[str, ...],
        value: float,
    ) -> None:
        base = PREFIX + family.name
        key = (base + suffix, labels)
        if key not in self._values:
            kind = {Counter: "counter", Gauge: "gauge", Distribution: "histogram"}[type(family)]
            mode = family.together if isinstance(family, Gauge) else ""
            self._values[key] = self._value(
                kind, base, base + suffix, names, labels, family.help, multiprocess_mode=mode
            )
        self._values[key].set(float(value))


publisher = Publisher()
start = publisher.start
stop = publisher.stop


def registry() -> CollectorRegistry:
    """What is to be told now: of all workers, or of this process where it is alone."""
    made = CollectorRegistry()
    if folder():
        try:
            publisher.publish()
        except OSError as error:
            logger.warning("Metrics of this process are missing: %s", error)
        MultiProcessCollector(made)
    else:
        metrics.recent.sample()
        made.register(families.OfProcess())
    made.register(families.OfNode())
    return made
