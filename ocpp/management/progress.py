"""How far a command has come: a bar, shown on a terminal only, and a line that is renewed there."""

import sys
from typing import TextIO

from django.core.management.base import OutputWrapper

_WIDTH = 40
#: To the beginning of a terminal's line, and nothing left of what stood in it.
_ANEW = "\r\x1b[K"


def write(stream: OutputWrapper, text: str, *, renewed: bool = False) -> None:
    """Write a line; on a terminal the next one takes the place of one that is `renewed`."""
    stream.write(_ANEW + text if stream.isatty() else text, ending="" if renewed else None)
    stream.flush()


class Bar:
    """Drawn again in the same line; only when the percentage is another."""

    def __init__(self, what: str, stream: TextIO | None = None) -> None:
        self._what = what
        self._stream = stream or sys.stderr
        self._shown = self._stream.isatty()
        self._percent = -1

    def at(self, done: int, total: int) -> None:
        """Show that `done` of `total` are done."""
        percent = 100 if total <= 0 else min(100, done * 100 // total)
        if not self._shown or percent == self._percent:
            return
        self._percent = percent
        full = percent * _WIDTH // 100
        drawn = "#" * full + "." * (_WIDTH - full)
        self._stream.write(f"\r{self._what} [{drawn}] {percent} %")
        self._stream.flush()

    def end(self) -> None:
        """Leave the line, if anything was drawn in it."""
        if self._percent >= 0:
            self._stream.write("\n")
            self._percent = -1
