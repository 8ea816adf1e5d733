"""What the connections of the settings are really like."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler

from config import databases
from tests.support.databases import PostgresDatabase
from tests.support.services import need

pytestmark = pytest.mark.django_db


def value(connection: BaseDatabaseWrapper, sql: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def run(connection: BaseDatabaseWrapper, sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.fixture
def sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[BaseDatabaseWrapper]:
    """A connection to a new file, with the settings of a node."""
    monkeypatch.setenv("SQLITE_PATH", str(tmp_path / "node.sqlite3"))
    connection = ConnectionHandler({"default": databases.sqlite()})["default"]
    yield connection
    connection.close()


@pytest.fixture
def postgresql(monkeypatch: pytest.MonkeyPatch) -> Iterator[BaseDatabaseWrapper]:
    """A connection to a new database, with the settings of a node."""
    need("postgresql")
    database = PostgresDatabase.create()
    for name, text in database.environment.items():
        monkeypatch.setenv(name, text)
    connection = ConnectionHandler({"default": databases.from_environment()})["default"]
    yield connection
    connection.close()
    database.drop()


@pytest.mark.parametrize(
    ("pragma", "expected"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("cache_size", -32000)],
)
def test_sqlite_pragmas(sqlite: BaseDatabaseWrapper, pragma: str, expected: object) -> None:
    assert value(sqlite, f"PRAGMA {pragma}") == expected


def test_sqlite_checks_foreign_keys(sqlite: BaseDatabaseWrapper) -> None:
    run(sqlite, "CREATE TABLE a (id INTEGER PRIMARY KEY)")
    run(sqlite, "CREATE TABLE b (a_id INTEGER REFERENCES a (id))")
    with pytest.raises(IntegrityError):
        run(sqlite, "INSERT INTO b VALUES (1)")


def test_sqlite_takes_the_write_lock_when_a_transaction_begins(
    sqlite: BaseDatabaseWrapper,
) -> None:
    run(sqlite, "CREATE TABLE a (id INTEGER PRIMARY KEY)")
    sqlite.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    with (
        closing(sqlite3.connect(sqlite.settings_dict["NAME"], timeout=0)) as other,
        pytest.raises(sqlite3.OperationalError, match="locked"),
    ):
        other.execute("BEGIN IMMEDIATE")
    sqlite.rollback()


def test_a_variable_chooses_postgresql(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTGRES_DB", "")
    assert databases.from_environment()["ENGINE"].endswith("sqlite3")
    monkeypatch.setenv("POSTGRES_DB", "node")
    assert databases.from_environment()["ENGINE"].endswith("postgresql")


@pytest.mark.parametrize(
    ("setting", "expected"), [("statement_timeout", "5s"), ("lock_timeout", "2s")]
)
def test_postgresql_limits(postgresql: BaseDatabaseWrapper, setting: str, expected: str) -> None:
    assert value(postgresql, f"SHOW {setting}") == expected


def test_postgresql_ends_a_statement_at_its_limit(
    postgresql: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTGRES_STATEMENT_TIMEOUT_MS", "50")
    quick = ConnectionHandler({"default": databases.from_environment()})["default"]
    try:
        with pytest.raises(OperationalError, match="statement timeout"):
            run(quick, "SELECT pg_sleep(10)")
    finally:
        quick.close()


def test_postgresql_settings_reach_the_connection(postgresql: BaseDatabaseWrapper) -> None:
    postgresql.ensure_connection()
    parameters = postgresql.connection.get_dsn_parameters()
    assert parameters["connect_timeout"] == "3"
    assert parameters["tcp_user_timeout"] == "8000"
