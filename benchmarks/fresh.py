"""Databases for one measurement each: migrated, of its own, and removed afterwards.

To migrate takes longer than many a measurement. `benchmarks/run` does it once and names the
results in the environment; without them each measurement migrates for itself.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.machine import ROOT
from tests.support.databases import Database, PostgresDatabase, SqliteDatabase
from tests.support.server import ServerProcess

KINDS = ("sqlite", "postgresql")
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
#: Names the migrated database of each kind.
_TEMPLATES = {kind: f"BENCHMARK_{kind.upper()}_TEMPLATE" for kind in KINDS}


@contextmanager
def work_folder() -> Iterator[Path]:
    """A folder on the disk of the checkout: `/tmp` may be memory, where a commit costs nothing."""
    with tempfile.TemporaryDirectory(dir=ROOT, prefix=".benchmark-") as name:
        yield Path(name)


@contextmanager
def empty(kind: str, folder: Path) -> Iterator[Database]:
    """A new database without any table."""
    path = folder / f"{len(list(folder.glob('*.sqlite3')))}.sqlite3"
    database: Database = SqliteDatabase(path) if kind == "sqlite" else PostgresDatabase.create()
    try:
        yield database
    finally:
        database.drop()


@contextmanager
def migrated(kind: str, folder: Path) -> Iterator[Database]:
    """A new database with the project's tables and no rows of charging."""
    template = os.environ.get(_TEMPLATES[kind])
    if template is None:
        with empty(kind, folder) as database:
            ServerProcess(database, folder).manage("migrate", "-v", "0")
            yield database
        return
    database = _copy(kind, template, folder)
    try:
        yield database
    finally:
        database.drop()


def _copy(kind: str, template: str, folder: Path) -> Database:
    if kind == "postgresql":
        return PostgresDatabase(template).copy_of_template()
    path = folder / "copy.sqlite3"
    SqliteDatabase(path).drop()
    shutil.copy(template, path)
    return SqliteDatabase(path)


@contextmanager
def templates(kinds: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """Migrate a database of each kind once; the variables that name them."""
    with work_folder() as folder:
        names: dict[str, str] = {}
        databases: list[Database] = []
        try:
            for kind in kinds:
                database: Database = (
                    SqliteDatabase(folder / "template.sqlite3")
                    if kind == "sqlite"
                    else PostgresDatabase.create()
                )
                databases.append(database)
                ServerProcess(database, folder).manage("migrate", "-v", "0")
                if isinstance(database, SqliteDatabase):
                    # In one file, without the journal.
                    copy = database.copy_of_template()
                    names[_TEMPLATES[kind]] = str(copy.path)
                elif isinstance(database, PostgresDatabase):
                    names[_TEMPLATES[kind]] = database.name
            yield names
        finally:
            for database in databases:
                database.drop()
