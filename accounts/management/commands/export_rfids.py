"""`export_rfids`: all RFID cards as CSV."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from accounts.resources import RFIDResource


class Command(BaseCommand):
    """Writes every card, with its user by name and all that is known of it."""

    help = "Writes all RFID cards as CSV, in the form that import_rfids reads."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "path", nargs="?", type=Path, help="The file to write; standard output when left out."
        )

    def handle(self, *args: Any, path: Path | None, **options: Any) -> None:
        sheet = RFIDResource().export()
        if path is None:
            self.stdout.write(sheet.csv, ending="")
            return
        try:
            path.write_text(sheet.csv, encoding="utf-8", newline="")
        except OSError as error:
            raise CommandError(
                _("%(path)s cannot be written: %(why)s.") % {"path": path, "why": error.strerror}
            ) from None
        self.stderr.write(
            _("%(count)d cards written to %(path)s.") % {"count": len(sheet), "path": path}
        )
