"""What an authorisation costs with few and with many stored sessions and readings.

    .venv/bin/python -m benchmarks.authorization [--only sqlite|postgresql] [--quick]

Databases of its own are filled by SQL, on SQLite and on PostgreSQL, from 1,000 readings of 200
sessions to 1,000,000 readings of 200,000 sessions. After each step the same deeds are timed, many
rounds of each, and the median is printed with its ratio to that of the first step: the ratio is
what counts, for it depends little on the machine. Half of all sessions are one account's, and it is
that account's card that is judged. The last thing printed is a table for `docs/performance.md`.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks import fresh, machine
from benchmarks.machine import ROOT
from tests.support.databases import Database

#: Readings and sessions that are stored.
STEPS = [(1_000, 200), (10_000, 2_000), (100_000, 20_000), (1_000_000, 200_000)]
DRIVERS = 500


def measure(steps: list[tuple[int, int]], rounds: int) -> None:
    """Fill the database of this process step by step, and print what the deeds cost then."""
    import django

    django.setup()
    from django.db import connection, transaction
    from django.utils import timezone

    from accounts.domain import balance
    from accounts.models import RFID, Account, Credit, User
    from ocpp.domain import authorization, transactions
    from ocpp.domain.station import Station
    from ocpp.models import Charger
    from ocpp.tests import stored
    from ocpp.writer.batch import Batch

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")  # filling takes longer than any page may
    charger = Charger.objects.create(charger_id="CP1", require_rfid=True)
    users = User.objects.bulk_create(User(username=f"driver{n}") for n in range(DRIVERS))
    accounts = list(Account.objects.bulk_create(Account(user=user) for user in users))
    for _ in range(5):
        Credit.objects.bulk_create(Credit(account=one, amount_kwh=100_000) for one in accounts)
    cards = [RFID(rfid=f"{n:08X}", user=user) for n, user in enumerate(users)]
    RFID.objects.bulk_create(cards)
    station = Station(charger.pk, charger.charger_id, 1)
    station.batch, station.now = Batch(), timezone.now()
    told = transactions.Start(1, cards[0].rfid, 1, station.now.strftime("%Y-%m-%dT%H:%M:%SZ"))

    def authorise() -> None:
        assert authorization.decide(charger.pk, cards[0].rfid).accepted

    def start_again() -> None:
        with transaction.atomic():
            transactions.start(station, told)

    start_again()
    station.batch.flush()
    deeds: dict[str, Callable[[], Any]] = {
        "authorisation": authorise,
        "start told again": start_again,
        "100 balances": lambda: balance.of_all(accounts[:100]),
    }
    before = (0, 0)
    for step in steps:
        stored.readings(charger, step[0] - before[0])
        stored.sessions(charger, accounts, step[1] - before[1])
        stored.look_again()
        before = step
        for name, deed in deeds.items():
            print(json.dumps([*step, name, median_us(deed, rounds)]), flush=True)


def median_us(deed: Callable[[], Any], rounds: int) -> float:
    """The median time of a deed (µs), once it is warm."""
    times = []
    for number in range(rounds + rounds // 10):
        begun = time.perf_counter()
        deed()
        if number >= rounds // 10:
            times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1e6


def run(database: Database, steps: int, rounds: int) -> list[tuple[int, int, str, float]]:
    """Measure on `database` in a process of its own, whose settings name it."""
    command = [sys.executable, "-m", "benchmarks.authorization", "--here", str(steps)]
    environment = os.environ | database.environment | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run(
        [*command, "--rounds", str(rounds)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [tuple(json.loads(line)) for line in done.stdout.splitlines() if line.startswith("[")]


def rows(kind: str, figures: list[tuple[int, int, str, float]]) -> list[list[str]]:
    """Rows of the table: µs, and the ratio to the first step."""
    made = []
    for name in dict.fromkeys(figure[2] for figure in figures):
        mine = [figure[3] for figure in figures if figure[2] == name]
        made.append([f"{name}, {kind}", *(f"{one:,.0f} ({one / mine[0]:.2f})" for one in mine)])
    return made


def main() -> None:
    """Measure what the command line asks for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=fresh.KINDS)
    parser.add_argument("--quick", action="store_true", help="10,000 readings at most")
    parser.add_argument("--rounds", type=int, default=0, help="of each deed at each step")
    parser.add_argument("--here", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    rounds = options.rounds or (40 if options.quick else 200)
    if options.here:
        measure(STEPS[: options.here], rounds)
        return
    machine.end_cleanly()
    steps = STEPS[: 2 if options.quick else None]
    made = []
    for kind in fresh.KINDS:
        if options.only in (None, kind):
            machine.progress(f"authorisation, {fresh.NAMES[kind]} …")
            with fresh.work_folder() as work, fresh.migrated(kind, work) as database:
                made += rows(fresh.NAMES[kind], run(database, len(steps), rounds))
    heads = ["µs (ratio)", *(f"{one:,} readings, {two:,} sessions" for one, two in steps)]
    how = f"{rounds} rounds of each"
    print(*machine.conditions(how), "", *machine.table(heads, made), sep="\n")


if __name__ == "__main__":
    main()
