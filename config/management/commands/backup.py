"""`manage.py backup`: the node's database, and its files when wanted, in one file."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from config.backups import making
from config.backups.archive import BackupError
from ocpp.management.progress import Bar


class Command(BaseCommand):
    """Makes a backup while the node serves."""

    help = (
        "Makes a backup of the database in one file, while the node serves. The keys in envs/ are "
        "not in it: keep a copy of that folder elsewhere."
    )
    # What is wrong with the rest of the project must not keep anybody from a backup.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Where to, what, and how many are kept."""
        parser.add_argument(
            "path",
            nargs="?",
            type=Path,
            help="A new file, or a folder; without it the folder BACKUPS_ROOT",
        )
        parser.add_argument(
            "--with-files",
            action="store_true",
            help="Also the files of MEDIA_ROOT and UPLOADS_ROOT",
        )
        parser.add_argument(
            "--keep",
            type=int,
            metavar="N",
            help="Then remove all but the newest N backups of the folder",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError when no backup could be made."""
        keep: int | None = options["keep"]
        path: Path | None = options["path"]
        if keep is not None and keep < 1:
            raise CommandError(_("--keep is %(count)d: at least 1.") % {"count": keep})
        if keep is not None and path is not None and not path.is_dir():
            raise CommandError(_("--keep is for backups in a folder: name the folder alone."))
        bar = Bar("backup")
        try:
            made = making.make(path, with_files=options["with_files"], tell=bar.at)
        except BackupError as error:
            bar.end()
            raise CommandError(str(error)) from error
        bar.end()
        self.stdout.write(
            _("Backup: %(path)s (%(size).1f MB)")
            % {"path": made, "size": made.stat().st_size / 1_000_000}
        )
        if keep is not None:
            for old in making.keep_newest(made.parent, keep):
                self.stdout.write(_("Removed: %(path)s") % {"path": old})
