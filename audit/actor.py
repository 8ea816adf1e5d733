"""Who is acting in this thread or task: said once by a door, read where something is recorded.

`manage.py` uses it before there are any models.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks for what is done now, and from where."""

    #: One of `models.Record.Door`.
    door: str
    #: The network address, or the name of a command.
    origin: str
    #: The number of the user who is known by then: a token is read after a request has begun.
    user_pk: Callable[[], int | None] = lambda: None


_acting: ContextVar[Actor | None] = ContextVar("acting", default=None)


def current() -> Actor | None:
    """Who acts now; None for what the node does by itself."""
    return _acting.get()


@contextmanager
def acting(actor: Actor | None) -> Iterator[None]:
    """Whatever is recorded inside was done by `actor`; None: by the node itself."""
    token = _acting.set(actor)
    try:
        yield
    finally:
        _acting.reset(token)


def command(name: str) -> Actor:
    """Somebody at the command line, who runs the management command `name`."""
    return Actor("command", name)
