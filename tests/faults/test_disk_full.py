"""The disk of a SQLite node is full: it goes on reading, writes nothing, and heals by itself.

On a file system of 8 MiB, which is filled up under load. What cannot be stored is answered with
InternalError within 8 s, heartbeats are answered, pages are shown; when there is room again all
goes on within 10 s, and nothing acknowledged is lost or counted twice. Longer (docs/proofs.md):

    FAULT_S=30 .venv/bin/python -m pytest -s tests/faults/test_disk_full.py
"""

import asyncio
import os
import shutil
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults.load import RECOVERY_S, STATIONS, Load, check_ledger, load, provide
from tests.support.databases import Database, SqliteDatabase
from tests.support.privileges import small_disk
from tests.support.server import ServerProcess

FAULT_S = float(os.environ.get("FAULT_S", "2"))
DISK_MIB = 8
KIB = 1024


@pytest.fixture
def server(migrated_database: Database, tmp_path: Path) -> Iterator[ServerProcess]:
    if not isinstance(migrated_database, SqliteDatabase):
        pytest.skip("SQLite's file fills the disk; a PostgreSQL server has its own")
    copy = migrated_database.copy_of_template()
    with small_disk(tmp_path / "disk", DISK_MIB) as disk:
        database = SqliteDatabase(disk / "db.sqlite3")
        database.path.write_bytes(copy.path.read_bytes())
        copy.drop()
        server = ServerProcess(database, tmp_path, environment={"OCPP_MESSAGES_A_SECOND": "0"})
        try:
            provide(server)
            yield server.start()
        finally:
            server.kill()


def fill(ballast: Path) -> None:
    """Take all the room that is left, to the last byte."""
    with ballast.open("ab", buffering=0) as file:
        for size in (256 * KIB, KIB, 1):
            with suppress(OSError):
                while True:  # what is written by halves goes on until nothing is
                    file.write(b"\0" * size)
    assert shutil.disk_usage(ballast).free == 0


def reads(server: ServerProcess) -> None:
    """A page that comes from the database is shown, and the database can be read."""
    with urllib.request.urlopen(f"{server.url}/login/", timeout=10) as page:  # noqa: S310
        assert page.status == 200
    assert len(server.database.query("SELECT id FROM ocpp_charger")) > STATIONS


async def keep_full(server: ServerProcess, made: Load, ballast: Path) -> tuple[float, float]:
    """Fill the disk until every station was refused, and on; when that began, how long it took."""
    begin = time.monotonic()
    await asyncio.to_thread(fill, ballast)
    refused = await made.refused(begin, STATIONS)
    await asyncio.to_thread(reads, server)
    await asyncio.sleep(begin + FAULT_S - time.monotonic())  # how long is what the test is given
    return begin, refused


async def test_disk_full(server: ServerProcess, tmp_path: Path) -> None:
    ballast = tmp_path / "disk" / "ballast"
    async with load(server.ws_url) as made:
        begin, refused = await keep_full(server, made, ballast)
        end = time.monotonic()
        ballast.unlink()
        recovered = await made.all_acknowledged(end)
        await made.all_end(end)
    made.check_answers()
    assert recovered < RECOVERY_S
    server.stop()
    ledger = check_ledger(server.database, made)
    assert "database or disk is full" in server.output()
    assert "Traceback" not in server.output()
    assert server.database.query("PRAGMA integrity_check") == [("ok",)]
    print(
        f"\ndisk full for {end - begin:.1f} s: {STATIONS} stations refused after {refused:.1f} s,"
        f" all acknowledged {recovered:.1f} s after its end; {made.figures(begin, end)}; {ledger}"
    )
