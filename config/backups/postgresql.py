"""A PostgreSQL database, by PostgreSQL's own programs. Passwords go by the environment alone."""

import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Final, cast

from django.utils.translation import gettext as _

from config.backups.archive import PIECE, BackupError, Reader, Tell

#: Where Debian keeps the programs of each version.
DEBIAN: Final = Path("/usr/lib/postgresql")
#: How much of what a program complained about is told (characters).
COMPLAINT: Final = 600

#: Removes what is in the schema `public`, and is no extension's; its owner needs no other right.
EMPTY: Final = """\
BEGIN;
SET LOCAL lock_timeout = '10s';
SET LOCAL client_min_messages = warning;
DO $empty$
DECLARE one record;
BEGIN
    FOR one IN SELECT c.oid::regclass AS name, c.relkind AS kind FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition
        AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
    LOOP
        EXECUTE format('DROP %s IF EXISTS %s CASCADE', CASE one.kind
            WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN TABLE'
            ELSE 'TABLE' END, one.name);
    END LOOP;
    FOR one IN SELECT c.oid::regclass AS name FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'S'
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('e', 'i'))
    LOOP
        EXECUTE format('DROP SEQUENCE IF EXISTS %s CASCADE', one.name);
    END LOOP;
    FOR one IN SELECT p.oid::regprocedure AS name FROM pg_proc p
        WHERE p.pronamespace = 'public'::regnamespace
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    LOOP
        EXECUTE format('DROP ROUTINE IF EXISTS %s CASCADE', one.name);
    END LOOP;
    FOR one IN SELECT t.oid::regtype AS name FROM pg_type t
        WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('e', 'd')
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e')
    LOOP
        EXECUTE format('DROP TYPE IF EXISTS %s CASCADE', one.name);
    END LOOP;
END $empty$;
"""


def environment(settings: Mapping[str, Any]) -> dict[str, str]:
    """How PostgreSQL's programs reach the database that Django's settings name."""
    named = {
        "PGDATABASE": settings["NAME"],
        "PGUSER": settings.get("USER"),
        "PGPASSWORD": settings.get("PASSWORD"),
        "PGHOST": settings.get("HOST"),
        "PGPORT": settings.get("PORT"),
        "PGCONNECT_TIMEOUT": "10",
        # What they say is read here.
        "LC_ALL": "C",
    }
    return {**os.environ, **{name: str(value) for name, value in named.items() if value}}


def program(name: str, least: int) -> str:
    """The newest program of that name. Raises BackupError when it is older than version `least`."""
    beside = sorted(str(path) for path in DEBIAN.glob(f"*/bin/{name}"))
    found: dict[str, int] = {}
    for path in (shutil.which(name), *beside):
        if path is None:
            continue
        told = subprocess.run(  # noqa: S603  (PostgreSQL's own)
            [path, "--version"], capture_output=True, text=True, check=False
        )
        if version := re.search(r"\) (\d+)", told.stdout):
            found.setdefault(path, int(version[1]))
    what = {"name": name, "least": least}
    if not found:
        raise BackupError(
            _(
                "%(name)s was not found: install PostgreSQL's client programs, version %(least)d "
                "or newer (Debian: postgresql-client-%(least)d)."
            )
            % what
        )
    best = max(found, key=lambda path: found[path])
    if found[best] < least:
        raise BackupError(
            _(
                "%(name)s is version %(found)d, which is too old: install version %(least)d or "
                "newer (Debian: postgresql-client-%(least)d)."
            )
            % {**what, "found": found[best]}
        )
    return best


class _Listener(threading.Thread):
    """Reads what a program complains about, and counts the tables that it tells of."""

    def __init__(self, stream: IO[bytes], tables: int, tell: Tell) -> None:
        super().__init__(daemon=True)
        self._stream = stream
        self._tables = tables
        self._tell = tell
        self._lines: list[str] = []
        self.start()

    def run(self) -> None:
        done = 0
        for raw in self._stream:
            line = raw.decode(errors="replace").strip()
            if "dumping contents of table" in line:
                done += 1
                self._tell(done, self._tables)
            elif "error" in line.lower() or "fatal" in line.lower() or "DETAIL" in line:
                self._lines.append(line)

    def complaint(self) -> str:
        """What it complained about."""
        self.join(10)
        return " ".join(self._lines)[-COMPLAINT:] or "?"


def dump(settings: Mapping[str, Any], major: int, tables: int, out: IO[bytes], tell: Tell) -> None:
    """Write the database to `out`, as it is at this moment, in pg_dump's own format.

    Raises BackupError when pg_dump is missing, older than the server, or fails.
    """
    command = [
        program("pg_dump", major),
        *("--format=custom", "--no-owner", "--no-privileges", "--verbose", "--no-password"),
    ]
    with subprocess.Popen(  # noqa: S603  (PostgreSQL's own)
        command,
        env=environment(settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        listener = _Listener(cast(IO[bytes], process.stderr), tables, tell)
        source = cast(IO[bytes], process.stdout)
        try:
            while piece := source.read(PIECE):
                out.write(piece)
        except BaseException:
            process.kill()
            raise
        complaint = listener.complaint()
    if process.returncode:
        raise BackupError(_("pg_dump failed: %(reason)s") % {"reason": complaint})


def restore(backup: Reader, settings: Mapping[str, Any], major: int, tell: Tell) -> None:
    """Put the backup in the place of what the database has, in one transaction.

    Raises BackupError when it cannot be; the database is then as it was.
    """
    pg_restore, psql = program("pg_restore", major), program("psql", major)
    surroundings = environment(settings)
    with tempfile.TemporaryFile() as complaints:
        with subprocess.Popen(  # noqa: S603  (PostgreSQL's own)
            [psql, "--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1"],
            env=surroundings,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
        ) as client:
            statements = cast(IO[bytes], client.stdin)
            try:
                statements.write(EMPTY.encode())
                statements.flush()
                _as_statements(backup, pg_restore, surroundings, statements, complaints, tell)
                # Without this the end of its input ends the transaction, and all is as before.
                statements.write(b"\nCOMMIT;\n")
                statements.close()
            except BrokenPipeError:
                pass  # it has ended with a complaint
            except BaseException:
                client.kill()
                raise
        if client.returncode:
            complaints.seek(0)
            said = complaints.read().decode(errors="replace").strip()
            raise BackupError(
                _("The backup could not be restored, the database is as it was: %(reason)s")
                % {"reason": said[-COMPLAINT:]}
            )


def _as_statements(
    backup: Reader,
    pg_restore: str,
    surroundings: dict[str, str],
    out: IO[bytes],
    complaints: IO[bytes],
    tell: Tell,
) -> None:
    with subprocess.Popen(  # noqa: S603  (PostgreSQL's own)
        [pg_restore, "--file=-", "--no-owner", "--no-privileges", "--no-comments"],
        env=surroundings,
        stdin=subprocess.PIPE,
        stdout=out,
        stderr=complaints,
    ) as process:
        source = cast(IO[bytes], process.stdin)
        try:
            backup.copy_database(source, tell)
            source.close()
        except BrokenPipeError:
            pass
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        complaints.seek(0)
        said = complaints.read().decode(errors="replace").strip()
        raise BackupError(
            _("The backup could not be restored, the database is as it was: %(reason)s")
            % {"reason": said[-COMPLAINT:]}
        )
