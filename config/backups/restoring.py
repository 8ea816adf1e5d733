"""Restoring a backup: all of it looked at before anything is touched, and then all or nothing."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import DatabaseError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _

from config.backups import making, postgresql, sqlite
from config.backups.archive import BackupError, Manifest, Reader, Tell
from ocpp.domain import processes
from ocpp.models import ServerProcess

#: Between two looks whether servers have ended (s).
LOOK_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored."""

    #: Where the former SQLite file is kept, if there was one.
    former: Path | None
    #: Files that were put back.
    files: int
    #: Migrations that this version has and the backup had not.
    to_apply: list[str]


def open_backup(path: Path) -> Reader:
    """A backup that can be restored here. Raises BackupError when it is none, and says why."""
    backup = Reader(path)
    manifest = backup.manifest
    if manifest.vendor != connection.vendor:
        raise BackupError(
            _("The backup is of %(theirs)s, and this node has %(ours)s: set its database first.")
            % {"theirs": manifest.vendor, "ours": connection.vendor}
        )
    known = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    have = {f"{app}.{name}" for app, name in known}
    if unknown := sorted(set(manifest.migrations) - have):
        raise BackupError(
            _(
                "The backup was made by a newer version (%(theirs)s, this is %(ours)s), with "
                "migrations that this one does not know: %(names)s. Upgrade the node first."
            )
            % {
                "theirs": manifest.version,
                "ours": (settings.BASE_DIR / "VERSION").read_text().strip(),
                "names": ", ".join(unknown[:5]) + ("…" if len(unknown) > 5 else ""),
            }
        )
    return backup


def has_another_key(manifest: Manifest) -> bool:
    """Whether the node that made it had another `SECRET_KEY`: its stored secrets stay closed."""
    return manifest.key_mark != making.key_mark()


def wait_for_servers(wait_s: float) -> None:
    """Return when no server of the node runs. Raises BackupError when one still does."""
    deadline = time.monotonic() + wait_s
    while names := _serving():
        if time.monotonic() >= deadline:
            raise BackupError(
                _(
                    "Servers of this node run: %(names)s. End them first (systemctl stop …). One "
                    "that was killed counts as running for some seconds more: --wait 30."
                )
                % {"names": ", ".join(names)}
            )
        time.sleep(LOOK_S)


def _serving() -> list[str]:
    try:
        if ServerProcess._meta.db_table not in connection.introspection.table_names():
            return []
        return processes.living()
    except DatabaseError as error:
        raise BackupError(
            _(
                "The present database cannot be asked whether a server runs (%(reason)s). If none "
                "does, use --force."
            )
            % {"reason": str(error).strip()}
        ) from error
    finally:
        connections.close_all()


def restore(backup: Reader, *, with_files: bool, force: bool, tell: Tell) -> Restored:
    """Put the backup in the place of what is there. Raises BackupError; all is then as before.

    With `force` a damaged SQLite file is put aside.
    """
    database = connection.settings_dict
    connections.close_all()
    former = None
    if connection.vendor == "postgresql":
        connection.ensure_connection()
        major = connection.pg_version // 10_000  # type: ignore[attr-defined]
        connections.close_all()
        postgresql.restore(backup, database, major, tell)
    else:
        former = sqlite.restore(backup, Path(str(database["NAME"])), force=force, tell=tell)
    files = 0
    if with_files:
        for name, folder in making.folders().items():
            files += backup.restore_folder(name, folder)
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return Restored(former, files, [f"{one.app_label}.{one.name}" for one, _backwards in plan])
