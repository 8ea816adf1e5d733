"""Databases of their own for servers under test, and plain readers of them.

Nothing here imports the project: what a test reads back, it reads with the database's own
client, as an auditor would.
"""

import os
import secrets
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import psycopg2


class Database(Protocol):
    """A database that one server under test uses."""

    kind: str

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make a server use this database."""

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of `sql` (placeholders: `%s`), over a connection of its own."""

    def copy_of_template(self) -> "Database":
        """A new database with this one's content. Nobody may be connected to this one."""

    def drop(self) -> None:
        """Remove it, whoever is still connected."""


class SqliteDatabase:
    """A SQLite file."""

    kind = "sqlite"

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make a server use this database."""
        return {"SQLITE_PATH": str(self.path), "POSTGRES_DB": ""}

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of `sql` (placeholders: `%s`), over a connection of its own."""
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as connection:
            return connection.execute(sql.replace("%s", "?"), tuple(parameters)).fetchall()

    def copy_of_template(self) -> "SqliteDatabase":
        """A new file with this one's content."""
        copy = self.path.with_name(f"{secrets.token_hex(6)}.sqlite3")
        with (
            closing(sqlite3.connect(self.path)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
        return SqliteDatabase(copy)

    def drop(self) -> None:
        """Remove the file and its journals."""
        for path in self.path.parent.glob(f"{self.path.name}*"):
            path.unlink(missing_ok=True)


class PostgresDatabase:
    """A database of the PostgreSQL server that `POSTGRES_*` names, else of 127.0.0.1:5432."""

    kind = "postgresql"

    def __init__(self, name: str) -> None:
        self.name = name

    @staticmethod
    def server() -> dict[str, str]:
        """How to reach the PostgreSQL server, as psycopg2 names it."""
        return {
            "host": os.environ.get("POSTGRES_HOST") or "127.0.0.1",
            "port": os.environ.get("POSTGRES_PORT") or "5432",
            "user": os.environ.get("POSTGRES_USER") or "postgres",
            "password": os.environ.get("POSTGRES_PASSWORD", ""),
        }

    @classmethod
    def reachable(cls) -> bool:
        """Whether that server can be used now."""
        try:
            psycopg2.connect(dbname="postgres", connect_timeout=3, **cls.server()).close()
        except psycopg2.OperationalError:
            return False
        return True

    @classmethod
    def create(cls, template: str = "template0") -> "PostgresDatabase":
        """A new database with a name of its own."""
        name = f"constellation_test_{os.getpid()}_{secrets.token_hex(4)}"
        cls._administer(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return cls(name)

    @classmethod
    def _administer(cls, statement: str) -> None:
        with closing(psycopg2.connect(dbname="postgres", **cls.server())) as connection:
            connection.autocommit = True
            connection.cursor().execute(statement)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make a server use this database."""
        server = {f"POSTGRES_{key.upper()}": value for key, value in self.server().items()}
        return {"POSTGRES_DB": self.name, **server}

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of `sql` (placeholders: `%s`), over a connection of its own."""
        with closing(psycopg2.connect(dbname=self.name, **self.server())) as connection:
            cursor = connection.cursor()
            cursor.execute(sql, tuple(parameters))
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

    def backends(self) -> list[int]:
        """The process ids of the PostgreSQL backends that serve this database now."""
        rows = self.query(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            [self.name],
        )
        return [pid for (pid,) in rows]

    def copy_of_template(self) -> "PostgresDatabase":
        """A new database with this one's content. Nobody may be connected to this one."""
        return self.create(template=self.name)

    def drop(self) -> None:
        """Remove it, whoever is still connected."""
        self._administer(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
