"""`manage.py send_queued`: send the e-mails that are due, now."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mailer.domain import status
from mailer.domain.sending import send_queued
from mailer.models import Email, State


class Command(BaseCommand):
    """Sends what is due and tells of each e-mail; ends with code 1 when the server fails."""

    help = "Sends the e-mails of the queue that are due. Several may run at a time."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """How many at most."""
        parser.add_argument("--limit", type=int, help="So many e-mails at most.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Send, with a line for each e-mail, or only a sum with --verbosity 0."""
        due = status.due()
        count = 0

        def progress(email: Email, state: State) -> None:
            nonlocal count
            count += 1
            if options["verbosity"]:
                to = ", ".join(email.to)
                self.stdout.write(f"[{count}/{max(due, count)}] {email.pk} {to}: {state.value}")

        done = send_queued(limit=options["limit"], progress=progress)
        self.stdout.write(
            f"{done.sent} sent, {done.later} to be tried again, {done.failed} failed,"
            f" {done.cancelled} cancelled."
        )
        if done.recovered:
            self.stdout.write(
                f"{done.recovered} may have been delivered by a process that ended meanwhile."
            )
        if done.trouble:
            raise CommandError(done.trouble)
