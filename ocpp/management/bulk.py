"""`ocpp_command` for many chargers: queue, follow with a bar, and tell what went wrong."""

import time
from collections.abc import Callable, Mapping
from typing import Any, TextIO

from ocpp import store
from ocpp.choices import TargetState
from ocpp.domain.lookup import find_charger
from ocpp.models import BulkCommand, Charger
from ocpp.operations import Operation, Outcome, bulk, wait

#: How often the bar is drawn anew (s), and how wide it is.
LOOK_S = 0.5
WIDTH = 30


def chosen(words: str | None) -> Any:
    """The chargers that are named, with commas between them; None: all that are accepted.

    Raises NotFound for a name that nobody has.
    """
    if words is None:
        return Charger.objects.filter(registration="Accepted")
    names = [word.strip() for word in words.split(",") if word.strip()]
    return Charger.objects.filter(pk__in=[find_charger(name).pk for name in names])


def run(
    chargers: Any, operation: Operation[Any], given: Mapping[str, Any], wait_s: float, bar: "Bar"
) -> tuple[BulkCommand, bulk.Progress]:
    """Command them and wait until all have answered, at most `wait_s`. Raises DomainError."""
    row = bulk.select(chargers, None)
    try:
        bulk.start(row, operation, given)
    except Exception:
        row.delete()
        raise
    deadline = time.monotonic() + wait_s
    while True:
        progress = bulk.look(row)
        bar.draw(progress)
        left_s = deadline - time.monotonic()
        if progress.finished or left_s <= 0 or store.ended.is_set():
            bar.end()
            return row, progress
        _await_any(row, progress, min(LOOK_S, left_s))


def _await_any(row: BulkCommand, progress: bulk.Progress, wait_s: float) -> None:
    """Wait for the first that is open: it wakes us when it ends in this process."""
    keys = progress.keys(Outcome.SENT, Outcome.WAITING)[:1]
    target = row.targets.filter(pk__in=keys, state=TargetState.QUEUED).exclude(command=None).first()
    if target is not None and target.command is not None:
        wait(target.command, wait_s)
    else:
        store.ended.wait(wait_s)


class Bar:
    """A bar that grows in one line of a terminal; elsewhere nothing."""

    def __init__(self, out: TextIO, *, terminal: bool) -> None:
        self._write: Callable[[str], Any] = out.write if terminal else (lambda text: None)

    def draw(self, progress: bulk.Progress) -> None:
        """How far it is."""
        filled = WIDTH * progress.ended // max(1, progress.total)
        counts = ", ".join(
            f"{outcome.value} {count}" for outcome, count in progress.counts.items() if count
        )
        line = "#" * filled + "." * (WIDTH - filled)
        self._write(f"\r[{line}] {progress.ended}/{progress.total}  {counts:<60}")

    def end(self) -> None:
        """Leave the line."""
        self._write("\n")
