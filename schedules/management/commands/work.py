"""`manage.py work`: a process for tasks that were put off, and for schedules."""

import argparse
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from schedules import running


class Command(BaseCommand):
    """Carries out tasks of all queues, and schedules, until a signal."""

    help = "Carries out tasks that were put off (django-tasks), and schedules."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """How often to look, and whether to end when nothing is left."""
        parser.add_argument(
            "--interval", type=float, default=1.0, help="Between two looks (s). Default: 1"
        )
        parser.add_argument(
            "--batch", action="store_true", help="Do what there is to do, then end."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Work until SIGTERM or SIGINT; the task that is under way is finished."""
        if not options["batch"]:
            running.start()
        try:
            call_command(
                "db_worker",
                queue_name="*",
                interval=options["interval"],
                batch=options["batch"],
                reload=False,
                startup_delay=False,
                verbosity=options["verbosity"],
            )
        finally:
            running.stop()
