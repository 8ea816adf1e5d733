"""The database is stopped, frozen or locked under load, and comes back.

Whatever it does, a charge point has an answer within 8 s: InternalError, so that it tries again.
Its connection stays, heartbeats are answered, within 10 s of the database's return everything is
acknowledged again, and nothing acknowledged is lost or counted twice. A fault lasts until every
station has been refused; longer with, for example (docs/proofs.md):

    FAULT_S=30 .venv/bin/python -m pytest -s tests/faults/test_database.py
"""

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial

import psycopg2

from tests.faults.load import RECOVERY_S, STATIONS, Load, check_ledger, load, provide
from tests.support.cluster import Cluster, ClusterDatabase
from tests.support.databases import Database, PostgresDatabase, SqliteDatabase
from tests.support.fixtures import ServerMaker
from tests.support.server import ServerProcess

#: How long a fault lasts at least (s).
FAULT_S = float(os.environ.get("FAULT_S", "2"))

Fault = Callable[[], AbstractContextManager[None]]
NO_LIMIT = {"OCPP_MESSAGES_A_SECOND": "0"}


async def survive(
    server: ServerProcess, name: str, fault: Fault, *, refused: int = STATIONS
) -> None:
    """Have `fault` happen under load until so many stations are refused; check all promises."""
    server.start()
    async with load(server.ws_url) as made:
        begin, after = await go_through(made, fault, refused)
        end = time.monotonic()
        recovered = await made.all_acknowledged(end)
        await made.all_end(end)
    made.check_answers()
    assert recovered < RECOVERY_S
    server.stop()
    ledger = check_ledger(server.database, made)
    assert "Traceback" not in server.output()
    print(
        f"\n{name} for {end - begin:.1f} s ({server.database.kind}): {refused} stations refused"
        f" after {after:.1f} s, all acknowledged {recovered:.1f} s after its end;"
        f" {made.figures(begin, end)}; {ledger}"
    )


async def go_through(made: Load, fault: Fault, stations: int) -> tuple[float, float]:
    """When the fault began, and when so many stations had been refused (s after that)."""
    context = fault()
    begin = time.monotonic()
    await asyncio.to_thread(context.__enter__)
    try:
        refused = await made.refused(begin, stations)
        # How long it lasts at least is what the test is given.
        await asyncio.sleep(begin + FAULT_S - time.monotonic())
    finally:
        await asyncio.to_thread(context.__exit__, None, None, None)
    return begin, refused


async def test_stopped(
    make_server_of_cluster: ServerMaker, cluster: tuple[Cluster, ClusterDatabase]
) -> None:
    server = make_server_of_cluster(environment=NO_LIMIT)

    @contextmanager
    def stopped() -> Iterator[None]:
        cluster[0].stop_at_once()
        try:
            yield
        finally:
            cluster[0].start()

    await survive(server, "database stopped", stopped)


async def test_frozen(
    make_server_of_cluster: ServerMaker, cluster: tuple[Cluster, ClusterDatabase]
) -> None:
    server = make_server_of_cluster(environment=NO_LIMIT)
    await survive(server, "database frozen", cluster[0].frozen)
    assert "The database has said nothing for" in server.output()


async def test_frozen_backends(
    make_server_of_cluster: ServerMaker, cluster: tuple[Cluster, ClusterDatabase]
) -> None:
    """The database lives, but nobody answers on the connections there are.

    The writer goes on with a new connection. What the old one had locked stays locked meanwhile.
    """
    server = make_server_of_cluster(environment=NO_LIMIT)
    database = server.database
    assert isinstance(database, PostgresDatabase)
    frozen = partial(cluster[0].frozen_backends, database)
    await survive(server, "connections frozen", frozen, refused=1)
    assert "The database has said nothing for" in server.output()


@contextmanager
def locked(database: Database) -> Iterator[None]:
    """Somebody else has the database, or the tables of charging, for themselves."""
    if isinstance(database, SqliteDatabase):
        with closing(sqlite3.connect(database.path, check_same_thread=False)) as other:
            other.isolation_level = None
            other.execute("PRAGMA busy_timeout = 20000")
            other.execute("BEGIN EXCLUSIVE")
            yield
    else:
        assert isinstance(database, PostgresDatabase)
        with closing(psycopg2.connect(dbname=database.name, **database.server())) as other:
            while not _has_locked(other):
                other.rollback()
            yield


def _has_locked(other: psycopg2.extensions.connection) -> bool:
    """Whether the tables of charging were to be had: the server takes them in its own order."""
    try:
        other.cursor().execute("LOCK TABLE ocpp_charger, ocpp_transaction, ocpp_meterreading")
    except psycopg2.errors.DeadlockDetected:
        return False
    return True


async def test_locked(make_server: ServerMaker) -> None:
    server = make_server(environment=NO_LIMIT)
    await asyncio.to_thread(provide, server)
    await survive(server, "database locked", partial(locked, server.database))
