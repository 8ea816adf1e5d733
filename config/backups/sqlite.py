"""A SQLite file: copied while others write to it, and replaced at once or not at all."""

import os
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path
from typing import IO

from django.conf import settings
from django.utils.translation import gettext as _

from config.backups.archive import PIECE, BackupError, Reader, Tell, sync

#: Pages that are copied between two looks at the progress bar.
PAGES = 2000


def dump(database: Path, out: IO[bytes], beside: Path, tell: Tell) -> str:
    """Write a consistent copy of `database` to `out`; returns SQLite's version.

    Others may write meanwhile. The copy is made in the folder `beside` and checked first.
    Raises BackupError when the database is damaged or missing.
    """
    if not database.exists():
        raise BackupError(
            _("There is no database %(path)s: run %(manage)s migrate.")
            % {"path": database, "manage": settings.MANAGE_COMMAND}
        )
    handle, name = tempfile.mkstemp(dir=beside, prefix=".copy-")  # mode 0600
    os.close(handle)
    copy = Path(name)
    try:
        _copy(database, copy, tell)
        check(copy)
        with copy.open("rb") as source:
            while piece := source.read(PIECE):
                out.write(piece)
    finally:
        _remove(copy)
    return sqlite3.sqlite_version


def _copy(database: Path, copy: Path, tell: Tell) -> None:
    try:
        with closing(sqlite3.connect(database, isolation_level=None, timeout=30)) as source:
            # What this transaction sees stays as it is, whoever writes: the copy never begins anew.
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            with closing(sqlite3.connect(copy, isolation_level=None)) as target:
                source.backup(
                    target,
                    pages=PAGES,
                    progress=lambda _status, left, total: tell(total - left, total),
                )
                target.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise BackupError(
            _("The database %(path)s cannot be read: %(reason)s.")
            % {"path": database, "reason": error}
        ) from error


def check(database: Path) -> None:
    """Raises BackupError when the file is damaged."""
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(5)")]
    except sqlite3.DatabaseError as error:
        found = [str(error)]
    if found != ["ok"]:
        raise BackupError(
            _("The database in it is damaged: %(reason)s.") % {"reason": "; ".join(found)}
        )


def restore(backup: Reader, database: Path, *, force: bool, tell: Tell) -> Path | None:
    """Replace `database` by that of the backup; returns where the former one is kept.

    Until the very last step, which is one rename, the former one is in its place. Raises
    BackupError when somebody uses it, or when it is damaged and not `force`.
    """
    database.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=database.parent, prefix=f".{database.name}.")
    new = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            backup.copy_database(out, tell)
            out.flush()
            os.fsync(out.fileno())
        check(new)
        if not database.exists():
            new.rename(database)
            sync(database.parent)
            return None
        new.chmod(database.stat().st_mode & 0o777)
        _as_the_former(new, database)
        former = _put_aside(database, force=force)
        new.rename(database)
        sync(database.parent)
        return former
    finally:
        _remove(new)


def _as_the_former(new: Path, database: Path) -> None:
    """Root restores for the user that serves."""
    owner = database.stat()
    with suppress(PermissionError):
        os.chown(new, owner.st_uid, owner.st_gid)


def _put_aside(database: Path, *, force: bool) -> Path:
    """A second name for the file, all of it in one file and used by nobody."""
    try:
        with closing(sqlite3.connect(database, isolation_level=None, timeout=2)) as connection:
            # This needs the file for itself, and leaves no journal that the new one would get.
            (mode,) = connection.execute("PRAGMA journal_mode=DELETE").fetchone()
            used = mode != "delete"
    except sqlite3.OperationalError:
        used = True
    except sqlite3.DatabaseError as error:
        used = False
        if not force:
            raise BackupError(
                _("The present database is damaged (%(reason)s). With --force it is put aside.")
                % {"reason": error}
            ) from error
    if used:
        raise BackupError(
            _("The database %(path)s is in use: end the programs that have it open.")
            % {"path": database}
        )
    former = _free_name(database)
    for ending in ("-wal", "-shm"):  # of a damaged one
        journal = database.with_name(database.name + ending)
        if journal.exists():
            journal.rename(former.with_name(former.name + ending))
    os.link(database, former)
    return former


def _free_name(database: Path) -> Path:
    number = 1
    while (former := database.with_name(f"{database.name}.before-restore-{number}")).exists():
        number += 1
    return former


def _remove(file: Path) -> None:
    for ending in ("", "-journal", "-wal", "-shm"):
        file.with_name(file.name + ending).unlink(missing_ok=True)
