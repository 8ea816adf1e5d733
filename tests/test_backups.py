"""`manage.py backup` and `restore`: what is restored is what was there, or nothing is touched."""

import hashlib
import json
import os
import sqlite3
import stat
import threading
import time
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from config.backups import archive, postgresql
from config.backups.archive import BackupError, Manifest, Reader
from tests.support.databases import Database, SqliteDatabase
from tests.support.fixtures import ServerMaker
from tests.support.server import ServerFailedError

MAKE_ROWS = """
from django.utils import timezone
from accounts.models import User
from audit import domain as audit
from ocpp.models import Charger, Connector
ana = User.objects.create_user("ana", password="a good password")
for number in range(50):
    charger = Charger.objects.create(charger_id=f"CP{number}", name="Estación «ñ» \\u2028")
    Connector.objects.get_or_create(charger=charger, connector_id=1)
audit.record("test.made", ana, after={"name": "ana"})
"""


def tables(database: Database) -> list[str]:
    if database.kind == "sqlite":
        sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%%'"
    else:
        sql = (
            "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind IN ('r', 'p') "
            "AND c.relnamespace = 'public'::regnamespace"
        )
    return sorted(str(name) for (name,) in database.query(sql.replace("%%", "%")))


def connect(database: Database) -> Any:
    """A connection of the database's own client that commits each statement."""
    if isinstance(database, SqliteDatabase):
        return sqlite3.connect(database.path, isolation_level=None)
    server = database.environment
    connected = psycopg2.connect(
        dbname=server["POSTGRES_DB"],
        host=server["POSTGRES_HOST"],
        port=server["POSTGRES_PORT"],
        user=server["POSTGRES_USER"],
        password=server["POSTGRES_PASSWORD"],
    )
    connected.autocommit = True
    return connected


def content(database: Database) -> dict[str, tuple[int, str]]:
    """For each table, and each partition, how many rows it has and their checksum."""
    found = {}
    names = tables(database)
    with closing(connect(database)) as connected:
        cursor = connected.cursor()
        for table in names:
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608
            rows = sorted(repr(row) for row in cursor.fetchall())
            digest = hashlib.sha256("\n".join(rows).encode()).hexdigest()
            found[table] = (len(rows), digest)
    return found


def change(database: Database, *statements: str) -> None:
    """Have the database carry out statements, each committed."""
    with closing(connect(database)) as connected:
        for statement in statements:
            connected.cursor().execute(statement)


NEW_CHARGER = """
from ocpp.models import Charger
answer(Charger.objects.create(charger_id="AFTER").pk)
"""


def test_what_was_there_is_there_again(make_server: ServerMaker, tmp_path: Path) -> None:
    node = make_server()
    node.shell(MAKE_ROWS)
    before = content(node.database)
    assert before["ocpp_charger"][0] == 50
    path = tmp_path / "one.zip"
    assert "Backup: " in node.manage("backup", str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.glob(".*")] == []
    change(
        node.database,
        "DELETE FROM ocpp_connector",
        "UPDATE ocpp_charger SET name = 'changed'",
        "CREATE TABLE of_a_newer_version (number integer)",
        "DELETE FROM django_migrations WHERE app = 'chat' OR app = 'sites'",
    )
    assert content(node.database) != before
    told = node.manage("restore", str(path))
    assert content(node.database) == before
    assert "Migrations to be applied" not in told
    # What writes numbers and what refuses changes is there as well as the rows.
    highest = node.database.query("SELECT max(id) FROM ocpp_charger")[0][0]
    assert node.shell(NEW_CHARGER) > highest
    with pytest.raises((sqlite3.Error, psycopg2.Error), match="never changed"):
        change(node.database, "UPDATE audit_record SET deed = 'another'")
    leftovers = [one.name for one in node.folder.iterdir() if "before-restore" in one.name]
    assert leftovers == []


