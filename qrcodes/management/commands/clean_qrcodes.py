"""`manage.py clean_qrcodes`: remove QR codes that nobody uses any more, now."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from qrcodes.domain import cleaning


class Command(BaseCommand):
    """Removes what is not used any more, and tells of each; with --dry-run it only tells."""

    help = (
        "Removes QR codes that pages once made and nobody has used for long, and pictures without"
        " a record. A schedule does the same every day."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Whether to remove anything, and what counts as long."""
        parser.add_argument("--dry-run", action="store_true", help="Remove nothing, only tell.")
        parser.add_argument("--days", type=int, help="Days without a use (default: QR_KEEP_DAYS).")

    def handle(self, *args: Any, dry_run: bool, days: int | None, **options: Any) -> None:
        """Clean up, with a line for each record and file."""
        if days is not None and days < 1:
            raise CommandError(f"--days {days} is not possible: give 1 or more.")
        found = cleaning.clean(dry=dry_run, days=days)
        if options["verbosity"]:
            for value in found.records:
                self.stdout.write(f"record {value}")
            for name in found.files:
                self.stdout.write(f"file   {name}")
        self.stdout.write(f"{found} {'would be removed' if dry_run else 'removed'}.")
