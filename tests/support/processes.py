"""What is running below a process, as Linux tells."""

from pathlib import Path


def children(pid: int) -> list[int]:
    """The living processes that `pid` has started, by their process ids."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name of a program may hold spaces and parentheses.
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue  # it has just ended
        if int(parent) == pid and state != "Z":
            found.append(int(stat.parent.name))
    return sorted(found)
