"""Making a backup."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from config.backups import postgresql, sqlite
from config.backups.archive import BackupError, Manifest, Tell, writing

#: The names of those that get one by themselves: only these are removed by `keep`.
NAME: Final = "constellation-%Y%m%dT%H%M%S%fZ.zip"
NAMES: Final = re.compile(r"constellation-\d{8}T\d{12}Z\.zip")


def folders() -> dict[str, Path]:
    """The folders of files that belong to the rows of the database, as a backup names them."""
    return {"media": Path(settings.MEDIA_ROOT), "uploads": Path(settings.UPLOADS_ROOT)}


def key_mark() -> str:
    """Tells whether a backup's stored secrets can be opened here, and nothing of the key."""
    return salted_hmac("config.backups", "key", algorithm="sha256").hexdigest()[:16]


def make(path: Path | None, *, with_files: bool, tell: Tell) -> Path:
    """Make a backup while others go on; returns where it is.

    `path` is a file that is not there yet, or a folder; None: `BACKUPS_ROOT`. Raises BackupError
    when it cannot be made; nothing is then left behind.
    """
    target = _target(path)
    now = datetime.now(UTC)
    if target.is_dir():
        target = target / now.strftime(NAME)
    found = {name: folder for name, folder in folders().items() if folder.is_dir()}
    wanted = found if with_files else {}
    migrations = _applied()
    with writing(target) as backup:
        with backup.database(compressed=connection.vendor == "postgresql") as out:
            if connection.vendor == "postgresql":
                major = connection.pg_version // 10_000  # type: ignore[attr-defined]
                version = str(major)
                tables = len(connection.introspection.table_names())
                postgresql.dump(connection.settings_dict, major, tables, out, tell)
            else:
                name = Path(str(connection.settings_dict["NAME"]))
                version = sqlite.dump(name, out, target.parent, tell)
        for name_of, folder in wanted.items():
            backup.folder(name_of, folder)
        backup.manifest(
            Manifest(
                vendor=connection.vendor,
                database_version=version,
                version=(settings.BASE_DIR / "VERSION").read_text().strip(),
                migrations=migrations,
                made=now.isoformat(timespec="seconds"),
                folders=sorted(wanted),
                key_mark=key_mark(),
            )
        )
    return target


def keep_newest(folder: Path, count: int) -> list[Path]:
    """Remove all but the newest `count` backups with names of their own; returns the removed."""
    mine = sorted(path for path in folder.iterdir() if NAMES.fullmatch(path.name))
    old = mine[: max(0, len(mine) - count)]
    for path in old:
        path.unlink(missing_ok=True)
    return old


def _target(path: Path | None) -> Path:
    folder = Path(settings.BACKUPS_ROOT) if path is None else path
    if path is None:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise BackupError(
                _("The folder %(path)s cannot be made: %(reason)s.")
                % {"path": folder, "reason": error.strerror}
            ) from error
    elif not folder.is_dir() and not folder.parent.is_dir():
        raise BackupError(_("There is no folder %(path)s.") % {"path": folder.parent})
    return folder


def _applied() -> list[str]:
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in applied)
