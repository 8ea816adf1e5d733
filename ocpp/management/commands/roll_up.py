"""Make quarter-hours from readings until all are done."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ocpp.domain.roll_up import left, roll_up
from ocpp.management.progress import Bar


class Command(BaseCommand):
    """`roll_up` does what is to be done; `roll_up --once` a bounded amount of it."""

    help = (
        "Rolls meter readings up to energy and power by quarter-hours, from where the last time "
        "ended. Can be run at any time and again; what charge points send has its turn meanwhile."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="a bounded amount, then end")
        parser.add_argument(
            "--pause", type=float, default=0.05, metavar="S", help="between two steps (s)"
        )

    def handle(self, *args: Any, once: bool, pause: float, **options: Any) -> None:
        """Raises CommandError when somebody else is at it."""
        total = sum(left())
        bar = Bar("roll up")
        readings = sessions = quarters = 0
        while True:
            done = roll_up(timezone.now())
            if done.busy:
                bar.end()
                raise CommandError("Somebody else is rolling up now. Try again in a while.")
            readings += done.readings
            sessions += done.sessions
            quarters += done.quarters
            if once or not done.more:
                break
            bar.at(total - sum(left()), total)
            time.sleep(max(0.0, pause))
        bar.at(total, total)
        bar.end()
        self.stdout.write(
            f"{readings} readings, {sessions} sessions: {quarters} quarter-hours changed."
        )
