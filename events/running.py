"""The thread of a server process that collects events and tells webhooks, while it is wanted."""

import threading

from events.domain import collecting, delivering
from schedules.running import Runner

#: Between two rounds (s).
PAUSE_S = 2.0


def round_of_work(_ending: threading.Event | None = None) -> None:
    """Collect and deliver where anybody wants it; with nobody to be told it is a small question."""
    if collecting.wanted():
        collecting.collect()
        delivering.deliver_due()
    else:
        collecting.rest()


runner = Runner("events", round_of_work, lambda: PAUSE_S)
start = runner.start
stop = runner.stop
