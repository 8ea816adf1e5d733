"""Which chargers have changed, for the pages that show them now.

Whoever stores something of a charger notes it here after COMMIT; that is one look at an empty tuple
while nobody watches. What is noted is a key in a set: a charger that changes a hundred times in a
second is told once.
"""

import threading
from collections.abc import Iterable

#: Sets for the pages of this process, and these with the one that is told to other processes. The
#: tuples are replaced, never changed: who notes needs no lock.
_here: tuple[set[int], ...] = ()
_all: tuple[set[int], ...] = ()
_shared: set[int] | None = None
_lock = threading.Lock()


def note(charger_pk: int) -> None:
    """Something of the charger has changed and is committed. From any thread."""
    for pending in _all:
        pending.add(charger_pk)


def heard(charger_pks: Iterable[int]) -> None:
    """Another process has changed these chargers: for the pages of this one only."""
    for pending in _here:
        pending.update(charger_pks)


def wanted() -> bool:
    """Whether anybody watches, here or elsewhere: otherwise nothing need be found out."""
    return bool(_all)


def watch() -> set[int]:
    """A set into which changes go from now on; `take` empties it, `forget` ends it."""
    global _here
    pending: set[int] = set()
    with _lock:
        _here = (*_here, pending)
        _arrange()
    return pending


def forget(pending: set[int]) -> None:
    """Nobody takes anything out of this set any more."""
    global _here
    with _lock:
        _here = tuple(one for one in _here if one is not pending)
        _arrange()


def watched() -> bool:
    """Whether a page of this process watches."""
    return bool(_here)


def share() -> set[int]:
    """The set with what this process changes itself, for other processes that watch."""
    global _shared
    with _lock:
        if _shared is None:
            _shared = set()
            _arrange()
        return _shared


def share_no_more() -> None:
    """Nobody watches elsewhere."""
    global _shared
    with _lock:
        _shared = None
        _arrange()


def take(pending: set[int]) -> set[int]:
    """What has been noted; it is empty afterwards. Nothing that comes meanwhile is lost."""
    taken = set()
    for _ in range(len(pending)):
        taken.add(pending.pop())
    return taken


def _arrange() -> None:
    global _all
    _all = _here if _shared is None else (*_here, _shared)
