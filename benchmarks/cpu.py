"""CPU time of processes, from `/proc`."""

import os
from collections.abc import Iterable
from pathlib import Path

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(member for child in children for member in family(int(child)))]


def seconds(pids: Iterable[int]) -> float:
    """CPU time that these processes have used so far, theirs and the kernel's for them (s)."""
    return sum(_ticks(pid) for pid in pids) / _TICKS_A_SECOND


def _ticks(pid: int) -> int:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return 0
    # The name, which may hold anything, stands in parentheses; utime and stime are fields 14, 15.
    fields = stat.rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
