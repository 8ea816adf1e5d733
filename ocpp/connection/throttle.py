"""How fast a connection is read."""

import asyncio


class Throttle:
    """How fast a connection is read: a bucket of messages that fills at a steady rate."""

    def __init__(self, a_second: int, burst: int, most_s: float) -> None:
        """Being throttled for `most_s` without a pause is too long."""
        self.limited = a_second > 0
        self._rate = float(a_second)
        self._burst = float(burst)
        self._most_s = most_s
        self._left = self._burst
        self._last = asyncio.get_running_loop().time()
        self._since: float | None = None

    def has_room(self) -> bool:
        """Whether a message more would have to wait for nothing."""
        gone = asyncio.get_running_loop().time() - self._last
        return self._left + gone * self._rate >= 1

    def pause(self) -> float:
        """Count a message; returns how long to wait before the next (s), or -1 to give up."""
        now = asyncio.get_running_loop().time()
        self._left = min(self._burst, self._left + (now - self._last) * self._rate) - 1
        self._last = now
        if self._left >= 0:
            self._since = None
            return 0.0
        if self._since is None:
            self._since = now
        elif now - self._since > self._most_s:
            return -1.0
        return -self._left / self._rate
