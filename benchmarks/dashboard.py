"""What the dashboard costs with 10, 1,000 and 10,000 chargers.

    .venv/bin/python -m benchmarks.dashboard [--only sqlite|postgresql] [--quick]

Each charger has two connectors, one in five of them a session; half of the chargers are connected.
Timed are the first page as staff see it, a search that finds a tenth of the chargers, and the list
of chargers of the API: the statements of each (number, and time in the database) in a process of
its own, and the time to the first byte from a running server, over a connection that stays open.
"""

import argparse
import http.client
import json
import statistics
import subprocess
import sys
import time
from typing import Any

from benchmarks import fresh, machine
from benchmarks.machine import ROOT, SERVER_CORE
from tests.support.server import ServerProcess

#: How long a page is asked for, or timed, at most (s): three times, however slow it is.
PAGE_S = 4
STEPS = (10, 1_000, 10_000)
PAGES = {
    "dashboard": "/ocpp/",
    "search": "/ocpp/?q=7",
    "API, up to 1,000 at once": "/ocpp/chargers/",
}


def measure(steps: list[int], rounds: int) -> None:
    """Fill the database of this process step by step and time the statements of each page.

    A line of JSON for each step; the next one begins when a line comes in.
    """
    import django

    django.setup()
    from django.conf import settings
    from django.test import Client

    from accounts.models import User

    staff = User.objects.create_superuser("benchmark")
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(staff)
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    stored = 0
    for step in steps:
        _fill(stored, step)
        stored = step
        figures = {name: _statements(client, path, rounds) for name, path in PAGES.items()}
        print(json.dumps({"cookie": cookie, "figures": figures}), flush=True)
        sys.stdin.readline()


def _fill(first: int, end: int) -> None:
    """Chargers with their connectors and sessions."""
    from django.utils import timezone

    from ocpp.models import Charger, Connector, ServerProcess, Transaction
    from ocpp.tests import stored

    now = timezone.now()
    # The running server: other owners' chargers are soon taken for offline.
    owner = ServerProcess.objects.values_list("name", flat=True)[0]
    chargers = Charger.objects.bulk_create(
        (
            Charger(
                charger_id=f"D{number}",
                id_key=f"d{number}",
                name=f"Charger {number}",
                vendor="Vendor",
                model="Model",
                owner=owner if number % 2 else "",
                last_seen=now,
            )
            for number in range(first, end)
        ),
        batch_size=500,
    )
    Connector.objects.bulk_create(
        (
            Connector(
                charger=charger,
                connector_id=connector,
                status="Charging" if _charges(number, connector) else "Available",
                error_code="NoError",
                status_time=now,
            )
            for number, charger in enumerate(chargers)
            for connector in (1, 2)
        ),
        batch_size=500,
    )
    Transaction.objects.bulk_create(
        (
            Transaction(
                charger=charger,
                connector_id=connector,
                state="active",
                id_tag="CAFE0001",
                meter_start=0,
                start_time=now,
                start_received=now,
                start_raw=f"{number}-{connector}",
            )
            for number, charger in enumerate(chargers)
            for connector in (1, 2)
            if _charges(number, connector)
        ),
        batch_size=500,
    )
    stored.look_again()


def _charges(number: int, connector: int) -> bool:
    return (2 * number + connector) % 5 == 0


def _statements(client: Any, path: str, rounds: int) -> tuple[int, float]:
    """Number of statements of a page, and the median of their time (ms)."""
    from django.db import connection

    sums: list[float] = []
    count, end = 0, time.monotonic() + PAGE_S
    for _ in range(rounds):
        if len(sums) > 2 and time.monotonic() > end:
            break
        times: list[float] = []

        def timed(execute: Any, *arguments: Any, spent: list[float] = times) -> Any:
            begun = time.perf_counter()
            try:
                return execute(*arguments)
            finally:
                spent.append(time.perf_counter() - begun)

        with connection.execute_wrapper(timed):
            response = client.get(path)
        assert response.status_code == 200, (path, response.status_code)
        sums.append(sum(times) * 1000)
        count = len(times)
    return count, statistics.median(sums)


def first_bytes(server: ServerProcess, path: str, cookie: str, rounds: int) -> list[float]:
    """Times to the first byte of a page (ms), in order; the first two requests do not count."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    times: list[float] = []
    end = time.monotonic() + PAGE_S
    for number in range(rounds + 2):
        if len(times) > 2 and time.monotonic() > end:
            break
        begun = time.perf_counter()
        connection.request("GET", path, headers={"Cookie": cookie})
        response = connection.getresponse()
        if number > 1:
            times.append((time.perf_counter() - begun) * 1000)
        response.read()
        if response.status != 200:
            sys.exit(f"{path} answers {response.status}")
    connection.close()
    return sorted(times)


def run(kind: str, steps: list[int], rounds: int) -> list[list[str]]:
    """Rows of the table for one database."""
    rows = []
    with fresh.work_folder() as folder, fresh.migrated(kind, folder) as database:
        server = ServerProcess(database, folder, core=SERVER_CORE)
        command = [sys.executable, "-m", "benchmarks.dashboard", "--here", "--rounds", str(rounds)]
        command += ["--steps", ",".join(map(str, steps))]
        environment = server.environment | {"DJANGO_SETTINGS_MODULE": "config.settings"}
        try:
            server.start()
            with subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            ) as filler:
                try:
                    for step in steps:
                        machine.progress(f"dashboard, {fresh.NAMES[kind]}, {step:,} chargers …")
                        rows += _step(filler, server, step, kind, rounds)
                finally:
                    filler.kill()
        finally:
            server.kill()
    return rows


def _step(
    filler: "subprocess.Popen[str]", server: ServerProcess, step: int, kind: str, rounds: int
) -> list[list[str]]:
    assert filler.stdin is not None
    assert filler.stdout is not None
    line = filler.stdout.readline()
    if not line:
        sys.exit("the database could not be filled: see above")
    told = json.loads(line)
    rows = []
    for name, path in PAGES.items():
        count, database_ms = told["figures"][name]
        times = first_bytes(server, path, told["cookie"], rounds)
        p99 = times[min(len(times) - 1, len(times) * 99 // 100)]
        rows.append(
            [
                *(f"{name}, {fresh.NAMES[kind]}", f"{step:,}", str(count), f"{database_ms:.1f}"),
                f"{times[len(times) // 2]:.1f} / {p99:.1f}",
            ]
        )
    filler.stdin.write("\n")
    filler.stdin.flush()
    return rows


def main() -> None:
    """Measure what the command line asks for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=fresh.KINDS)
    parser.add_argument("--quick", action="store_true", help="1,000 chargers at most")
    parser.add_argument("--rounds", type=int, default=40, help="requests of each page")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--steps", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        measure([int(step) for step in options.steps.split(",")], options.rounds)
        return
    machine.end_cleanly()
    machine.need_two_cores()
    steps = [step for step in STEPS if step <= 1_000 or not options.quick]
    kinds = [kind for kind in fresh.KINDS if options.only in (None, kind)]
    rows = [row for kind in kinds for row in run(kind, steps, options.rounds)]
    heads = ["page", "chargers", "statements", "in the database, ms", "first byte, ms (p50 / p99)"]
    how = f"{options.rounds} requests of each, or as many as fit into {PAGE_S} s"
    print(*machine.conditions(how), "", *machine.table(heads, rows), sep="\n")


if __name__ == "__main__":
    main()
