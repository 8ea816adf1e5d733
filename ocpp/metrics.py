"""What this process has done and what it holds, in plain numbers, for whoever wants to see it run.

Counting is an entry of a dictionary: no lock and no library, since it happens for every message.
A counter that several threads share may miss a count now and then. Numbers are read when somebody
asks (`config.metrics` for Prometheus, `snapshot` for the status page), and nothing is stored here.
"""

import os
import threading
import time
from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

#: Calls of charge points and calls to them, by action; CALLERRORs that we answered, by code.
received: defaultdict[str, int] = defaultdict(int)
sent: defaultdict[str, int] = defaultdict(int)
errors: defaultdict[str, int] = defaultdict(int)
#: Handshakes by outcome: `accepted`, or the code of the refusal.
handshakes: defaultdict[str, int] = defaultdict(int)
#: Recorded oddities by kind, and commands by the state that they came to.
anomalies: defaultdict[str, int] = defaultdict(int)
commands: defaultdict[str, int] = defaultdict(int)
#: What the writer could not store, by reason.
not_stored: defaultdict[str, int] = defaultdict(int)

#: Labels for what has none of the names that are known: their number is bounded.
OTHER = "other"
UNREADABLE = "unreadable"

#: What is shown of the last minutes: so many stretches of so long (s).
STRETCH_S = 20
STRETCHES = 30
#: The window of "now" (s).
WINDOW_S = 60.0

#: When this process began, as far as it counts (s since 1970).
BEGUN = time.time()


class Histogram:
    """How often a value was at most each of `bounds`; one thread adds."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        #: For each bound what is above the one before it, and last what is above them all.
        self.counts = [0] * (len(self.bounds) + 1)
        self.sum = 0.0

    def add(self, value: float) -> None:
        """One more value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value

    def quantile(self, part: float, since: Sequence[int] = ()) -> float | None:
        """The bound below which `part` of the values lie, of those after the counts `since`.

        None when there are none. Values above all bounds count as the last one.
        """
        counts = [
            now - before
            for now, before in zip(self.counts, since or [0] * len(self.counts), strict=True)
        ]
        total = sum(counts)
        if not total:
            return None
        seen = 0
        for bound, count in zip(self.bounds, counts, strict=False):
            seen += count
            if seen >= part * total:
                return bound
        return self.bounds[-1]


#: Seconds of a COMMIT alone, and of a batch from its first job to the end of its COMMIT.
SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
commit_seconds = Histogram(SECONDS)
batch_seconds = Histogram(SECONDS)
#: Jobs in one COMMIT.
batch_size = Histogram((1, 2, 5, 10, 20, 50, 100, 200, 500))

_readers: dict[str, Callable[[], Any]] = {}


def register(name: str, read: Callable[[], Any]) -> None:
    """Have `read` called for what has the name: whoever holds a number offers it here.

    `queue` and `connected` are numbers; `limits` is a mapping of a limit's name to how often it
    was hit, `events` one of what the app on top of this one has told. Reading must be quick, and
    may happen in any thread.
    """
    _readers[name] = read


def number(name: str) -> int:
    """A registered number; 0 where nobody offers it."""
    return int(_readers[name]()) if name in _readers else 0


def mapping(name: str) -> dict[str, int]:
    """Registered counts by name; none where nobody offers them."""
    found: Mapping[Any, Any] = _readers[name]() if name in _readers else {}
    return {str(key): int(value) for key, value in found.items()}


def count(counter: defaultdict[str, int], label: str) -> None:
    """One more, for where a function is wanted."""
    counter[label] += 1


def committed(jobs: int, begun: float, committing: float, ended: float) -> None:
    """A batch is stored: its size, and its times (`time.perf_counter`). For the writer's thread."""
    batch_size.add(jobs)
    batch_seconds.add(ended - begun)
    commit_seconds.add(ended - committing)


def memory() -> int:
    """Resident memory of this process (bytes); 0 where the system does not tell."""
    try:
        with open("/proc/self/statm") as told:
            return int(told.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


class Recent:
    """The last minutes: somebody takes a sample every few seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._total = 0
        #: Stretches of time (their number since 1970) and the messages in each.
        self._stretches: deque[list[int]] = deque(maxlen=STRETCHES)
        #: Samples of the window: when, messages in all, and counts of the histograms.
        self._samples: deque[tuple[float, int, list[int], list[int], float]] = deque()

    def sample(self, now: float | None = None) -> None:
        """Note how far the counters are, at `now` (s since 1970)."""
        now = time.time() if now is None else now
        total = sum(received.copy().values())
        with self._lock:
            stretch = int(now // STRETCH_S)
            if not self._stretches or self._stretches[-1][0] < stretch:
                self._stretches.append([stretch, 0])
            self._stretches[-1][1] += total - self._total
            self._total = total
            sizes = batch_size
            self._samples.append(
                (now, total, commit_seconds.counts.copy(), sizes.counts.copy(), sizes.sum)
            )
            while len(self._samples) > 2 and self._samples[1][0] <= now - WINDOW_S:
                self._samples.popleft()

    def messages_a_second(self) -> float:
        """Over the last 10 s or so, as far as there are samples."""
        with self._lock:
            if len(self._samples) < 2:
                return 0.0
            last = self._samples[-1]
            first = next(one for one in self._samples if one[0] >= last[0] - 10 or one is last)
            if first is last:
                first = self._samples[-2]
        return (last[1] - first[1]) / max(0.001, last[0] - first[0])

    def snapshot(self) -> dict[str, Any]:
        """What the status page shows of this process, as JSON."""
        rate = self.messages_a_second()
        with self._lock:
            stretches = [list(one) for one in self._stretches]
            before = self._samples[0] if self._samples else None
        commits = before[2] if before else ()
        batches = sum(batch_size.counts) - (sum(before[3]) if before else 0)
        jobs = batch_size.sum - (before[4] if before else 0)
        return {
            "connected": number("connected"),
            "queue": number("queue"),
            "rate": round(rate, 1),
            "messages": stretches,
            "commit_p50_s": commit_seconds.quantile(0.5, commits),
            "commit_p99_s": commit_seconds.quantile(0.99, commits),
            "batch": round(jobs / batches, 1) if batches else None,
            "memory": memory(),
            "not_stored": sum(not_stored.values()),
            "events": mapping("events"),
        }


recent = Recent()
