"""All timers of a fleet in one heap, turned by whoever has the clock."""

from collections.abc import Callable
from heapq import heapify, heappop, heappush


class Timer:
    """A deed to come. `cancel` is cheap: it stays in the heap until its time."""

    __slots__ = ("deed", "when")

    def __init__(self, when: float, deed: Callable[[], None]) -> None:
        self.when = when
        self.deed: Callable[[], None] | None = deed

    def cancel(self) -> None:
        """Let it not happen."""
        self.deed = None


class Timers:
    """Deeds by their time, in seconds of a clock that begins anywhere."""

    def __init__(self, now: float) -> None:
        self.now = now
        self._heap: list[tuple[float, int, Timer]] = []
        self._number = 0

    def __len__(self) -> int:
        return len(self._heap)

    def after(self, seconds: float, deed: Callable[[], None]) -> Timer:
        """Have something done in so many seconds."""
        timer = Timer(self.now + seconds, deed)
        self._number += 1
        heappush(self._heap, (timer.when, self._number, timer))
        return timer

    def turn(self, now: float) -> None:
        """Do everything whose time has come, in its order; what it plans for now as well."""
        while self._heap and self._heap[0][0] <= now:
            when, _, timer = heappop(self._heap)
            if timer.deed is not None:
                self.now = max(self.now, when)
                deed, timer.deed = timer.deed, None
                deed()
        self.now = max(self.now, now)

    def sweep(self) -> None:
        """Forget what was cancelled."""
        self._heap = [entry for entry in self._heap if entry[2].deed is not None]
        heapify(self._heap)
