"""When vehicles come, by the hour of the day, and the dice that every charge point has."""

import math
from dataclasses import dataclass
from typing import Any

#: The part of the charge points at which a vehicle charges, by the hour, against the busiest hour:
#: few at night, some at work, most after it.
SHAPE = (
    *(0.45, 0.36, 0.29, 0.23, 0.19, 0.18, 0.22, 0.34),
    *(0.52, 0.60, 0.58, 0.54, 0.52, 0.50, 0.49, 0.52),
    *(0.62, 0.80, 0.95, 1.00, 0.98, 0.88, 0.74, 0.58),
)
FLAT = (1.0,) * 24
HOUR_S = 3_600
_MASK = (1 << 64) - 1


class Dice:
    """Random numbers from 64 bits of state: a `random.Random` would take 2.5 KB each."""

    __slots__ = ("_state",)

    def __init__(self, seed: int) -> None:
        self._state = (seed * 0x9E3779B97F4A7C15 + 0x1234567) & _MASK

    def roll(self) -> float:
        """A number from 0 on and below 1 (splitmix64)."""
        self._state = state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
        return ((state ^ (state >> 31)) >> 11) / (1 << 53)

    def between(self, low: float, high: float) -> float:
        """A number from `low` on and below `high`."""
        return low + (high - low) * self.roll()

    def shuffle(self, things: list[Any]) -> None:
        """Bring a list into another order (Fisher and Yates)."""
        for index in range(len(things) - 1, 0, -1):
            other = int(self.roll() * (index + 1))
            things[index], things[other] = things[other], things[index]

    def wait(self, mean: float) -> float:
        """How long until something that happens every `mean` on average."""
        return -math.log(1 - self.roll()) * mean


@dataclass(frozen=True)
class Day:
    """The day of a fleet. `busy` is the part that charges in the busiest hour."""

    busy: float
    shape: tuple[float, ...] = SHAPE
    #: How long a vehicle charges on average, in seconds.
    session_s: float = 5_400

    def charging(self, hour: float) -> float:
        """The part of the charge points that charges at an hour, between the hours as well."""
        index = int(hour)
        before, after = self.shape[index % 24], self.shape[(index + 1) % 24]
        return self.busy * (before + (after - before) * (hour - index))

    def length_s(self, dice: Dice) -> float:
        """How long the next vehicle charges: from a fifth of the average on."""
        return self.session_s * (0.2 + dice.wait(0.8))

    def wait_s(self, dice: Dice, hour: float) -> float:
        """How long a free charge point waits for its next vehicle, from an hour on.

        So that `charging(hour)` of them charge: the free ones get as many vehicles as leave. The
        hours to come are looked at one by one (a Poisson process by thinning).
        """
        least = self._pause_s(max(self.busy * part for part in self.shape))
        if math.isinf(least):
            return math.inf
        waited = 0.0
        while True:
            waited += dice.wait(least)
            now = (hour + waited / HOUR_S) % 24
            if dice.roll() * self._pause_s(self.charging(now)) < least:
                return waited
            if waited > 7 * 24 * HOUR_S:
                return waited

    def _pause_s(self, charging: float) -> float:
        """Between two vehicles on average, where such a part charges."""
        if charging <= 0:
            return math.inf
        return max(0.001, self.session_s * (1 - charging) / charging)
