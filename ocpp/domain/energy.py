"""The energy of a session from what its meter said, and whether to believe it.

A register counts all energy that ever flowed, and the energy of a session is the difference of two
of its values. Some charge points report a register that begins with the session, or tell 0 as the
value at the start; some jump, run backwards or roll over. What can be told from the values
themselves is counted from another base, and noted; anything else awaits a review.
"""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from typing import NamedTuple

from ocpp.domain.oddities import Odd, Oddity, odd

#: More than any session delivers (10 MWh); beyond it a meter lies, whatever the connector.
HIGHEST_WH = 10_000_000

#: How long before its start a session may have begun for all that the clocks tell.
_GRACE_S = 900
_SECONDS_AN_HOUR = 3600

#: Where registers begin anew: displays of so many digits, and integers of 31 or 32 bits (Wh).
_ROLLOVERS = (*(10**digits for digits in range(5, 13)), 2**31, 2**32)


class Register(NamedTuple):
    """A value of the energy register (Wh) and the context that it was reported in."""

    wh: int
    context: str = ""


class Judgement(NamedTuple):
    """What a session delivered: `energy_wh` is None when only people can tell.

    `base` is the register value from which was counted, where that is not the one of the start.
    `why` is what was odd, None when nothing was.
    """

    energy_wh: int | None
    base: int | None = None
    why: Odd | None = None


def most_wh(power_w: int, elapsed: timedelta) -> int:
    """The most energy (Wh) that a connector of `power_w` can have delivered in a time.

    A tenth and a quarter of an hour are added, for meters and clocks that are not exact.
    """
    seconds = max(0, int(elapsed.total_seconds())) + _GRACE_S
    return min(HIGHEST_WH, power_w * seconds * 11 // (10 * _SECONDS_AN_HOUR))


def judge(start: int, stop: int, registers: Sequence[Register], most: int) -> Judgement:
    """The energy between the registers at `start` and `stop` (Wh), of at most `most` (Wh).

    `registers` are the values reported in between, in the order of their times. They are asked
    only when the difference of the two cannot be.
    """
    delivered = stop - start
    if 0 <= delivered <= most:
        return Judgement(delivered)
    relative = _relative_base(start, stop, registers)
    if relative is not None and 0 <= stop - relative <= most:
        return Judgement(
            stop - relative,
            relative,
            odd(Oddity.RELATIVE_REGISTER, base=relative, start=start),
        )
    if delivered > most:
        return _without_start(start, stop, registers, most)
    return Judgement(None, None, _backwards(start, stop, most))


def believable(start: int, registers: Sequence[Register], most: int) -> int:
    """The most that values tell of a session (Wh) which they and the start allow; 0 for nothing."""
    fitting = (register.wh - start for register in registers)
    return max((wh for wh in fitting if 0 <= wh <= most), default=0)


def _relative_base(start: int, stop: int, registers: Sequence[Register]) -> int | None:
    """Where a register that counts the session alone began; None for one that does not.

    It begins below the register at the start, only grows, and ends with the stop. One value is no
    evidence, unless it is said to be that of the beginning: meters stutter.
    """
    values = [register.wh for register in registers]
    if not values or values[0] >= start or values[-1] > stop:
        return None
    if any(after < before for before, after in pairwise(values)):
        return None
    begun = registers[0].context == "Transaction.Begin"
    if not begun and (len(values) < 2 or values[-1] == values[0]):
        return None
    return values[0] if begun else 0


def _without_start(start: int, stop: int, registers: Sequence[Register], most: int) -> Judgement:
    """A start at 0 was no register value where the next one is far above it, which stands in."""
    if (
        start <= 0
        and registers
        and registers[0].wh - start > most
        and 0 <= stop - registers[0].wh <= most
    ):
        base = registers[0].wh
        why = odd(Oddity.NO_REGISTER_AT_START, start=start, base=base)
        return Judgement(stop - base, base, why)
    return Judgement(None, None, odd(Oddity.IMPOSSIBLE, start=start, stop=stop, most=most))


def rolled_over(start: int, stop: int, most: int) -> tuple[int, int] | None:
    """Where a register may have begun anew, and what flowed then (Wh); None for nowhere."""
    for modulus in _ROLLOVERS:
        if stop < start < modulus and 0 <= modulus - start + stop <= most:
            return modulus, modulus - start + stop
    return None


def _backwards(start: int, stop: int, most: int) -> Odd:
    """A stop below its start, and what it would be if the register had begun anew in between."""
    found = rolled_over(start, stop, most)
    if found is None:
        return odd(Oddity.BACKWARDS, start=start, stop=stop)
    modulus, energy = found
    return odd(Oddity.ROLLED_OVER, start=start, stop=stop, modulus=modulus, energy=energy)
