"""Fixtures for tests that run the real server as a process. `tests/conftest.py` offers them."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import ocpp_venv
from tests.support.databases import Database, PostgresDatabase, SqliteDatabase
from tests.support.server import ServerProcess
from tests.support.services import missing, need

#: Both databases; when the suite itself runs on PostgreSQL, the SQLite half has had its turn.
KINDS = ["postgresql"] if os.environ.get("POSTGRES_DB") else ["sqlite", "postgresql"]


def _installed(make: Callable[[], Path]) -> Path:
    try:
        return make()
    except ocpp_venv.CannotInstallError as error:
        missing(str(error))
        raise


@pytest.fixture(scope="session")
def python_library() -> Path:
    """The interpreter with the PyPI library `ocpp`."""
    return _installed(ocpp_venv.python_library)


@pytest.fixture(scope="session")
def node_library() -> Path:
    """The `node_modules` with the npm library `ocpp-rpc`."""
    return _installed(ocpp_venv.node_library)


@pytest.fixture(scope="session")
def axe_script() -> str:
    """The source of axe-core."""
    return _installed(ocpp_venv.axe).read_text()


@pytest.fixture(scope="session")
def schema_folder() -> Path:
    """The JSON schemas of OCPP 1.6 that the PyPI library `ocpp` ships."""
    return _installed(ocpp_venv.schemas)


#: The migrated database of each kind, which this process has made once.
_TEMPLATES: dict[str, Database] = {}


def template_of(
    kind: str, config: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Database:
    """A migrated database to be copied: made when it is first asked for, removed with the run.

    A fixture with parameters would make one anew whenever a module comes to the other kind, and
    to migrate takes longer than most tests.
    """
    if kind not in _TEMPLATES:
        folder = tmp_path_factory.mktemp("databases")
        database: Database
        if kind == "sqlite":
            database = SqliteDatabase(folder / "template.sqlite3")
        else:
            need("postgresql")
            database = PostgresDatabase.create()
        config.add_cleanup(database.drop)
        ServerProcess(database, folder).manage("migrate", "-v", "0")
        _TEMPLATES[kind] = database
    return _TEMPLATES[kind]


@pytest.fixture(scope="session", params=KINDS)
def migrated_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Database:
    """A migrated database of each kind, from which tests take their copies."""
    return template_of(request.param, request.config, tmp_path_factory)


ServerMaker = Callable[..., ServerProcess]


@pytest.fixture
def make_server(migrated_database: Database, tmp_path: Path) -> Iterator[ServerMaker]:
    """Makes servers, not yet started, each on a new database; they end with the test."""
    servers: list[ServerProcess] = []

    def make(**options: Any) -> ServerProcess:
        server = ServerProcess(migrated_database.copy_of_template(), tmp_path, **options)
        servers.append(server)
        return server

    yield make
    for server in servers:
        server.kill()
        server.database.drop()


@pytest.fixture
def server(make_server: ServerMaker) -> ServerProcess:
    """A running server on a new database."""
    return make_server().start()
