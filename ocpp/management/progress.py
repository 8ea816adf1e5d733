"""A bar that tells on a terminal how far a command has come; nothing where nobody looks."""

import sys
from typing import TextIO

_WIDTH = 40


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
