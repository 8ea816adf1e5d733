"""The energy of a session over its time: from the register values that were reported."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime


class Curve:
    """Energy delivered (Wh) by time: it only grows, from 0 at the start to all of it at the stop.

    Between two reported values it grows evenly. It is a whole number of Wh at any moment.
    """

    def __init__(
        self,
        start: datetime,
        stop: datetime,
        energy_wh: int,
        points: Iterable[tuple[datetime, int]] = (),
    ) -> None:
        """`points` are (time, energy so far in Wh); those that do not fit in are left out."""
        self._times = [start]
        self._wh = [0]
        for time, wh in sorted(points):
            if start < time < stop and self._wh[-1] <= wh <= energy_wh:
                if time == self._times[-1]:
                    self._wh[-1] = wh
                else:
                    self._times.append(time)
                    self._wh.append(wh)
        self._times.append(max(stop, start))
        self._wh.append(energy_wh)

    def until(self, moment: datetime) -> int:
        """Energy delivered by `moment` (Wh)."""
        after = bisect_right(self._times, moment)
        if after == 0:
            return 0
        if after == len(self._times):
            return self._wh[-1]
        begin, end = self._times[after - 1], self._times[after]
        grown = self._wh[after] - self._wh[after - 1]
        # In microseconds, as integers: no float decides about a Wh.
        part = _microseconds(moment, begin)
        return self._wh[after - 1] + grown * part // _microseconds(end, begin)

    def last_growth(self) -> datetime:
        """When it had all its energy: nothing flowed after that."""
        for number, wh in enumerate(self._wh):
            if wh == self._wh[-1]:
                return self._times[number]
        return self._times[-1]


def _microseconds(end: datetime, begin: datetime) -> int:
    passed = end - begin
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds
