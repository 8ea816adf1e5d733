"""Which charge point is spoken with now, for the lines of the log.

A context variable: the task of a connection names its charger, and what it starts has it too.
"""

from contextvars import ContextVar

#: The id of the charger; "" where there is none, or several are served at once.
speaker: ContextVar[str] = ContextVar("speaker", default="")
