"""What pages of the admin cost with 100,000 sessions.

    .venv/bin/python -m benchmarks.admin [--only sqlite|postgresql] [--sessions N]

A database of its own is filled with sessions, their costs and as many meter readings, a thousand
chargers and two thousand drivers. Timed is each page in this process, as a superuser sees it: the
number of statements, their time in the database, and the whole of the answer (the median of some).
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from typing import Any

from benchmarks import fresh, machine
from benchmarks.machine import ROOT
from tests.support.server import ServerProcess

ROUNDS = 7
PAGES = {
    "index": "/admin/",
    "transactions": "/admin/ocpp/transaction/",
    "transactions of a year": "/admin/ocpp/transaction/?start_time__year=2023",
    "running transactions": "/admin/ocpp/transaction/?state__exact=active",
    "costs of sessions": "/admin/ocpp/sessioncost/",
    "chargers": "/admin/ocpp/charger/",
    "accounts": "/admin/accounts/account/",
}


def measure(sessions: int) -> None:
    """Fill the database of this process and time the pages; a line of JSON."""
    import django

    django.setup()
    from django.db import connection
    from django.test import Client
    from django.urls import reverse

    from accounts.models import Account, Credit, User
    from ocpp.models import Charger
    from ocpp.tests import stored

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")  # to fill it is no page
    stored.chargers(1_000)
    users = User.objects.bulk_create(User(username=f"driver{n}") for n in range(2_000))
    accounts = Account.objects.bulk_create(Account(user=user) for user in users)
    Credit.objects.bulk_create(Credit(account=one, amount_kwh=100) for one in accounts)
    charger = Charger.objects.earliest("pk")
    stored.sessions(charger, accounts, sessions)
    stored.readings(charger, sessions)
    stored.costs()
    stored.look_again()
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(User.objects.create_superuser("benchmark"))
    one = reverse("admin:accounts_account_change", args=[accounts[0].pk])
    figures = {}
    for name, path in {**PAGES, "an account": one}.items():
        client.get(path)
        rounds = [_timed(client, path, connection) for _ in range(ROUNDS)]
        figures[name] = [
            rounds[0][0],
            statistics.median(times[1] for times in rounds),
            statistics.median(times[2] for times in rounds),
        ]
    print(json.dumps(figures))


def _timed(client: Any, path: str, connection: Any) -> tuple[int, float, float]:
    """The statements of a page, their time and that of all of it (ms)."""
    times: list[float] = []

    def timed(execute: Any, *arguments: Any) -> Any:
        begun = time.perf_counter()
        try:
            return execute(*arguments)
        finally:
            times.append(time.perf_counter() - begun)

    begun = time.perf_counter()
    with connection.execute_wrapper(timed):
        response = client.get(path)
    whole = time.perf_counter() - begun
    assert response.status_code == 200, (path, response.status_code)
    return len(times), sum(times) * 1000, whole * 1000


def run(kind: str, sessions: int) -> list[list[str]]:
    """Rows of the table for one database."""
    machine.progress(f"admin, {fresh.NAMES[kind]}, {sessions:,} sessions …")
    with fresh.work_folder() as folder, fresh.migrated(kind, folder) as database:
        server = ServerProcess(database, folder)
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.admin", "--here", "--sessions", str(sessions)],
            cwd=ROOT,
            env=server.environment | {"DJANGO_SETTINGS_MODULE": "config.settings"},
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    if done.returncode:
        sys.exit("the pages could not be timed: see above")
    figures = json.loads(done.stdout.splitlines()[-1])
    return [
        [f"{name}, {fresh.NAMES[kind]}", str(count), f"{database_ms:.1f}", f"{whole_ms:.1f}"]
        for name, (count, database_ms, whole_ms) in figures.items()
    ]


def main() -> None:
    """Measure what the command line asks for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=fresh.KINDS)
    parser.add_argument("--sessions", type=int, default=100_000)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        measure(options.sessions)
        return
    machine.end_cleanly()
    kinds = [kind for kind in fresh.KINDS if options.only in (None, kind)]
    rows = [row for kind in kinds for row in run(kind, options.sessions)]
    heads = ["page", "statements", "in the database, ms", "whole answer, ms"]
    how = f"{options.sessions:,} sessions, the median of {ROUNDS} requests of each"
    print(*machine.conditions(how), "", *machine.table(heads, rows), sep="\n")


if __name__ == "__main__":
    main()
