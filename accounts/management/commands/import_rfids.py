"""`import_rfids`: RFID cards from CSV, all of them or none."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from import_export.results import RowResult

from accounts.resources import CardCSV, import_cards


class Command(BaseCommand):
    """Adds and changes cards as a file says; one bad row, and nothing is imported."""

    help = (
        "Reads RFID cards from CSV with the column rfid and any of user, allowed, block_reason, "
        "parent, expires, max_concurrent, max_session_kwh and max_session_minutes. Known cards "
        "are changed, new ones added, none deleted. Any bad row is named and nothing is imported."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, help="The file to read, in UTF-8.")

    def handle(self, *args: Any, path: Path, **options: Any) -> None:
        try:
            sheet = CardCSV().create_dataset(path.read_bytes())
        except OSError as error:
            raise CommandError(
                _("%(path)s cannot be read: %(why)s.") % {"path": path, "why": error.strerror}
            ) from None
        except UnicodeDecodeError as error:
            line = path.read_bytes()[: error.start].count(b"\n") + 1
            raise CommandError(
                _("%(path)s is not UTF-8 (line %(line)d): save it as “CSV UTF-8”.")
                % {"path": path, "line": line}
            ) from None
        result = import_cards(sheet)
        if result.problems:
            raise CommandError(
                "\n".join([*result.problems, str(_("Nothing was imported."))]), returncode=1
            )
        counts = {
            "new": result.totals[RowResult.IMPORT_TYPE_NEW],
            "changed": result.totals[RowResult.IMPORT_TYPE_UPDATE],
            "same": result.totals[RowResult.IMPORT_TYPE_SKIP],
        }
        self.stdout.write(
            _("Cards: %(new)d new, %(changed)d changed, %(same)d unchanged.") % counts
        )
