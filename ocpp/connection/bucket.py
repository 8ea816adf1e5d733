"""How much may be taken at once, and how fast it is filled up again."""


class Bucket:
    """So many a second, and as many at once; filled at a steady rate."""

    __slots__ = ("_last", "_left")

    def __init__(self, size: int, now: float) -> None:
        self._left = float(size)
        self._last = now

    def take(self, rate: int, now: float, reserve: int = 0) -> float:
        """Take one, unless no more than `reserve` are left; returns how long to wait for it (s)."""
        self._left = min(float(rate), self._left + (now - self._last) * rate)
        self._last = now
        if self._left < reserve + 1:
            return (reserve + 1 - self._left) / rate
        self._left -= 1
        return 0.0
