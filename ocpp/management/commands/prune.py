"""Remove old meter readings and messages."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ocpp.domain.pruning import Pruned, prune
from ocpp.management.progress import Bar


class Command(BaseCommand):
    """`prune` removes what is older than the settings say; `prune --dry-run` tells what that is."""

    help = (
        "Removes meter readings older than OCPP_METER_READINGS_DAYS, messages older than "
        "OCPP_MESSAGE_LOG_DAYS and the history of states older than "
        "OCPP_STATUS_HISTORY_DAYS, and makes the partitions of the months to come. Readings of "
        "sessions that run, await a review, or have no cost or no quarter-hours yet stay: "
        "run `roll_up` first."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="change nothing, tell what is")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        """Raises CommandError when readings are being rolled up at this moment."""
        bar = Bar("prune")
        done = prune(timezone.now(), dry_run=dry_run, tell=bar.at)
        bar.end()
        for line in _lines(done, "would be removed" if dry_run else "removed"):
            self.stdout.write(line)
        if done.busy:
            raise CommandError("Readings are being rolled up now: none was removed. Try again.")


def _lines(done: Pruned, word: str) -> list[str]:
    lines = [f"{done.readings} readings and {done.messages} messages {word}."]
    if done.status_changes:
        lines.append(f"{done.status_changes} changes of status {word}.")
    if done.partitions:
        names = ", ".join(done.partitions)
        lines.append(f"Whole partitions {word}, of about {done.dropped} rows: {names}.")
    if done.left:
        names = ", ".join(done.left)
        lines.append(f"Old, but left for now (in use, or not rolled up): {names}.")
    return lines
