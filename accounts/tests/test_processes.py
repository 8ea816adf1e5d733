"""What several processes do to the same rows at the same moment, on the database in use."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from accounts.models import Account, User

PROCESSES = 4

#: Each process waits for the start, then settles, opens accounts and guesses as fast as it can.
SCRIPT = """
import json, pathlib, sys, time
import django
django.setup()
from accounts.domain import balance, throttle
from accounts.models import User

account_id, go = int(sys.argv[1]), pathlib.Path(sys.argv[2])
user = User.objects.get(username="eva")
counters = [
    throttle.Counter("password 10.0.0.1 ana", (throttle.Limit(10, 900),)),
    throttle.Counter("password-address 10.0.0.1", (throttle.Limit(50, 3600),)),
]
print("ready", flush=True)
deadline = time.monotonic() + 30
while not go.exists() and time.monotonic() < deadline:
    time.sleep(0.001)
examined = 0
for _ in range(20):
    balance.settle(account_id, 7)
    balance.open_account(user)
    try:
        throttle.take(counters)
    except throttle.TooManyAttempts:
        continue
    examined += 1
print(json.dumps(examined), flush=True)
"""

RESULT = """
import json, sys
import django
django.setup()
from accounts.models import Account, Throttle
print(json.dumps({
    "settled": Account.objects.get(pk=int(sys.argv[1])).settled_wh,
    "accounts": Account.objects.filter(user__username="eva").count(),
    "counted": {row.key: len(row.hits) for row in Throttle.objects.all()},
}))
"""


@pytest.fixture
def environment(transactional_db: None, tmp_path: Path) -> dict[str, str]:
    """The environment in which another process finds the database of this test."""
    shared = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": settings.SECRET_KEY,
        "LOGS_DIR": str(tmp_path),
    }
    if connection.vendor == "sqlite":
        shared["SQLITE_PATH"] = str(tmp_path / "db.sqlite3")
    else:
        shared["POSTGRES_DB"] = connection.settings_dict["NAME"]
    return shared


def copy_to_file(path: str) -> None:
    """SQLite's database of a test lives in memory, where no other process can see it."""
    connection.ensure_connection()
    target = sqlite3.connect(path)
    try:
        connection.connection.backup(target)
    finally:
        target.close()


def start(script: str, environment: dict[str, str], *args: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, args)],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_nothing_is_lost_and_no_limit_is_passed(
    environment: dict[str, str], driver: User, account: Account, tmp_path: Path
) -> None:
    User.objects.create_user("eva")
    if connection.vendor == "sqlite":
        copy_to_file(environment["SQLITE_PATH"])
    go = tmp_path / "go"
    running = [start(SCRIPT, environment, account.pk, go) for _ in range(PROCESSES)]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    go.touch()
    examined = [int(process.communicate(timeout=60)[0]) for process in running]
    assert [process.returncode for process in running] == [0] * PROCESSES
    assert sum(examined) == 10

    checking = start(RESULT, environment, account.pk)
    result = json.loads(checking.communicate(timeout=60)[0])
    assert result == {
        "settled": PROCESSES * 20 * 7,
        "accounts": 1,
        "counted": {"password 10.0.0.1 ana": 10, "password-address 10.0.0.1": 10},
    }
