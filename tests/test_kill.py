"""SIGKILL at any moment loses nothing that was acknowledged and counts no energy twice.

Charge points in a process of their own (`tests/support/kill_load.py`) keep a ledger while the
server is killed and started again on the same database. The ledger is then compared with the
database, which is read by its own client. Starts, meter values and stops are all part of the load,
of sessions on credit; some are told again after they were acknowledged, and some stops are of
another station's transaction. `KILLS=200` makes the proof longer (docs/proofs.md):

    KILLS=200 .venv/bin/python -m pytest tests/test_kill.py
"""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support import kill_load
from tests.support.databases import Database
from tests.support.fixtures import ServerMaker
from tests.support.server import ServerProcess

KILLS = int(os.environ.get("KILLS", "10"))
STATIONS = 8
CREDIT_KWH = 100_000
#: Acknowledged readings between a start and the kill, at least: then the load is under way.
UNDER_WAY = 20
UNDER_WAY_LIMIT_S = 30
#: A kill comes at a random moment within this time of being under way (s).
MOMENT_S = 0.5


class Ledger:
    """What the charge points have written down."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def lines(self, kind: str) -> list[list[str]]:
        """The words of every line of a kind."""
        lines = self.path.read_text("ascii").splitlines()
        return [line.split()[1:] for line in lines if line.startswith(kind + " ")]

    def readings(self, kind: str) -> list[int]:
        """The numbers of the readings that were sent (S) or acknowledged (A)."""
        return [int(number) for _, number in self.lines(kind)]

    def wait_for_load(self) -> None:
        """Wait until more readings are acknowledged than now."""
        goal = len(self.readings("A")) + UNDER_WAY
        deadline = time.monotonic() + UNDER_WAY_LIMIT_S
        while len(self.readings("A")) < goal:
            assert time.monotonic() < deadline, f"no load within {UNDER_WAY_LIMIT_S} s"
            time.sleep(0.05)  # between two looks at the ledger


@contextmanager
def charge_points(server: ServerProcess, ledger: Ledger) -> Iterator[None]:
    """The load, from its start until every station has ended its last call."""
    script = str(Path(kill_load.__file__))
    process = subprocess.Popen(
        [sys.executable, "-I", script, server.ws_url, str(ledger.path), str(STATIONS)],
        stdin=subprocess.PIPE,
    )
    assert process.stdin is not None
    try:
        yield
        process.stdin.close()
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()


def test_nothing_acknowledged_is_lost(make_server: ServerMaker, tmp_path: Path) -> None:
    server = make_server(environment={"OCPP_MESSAGES_A_SECOND": "0"})
    give_every_station_an_account(server)
    ledger = Ledger(tmp_path / "ledger")
    ledger.path.touch()
    server.start()
    with charge_points(server, ledger):
        for _ in range(KILLS):
            ledger.wait_for_load()
            time.sleep(random.uniform(0, MOMENT_S))  # noqa: S311  (the moment is the input)
            server.kill()
            server.start()
        ledger.wait_for_load()
    server.stop()

    check_readings(server.database, ledger)
    check_transactions(server.database, ledger)
    check_energy(server.database, ledger)
    check_accounts(server.database, ledger)
    assert ledger.lines("X") == []
    assert "Traceback" not in server.output()
    told, ended = len(ledger.readings("A")), len(ledger.lines("E"))
    print(
        f"\n{KILLS} kills ({server.database.kind}): {told} acknowledged readings and {ended}"
        f" finished sessions, none lost, no energy counted twice"
    )


def give_every_station_an_account(server: ServerProcess) -> None:
    """A card for each station, which asks for one, whose account has credit."""
    server.shell(
        f"""
from accounts.domain.balance import open_account
from accounts.models import RFID, Credit, User
from ocpp.models import Charger
for index in range(1, {STATIONS} + 1):
    user = User.objects.create_user(f"driver{{index}}")
    RFID.objects.create(rfid=f"{{0xABCD0000 + index:08X}}", user=user)
    Credit.objects.create(account=open_account(user), amount_kwh={CREDIT_KWH})
    Charger.objects.create(charger_id=f"KILL{{index}}", require_rfid=True)
"""
    )


def check_readings(database: Database, ledger: Ledger) -> None:
    """Acknowledged: exactly once. Sent and not acknowledged: once or not at all. Else: never."""
    sent, acknowledged = ledger.readings("S"), ledger.readings("A")
    assert len(set(sent)) == len(sent)
    assert len(acknowledged) > KILLS * UNDER_WAY
    rows = database.query("SELECT value, transaction_id FROM ocpp_meterreading")
    stored = Counter(int(value) for value, _ in rows)
    lost = set(acknowledged) - stored.keys()
    assert not lost, f"{len(lost)} acknowledged readings are lost: {sorted(lost)[:10]}"
    twice = [number for number, times in stored.items() if times > 1]
    assert not twice, f"{len(twice)} readings are stored more than once: {twice[:10]}"
    assert stored.keys() <= set(sent)
    assert all(transaction_id is not None for _, transaction_id in rows)


def check_transactions(database: Database, ledger: Ledger) -> None:
    """However often a start was sent, there is one transaction of it, with the number told."""
    rows = database.query(
        "SELECT t.id, t.meter_start FROM ocpp_transaction t ORDER BY t.meter_start"
    )
    begun = [int(register) for _, register in ledger.lines("B")]
    told = {int(register): int(number) for _, register, number in ledger.lines("T")}
    found = {register: number for number, register in rows}
    assert len(found) == len(rows)
    assert found.keys() <= set(begun)
    assert found.items() >= told.items()


def check_energy(database: Database, ledger: Ledger) -> None:
    """Every end that was acknowledged is there, and its energy is counted once.

    An end that was told and not acknowledged is there or not. Nothing else has ended.
    """
    rows = database.query(
        "SELECT id, state, energy_wh, billed_wh, held_wh, needs_review FROM ocpp_transaction"
    )
    completed = {number: energy for number, state, energy, *_ in rows if state != "active"}
    ended = {int(number): int(energy) for _, number, energy in ledger.lines("E")}
    told = {int(number): int(energy) for _, number, energy in ledger.lines("P")}
    assert len(ended) > KILLS
    assert told.items() >= completed.items() >= ended.items()
    for _, state, energy, billed, held, needs_review in rows:
        assert state in ("active", "completed")
        assert billed == (energy if state == "completed" else 0)
        assert (held is None) == (state == "completed")
        assert not needs_review


def check_accounts(database: Database, ledger: Ledger) -> None:
    """What each driver has spent is what their station has written down."""
    settled = dict(
        database.query(
            "SELECT u.username, a.settled_wh FROM accounts_account a"
            " JOIN accounts_user u ON u.id = a.user_id WHERE u.username LIKE 'driver%%'"
        )
    )
    found = {int(name.removeprefix("driver")): wh for name, wh in settled.items()}
    told, ended = ({line[1]: line for line in ledger.lines(kind)} for kind in "PE")
    for station in range(1, STATIONS + 1):
        energies = [
            sum(int(energy) for owner, _, energy in lines.values() if int(owner) == station)
            for lines in (ended, told)
        ]
        assert found[station] in energies, f"{station}: {found[station]} is none of {energies}"
    assert ledger.lines("F")
