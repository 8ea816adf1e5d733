"""What this process holds: its live sessions, and who waits in it for a command to end.

A cache, never the truth: presence, commands and messages are rows that any process can read.
What concerns a session that is not here is handed to `tell`, for the process that has it.
"""

import threading
from collections.abc import Callable
from typing import Protocol

from ocpp import changes, metrics


class Session(Protocol):
    """A live connection, as the rest of the process may use it."""

    charger_pk: int
    epoch: int

    def wake(self) -> None:
        """A command may be waiting. May be called from any thread."""

    def refresh(self) -> None:
        """Staff may have changed the charger. May be called from any thread."""

    def booted(self) -> None:
        """Its charge point has booted and is accepted. May be called from any thread."""

    def dismiss(self) -> None:
        """The charger is no more: end the connection. May be called from any thread."""


#: The sessions of this process, by the charger's primary key.
sessions: dict[int, Session] = {}
metrics.register("connected", lambda: len(sessions))

#: Set when this process ends: nobody should wait in it for anything.
ended = threading.Event()

#: Takes hints for other processes (kind, primary key); never blocks. Without it, as without Redis,
#: they find by themselves what there is to do, a little later.
messenger: Callable[[str, int], None] | None = None

_waiters: dict[int, list[threading.Event]] = {}
_lock = threading.Lock()


def add(session: Session) -> Session | None:
    """Register a session; returns the one that it replaces, if any."""
    old = sessions.get(session.charger_pk)
    sessions[session.charger_pk] = session
    return old


def remove(session: Session) -> None:
    """Unregister this very session; a newer one of the same charger stays."""
    if sessions.get(session.charger_pk) is session:
        del sessions[session.charger_pk]


def is_connected(charger_pk: int) -> bool:
    """Whether this process holds the charger's connection."""
    return charger_pk in sessions


def tell(kind: str, pk: int) -> None:
    """Give the other processes a hint: `heard` says of what kinds."""
    if messenger is not None:
        messenger(kind, pk)


def heard(kind: str, pk: int) -> None:
    """Take a hint of another process, or what a look at the database found, for sessions here."""
    session = sessions.get(pk)
    if kind == "finished":
        _wake_waiters(pk)
    elif session is None:
        return
    elif kind == "wake":
        session.wake()
    elif kind == "refresh":
        session.refresh()
    elif kind == "dismiss":
        session.dismiss()


def _here_or_elsewhere(kind: str, charger_pk: int) -> None:
    changes.note(charger_pk)
    if charger_pk in sessions:
        heard(kind, charger_pk)
    else:
        tell(kind, charger_pk)


def wake(charger_pk: int) -> None:
    """A command was queued: the session of its charger takes it up."""
    _here_or_elsewhere("wake", charger_pk)


def refresh(charger_pk: int) -> None:
    """Staff changed a charger: its session reads it again."""
    _here_or_elsewhere("refresh", charger_pk)


def dismiss(charger_pk: int) -> None:
    """A charger was deleted: its connection ends."""
    _here_or_elsewhere("dismiss", charger_pk)


def booted(charger_pk: int) -> None:
    """A charge point was accepted after its boot: its session knows what to ask it."""
    session = sessions.get(charger_pk)
    if session is not None:
        session.booted()


def waiter(command_pk: int) -> threading.Event:
    """An event that is set when the command is finished in this process."""
    event = threading.Event()
    with _lock:
        _waiters.setdefault(command_pk, []).append(event)
    return event


def discard_waiter(command_pk: int, event: threading.Event) -> None:
    """Nobody waits with this event any more."""
    with _lock:
        events = _waiters.get(command_pk, [])
        if event in events:
            events.remove(event)
        if not events:
            _waiters.pop(command_pk, None)


def command_finished(command_pk: int) -> None:
    """Wake those who wait for the command, here or elsewhere."""
    if not _wake_waiters(command_pk):
        tell("finished", command_pk)


def _wake_waiters(command_pk: int) -> bool:
    with _lock:
        events = _waiters.pop(command_pk, [])
    for event in events:
        event.set()
    return bool(events)


def end() -> None:
    """This process ends: wake all who wait in it."""
    ended.set()
    with _lock:
        events = [event for events in _waiters.values() for event in events]
        _waiters.clear()
    for event in events:
        event.set()
