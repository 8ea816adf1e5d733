"""What this process holds: its live sessions, and who waits in it for a command to end.

A cache, never the truth: presence, commands and messages are rows that any process can read.
"""

import threading
from typing import Protocol


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

#: Set when this process ends: nobody should wait in it for anything.
ended = threading.Event()

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


def wake(charger_pk: int) -> None:
    """A command was queued: if its charger is connected here, its session takes it up."""
    session = sessions.get(charger_pk)
    if session is not None:
        session.wake()


def refresh(charger_pk: int) -> None:
    """Staff changed a charger: if it is connected here, its session reads it again."""
    session = sessions.get(charger_pk)
    if session is not None:
        session.refresh()


def booted(charger_pk: int) -> None:
    """A charge point was accepted after its boot: its session knows what to ask it."""
    session = sessions.get(charger_pk)
    if session is not None:
        session.booted()


def dismiss(charger_pk: int) -> None:
    """A charger was deleted: if it is connected here, its connection ends."""
    session = sessions.get(charger_pk)
    if session is not None:
        session.dismiss()


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
    """Wake those who wait for the command in this process."""
    with _lock:
        events = _waiters.pop(command_pk, [])
    for event in events:
        event.set()


def end() -> None:
    """This process ends: wake all who wait in it."""
    ended.set()
    with _lock:
        events = [event for events in _waiters.values() for event in events]
        _waiters.clear()
    for event in events:
        event.set()
