"""`manage.py restore`: what `manage.py backup` has made, in the place of what is there."""

import argparse
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from config.backups import restoring
from config.backups.archive import BackupError, Reader
from ocpp.management.progress import Bar


class Command(BaseCommand):
    """Restores a backup, all of it or nothing."""

    help = (
        "Replaces the node's database by that of a backup, all of it or nothing. "
        "No server may run meanwhile."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Which backup, what of it, and how careful to be."""
        parser.add_argument("path", type=Path, help="The backup")
        parser.add_argument(
            "--with-files",
            action="store_true",
            help="Also put back the files that it has; others stay",
        )
        parser.add_argument(
            "--keep-former",
            action="store_true",
            help="Leave the former SQLite file beside the restored one",
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="Only look whether it could be restored now; change nothing",
        )
        parser.add_argument(
            "--wait",
            type=float,
            default=0,
            metavar="S",
            help="How long servers may take to end, in seconds",
        )
        parser.add_argument(
            "--force",
            action="store_true",
            help="Do not ask whether a server runs, nor mind a damaged SQLite file",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError when it cannot be restored; the database is then as it was."""
        try:
            backup = restoring.open_backup(options["path"])
            self._tell(backup, with_files=options["with_files"])
            if not options["force"]:
                restoring.wait_for_servers(options["wait"])
            if options["dry_run"]:
                self.stdout.write(_("It could be restored now. Nothing was changed."))
                return
            bar = Bar("restore")
            try:
                done = restoring.restore(
                    backup,
                    with_files=options["with_files"],
                    force=options["force"],
                    tell=bar.at,
                )
            finally:
                bar.end()
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(_("Restored: %(path)s") % {"path": options["path"]})
        if options["with_files"]:
            self.stdout.write(_("Files put back: %(count)d") % {"count": done.files})
        self._former(done.former, keep=options["keep_former"])
        if done.to_apply:
            self.stdout.write(
                _("Migrations to be applied by %(manage)s migrate: %(names)s")
                % {"names": ", ".join(done.to_apply), "manage": settings.MANAGE_COMMAND}
            )

    def _former(self, former: Path | None, *, keep: bool) -> None:
        journals = former and former.with_name(f"{former.name}-wal").exists()
        if former is None:
            return
        if keep or journals:
            self.stdout.write(_("The former database: %(path)s") % {"path": former})
        else:
            former.unlink()

    def _tell(self, backup: Reader, *, with_files: bool) -> None:
        manifest = backup.manifest
        self.stdout.write(
            _("Made %(when)s by version %(version)s, of %(vendor)s %(number)s.")
            % {
                "when": manifest.made,
                "version": manifest.version,
                "vendor": manifest.vendor,
                "number": manifest.database_version,
            }
        )
        if restoring.has_another_key(manifest):
            self.stderr.write(
                _(
                    "WARNING: it was made with another SECRET_KEY. Restore envs/ of that node too: "
                    "without it stored secrets cannot be opened, and everybody is logged out."
                )
            )
        if with_files and not manifest.folders:
            raise CommandError(_("The backup has no files: it was made without --with-files."))