def test_a_restore_that_breaks_off_changes_nothing(
    make_server: ServerMaker, tmp_path: Path
) -> None:
    """A backup whose database is cut off, by somebody who has repaired the rest of the file."""
    node = make_server()
    path, broken = tmp_path / "one.zip", tmp_path / "broken.zip"
    node.manage("backup", str(path))
    with zipfile.ZipFile(path) as good, zipfile.ZipFile(broken, "w") as bad:
        database = good.read(archive.DATABASE)
        bad.writestr(archive.DATABASE, database[: len(database) * 3 // 4])
        bad.writestr(archive.MANIFEST, good.read(archive.MANIFEST))
    before = content(node.database)
    with pytest.raises(ServerFailedError) as refused:
        node.manage("restore", str(broken))
    assert "Traceback" not in str(refused.value)
    assert "damaged" in str(refused.value) or "the database is as it was" in str(refused.value)
    assert content(node.database) == before


def test_it_is_refused_while_a_server_runs(make_server: ServerMaker, tmp_path: Path) -> None:
    """A backup is made while it runs; a restore waits until it has ended."""
    node = make_server(serve=[])
    path = tmp_path / "one.zip"
    with node:
        deadline = time.monotonic() + 60
        while not node.database.query("SELECT name FROM ocpp_serverprocess"):
            assert time.monotonic() < deadline
            time.sleep(0.05)  # between two looks
        node.manage("backup", str(path))
        with pytest.raises(ServerFailedError, match=r"Servers of this node run: .*End them first"):
            node.manage("restore", str(path))
        with pytest.raises(ServerFailedError, match="Servers of this node run"):
            node.manage("restore", "--dry-run", str(path))
        assert node.request("GET", "/health/ready")[0] == 200
        assert "Ready." in node.manage("ready", "--url", node.url)
    with pytest.raises(ServerFailedError, match=r"Not ready: .*refused"):
        node.manage("ready", "--url", node.url)
    assert "Restored: " in node.manage("restore", str(path), "--wait", "60")
    assert "Ready." in node.manage("ready")


# --- one process, without a node -----------------------------------------------------------------


@pytest.fixture
def database(tmp_path: Path) -> SqliteDatabase:
    """A small SQLite file in write-ahead mode."""
    database = SqliteDatabase(tmp_path / "node.sqlite3")
    change(
        database,
        "PRAGMA journal_mode=WAL",
        "CREATE TABLE pair (a integer, b text)",
        "INSERT INTO pair VALUES (0, 'x')",
    )
    return database


def sqlite_backup(database: SqliteDatabase, path: Path) -> Path:
    """A backup of the file as the command makes it."""
    from config.backups import sqlite

    with archive.writing(path) as backup:
        with backup.database(compressed=False) as out:
            sqlite.dump(database.path, out, path.parent, lambda *_: None)
        backup.manifest(manifest())
    return path


def manifest(**changes: object) -> Manifest:
    told: dict[str, object] = {
        "vendor": connection.vendor,
        "database_version": "1",
        "version": "0.0.1",
        "migrations": [],
        "made": "2026-01-01T00:00:00+00:00",
        "folders": [],
        "key_mark": "0" * 16,
        **changes,
    }
    return Manifest(**told)  # type: ignore[arg-type]


def made_by_hand(path: Path, told: Manifest, database: bytes = b"x") -> Path:
    with archive.writing(path) as backup:
        with backup.database(compressed=True) as out:
            out.write(database)
        backup.manifest(told)
    return path


def test_a_copy_is_of_one_moment_while_another_writes(
    database: SqliteDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two values that are always changed together are never seen apart."""
    from config.backups import sqlite

    change(
        database,
        "CREATE TABLE ballast AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
        "WHERE i < 20000) SELECT i, hex(randomblob(200)) FROM n",
        "CREATE TABLE second AS SELECT * FROM pair",
    )
    monkeypatch.setattr(sqlite, "PAGES", 200)
    ended, written = threading.Event(), 0

    def write() -> None:
        nonlocal written
        with closing(sqlite3.connect(database.path, isolation_level=None)) as connected:
            while not ended.is_set():
                connected.executescript(
                    "BEGIN IMMEDIATE; UPDATE pair SET a = a + 1; "
                    "UPDATE second SET a = a + 1; COMMIT"
                )
                written += 1

    writer = threading.Thread(target=write)
    writer.start()
    copy = tmp_path / "copy.sqlite3"
    seen: list[int] = []

    def tell(done: int, _total: int) -> None:
        begun = written
        while len(seen) < 3 and written == begun:
            pass  # somebody writes between two pieces
        seen.append(written - begun)

    try:
        with copy.open("wb") as out:
            sqlite.dump(database.path, out, tmp_path, tell)
    finally:
        ended.set()
        writer.join()
    assert sum(seen) >= 3
    [(first,)] = SqliteDatabase(copy).query("SELECT a FROM pair")
    [(second,)] = SqliteDatabase(copy).query("SELECT a FROM second")
    assert first == second


def break_off(path: Path) -> None:
    with archive.writing(path) as backup, backup.database(compressed=False) as out:
        out.write(b"half")
        raise KeyboardInterrupt


def test_nothing_is_overwritten_and_nothing_half_is_left(
    database: SqliteDatabase, tmp_path: Path
) -> None:
    path = sqlite_backup(database, tmp_path / "one.zip")
    before = path.read_bytes()
    with pytest.raises(BackupError, match=r"There is a file .* already"):
        sqlite_backup(database, path)
    assert path.read_bytes() == before
    with pytest.raises(KeyboardInterrupt):
        break_off(tmp_path / "two.zip")
    assert sorted(one.name for one in tmp_path.glob("*.zip*")) == ["one.zip"]
    assert list(tmp_path.glob(".*")) == []


def test_a_broken_file_is_told_and_not_used(database: SqliteDatabase, tmp_path: Path) -> None:
    path = sqlite_backup(database, tmp_path / "one.zip")
    whole = path.read_bytes()
    for name, broken in [
        ("cut", whole[: len(whole) // 2]),
        ("empty", b""),
        ("text", b"not a backup"),
        ("changed", whole[:200] + bytes([whole[200] ^ 255]) + whole[201:]),
    ]:
        bad = tmp_path / f"{name}.zip"
        bad.write_bytes(broken)
        with pytest.raises(BackupError, match=r"no whole backup of this program"):
            Reader(bad)
    with pytest.raises(BackupError, match="cannot be read: No such file"):
        Reader(tmp_path / "nowhere.zip")


def test_a_file_in_use_is_not_replaced(database: SqliteDatabase, tmp_path: Path) -> None:
    from config.backups import sqlite

    backup = Reader(sqlite_backup(database, tmp_path / "one.zip"))
    change(database, "UPDATE pair SET b = 'newer'")
    with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM pair").fetchall()
        with pytest.raises(BackupError, match="is in use"):
            sqlite.restore(backup, database.path, force=True, tell=lambda *_: None)
    assert database.query("SELECT b FROM pair") == [("newer",)]
    former = sqlite.restore(backup, database.path, force=False, tell=lambda *_: None)
    assert former is not None
    assert database.query("SELECT b FROM pair") == [("x",)]
    assert SqliteDatabase(former).query("SELECT b FROM pair") == [("newer",)]


def test_a_damaged_database_is_put_aside_when_forced(
    database: SqliteDatabase, tmp_path: Path
) -> None:
    from config.backups import sqlite

    backup = Reader(sqlite_backup(database, tmp_path / "one.zip"))
    database.path.write_bytes(b"no database at all " * 100)
    with pytest.raises(BackupError, match="damaged"):
        sqlite.restore(backup, database.path, force=False, tell=lambda *_: None)
    former = sqlite.restore(backup, database.path, force=True, tell=lambda *_: None)
    assert former is not None
    assert former.read_bytes().startswith(b"no database")
    assert database.query("SELECT b FROM pair") == [("x",)]


def test_what_cannot_be_restored_here_is_refused(tmp_path: Path) -> None:
    other = "sqlite" if connection.vendor == "postgresql" else "postgresql"
    path = made_by_hand(tmp_path / "kind.zip", manifest(vendor=other))
    with pytest.raises(CommandError, match=f"The backup is of {other}"):
        call_command("restore", str(path))
    told = manifest(version="9.9.9", migrations=["ocpp.0001_initial", "ocpp.9999_later"])
    path = made_by_hand(tmp_path / "newer.zip", told)
    with pytest.raises(CommandError, match=r"newer version \(9\.9\.9.*ocpp\.9999_later.*Upgrade"):
        call_command("restore", str(path))
    with zipfile.ZipFile(tmp_path / "format.zip", "w") as file:
        file.writestr(archive.DATABASE, "x")
        file.writestr(archive.MANIFEST, json.dumps({"format": 2}))
    with pytest.raises(CommandError, match=r"no whole backup .*format 2"):
        call_command("restore", str(tmp_path / "format.zip"))


def test_files_come_back_and_none_gets_outside(tmp_path: Path) -> None:
    media = tmp_path / "media"
    (media / "codes").mkdir(parents=True)
    (media / "codes" / "ñ.svg").write_text("one")
    path = tmp_path / "files.zip"
    with archive.writing(path) as backup:
        with backup.database(compressed=True) as out:
            out.write(b"x")
        backup.folder("media", media)
        backup.manifest(manifest(folders=["media"]))
    (media / "codes" / "ñ.svg").write_text("changed")
    (media / "later.svg").write_text("stays")
    assert Reader(path).restore_folder("media", media) == 1
    assert (media / "codes" / "ñ.svg").read_text() == "one"
    assert (media / "later.svg").read_text() == "stays"
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("media/../../outside", "x")
    with pytest.raises(BackupError, match="outside of its folder"):
        Reader(path).restore_folder("media", media)
    assert not (tmp_path.parent / "outside").exists()


def test_the_newest_are_kept_and_other_files_stay(tmp_path: Path) -> None:
    from config.backups import making

    names = [f"constellation-2026010{day}T000000000000Z.zip" for day in range(1, 6)]
    for name in [*names, "constellation-of-mine.zip", "notes.txt"]:
        (tmp_path / name).touch()
    assert [one.name for one in making.keep_newest(tmp_path, 2)] == names[:3]
    left = sorted(one.name for one in tmp_path.iterdir())
    assert left == [*names[3:], "constellation-of-mine.zip", "notes.txt"]


def test_missing_and_old_programs_of_postgresql_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupError, match=r"pg_dump was not found.*postgresql-client-15"):
        postgresql.program("pg_dump", 15)
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 13.4'\n")
    old.chmod(0o755)
    with pytest.raises(BackupError, match=r"version 13, which is too old: install version 15"):
        postgresql.program("pg_dump", 15)
    newer = tmp_path / "16" / "bin" / "pg_dump"
    newer.parent.mkdir(parents=True)
    newer.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 16.1 (Debian 16.1-1)'\n")
    newer.chmod(0o755)
    assert postgresql.program("pg_dump", 15) == str(newer)


def test_a_password_is_told_by_the_environment_alone() -> None:
    told = postgresql.environment({"NAME": "n", "USER": "u", "PASSWORD": "p", "PORT": 1})
    assert (told["PGPASSWORD"], told["PGPORT"]) == ("p", "1")
    assert ("PGHOST" in told) == ("PGHOST" in os.environ)
