"""Several processes renew at the same moment and are killed: each period is granted once."""

import json
import os
import random
import signal
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from django.db import connection

from accounts.models import Account
from accounts.tests.test_processes import copy_to_file, environment, start
from subscriptions.domain import subscribing
from subscriptions.models import Product
from subscriptions.tests.conftest import START

__all__ = ["environment"]

PROCESSES, KILLS, PERIODS = 3, 6, 80

#: Renews up to the given time, a period at a time; says so after each.
WORK = """
import sys
from datetime import datetime
import django
django.setup()
from django.db import OperationalError
from subscriptions.domain import renewing

now = datetime.fromisoformat(sys.argv[1])
print("ready", flush=True)
while True:
    try:
        done = renewing.renew_due(now, limit=1)
    except OperationalError:
        continue  # the others hold the lock
    print(done.periods, flush=True)
    if not done.more:
        break
"""

RESULT = """
import json
import django
django.setup()
from accounts.domain import balance
from accounts.models import Account
from subscriptions.models import Renewal, Subscription
[one] = Subscription.objects.all()
print(json.dumps({
    "renewals": Renewal.objects.count(),
    "starts": Renewal.objects.values("period_start").distinct().count(),
    "credits": one.account.credits.count(),
    "kwh": str(balance.of(one.account).credits_kwh),
    "next": one.next_renewal.isoformat(),
}))
"""


def test_killed_in_the_middle_each_period_is_granted_once(
    environment: dict[str, str], account: Account, product: Product, tmp_path: Path
) -> None:
    subscribing.subscribe(account, product, START)
    if connection.vendor == "sqlite":
        copy_to_file(environment["SQLITE_PATH"])
    now = START + PERIODS * product.period
    dice = random.Random(7)  # noqa: S311  (a dice)
    running = [start(WORK, environment, now.isoformat()) for _ in range(PROCESSES)]
    granted = 0
    for kill in range(KILLS):
        victim = running.pop(0)
        assert victim.stdout is not None
        assert victim.stdout.readline() == "ready\n"
        # Somewhere within one of its next periods: the pause is where it is hit, not a wait.
        for _ in range(dice.randrange(1, 4)):
            granted += victim.stdout.readline() == "1\n"
        os.kill(victim.pid, signal.SIGKILL)
        victim.communicate(timeout=30)
        if kill < KILLS - PROCESSES:
            running.append(start(WORK, environment, now.isoformat()))
    last = start(WORK, environment, now.isoformat())
    last.communicate(timeout=120)
    assert last.returncode == 0

    result = json.loads(start(RESULT, environment).communicate(timeout=120)[0])
    assert result == {
        "renewals": PERIODS + 1,
        "starts": PERIODS + 1,
        "credits": PERIODS + 1,
        "kwh": str((PERIODS + 1) * Decimal("20.500")),
        "next": (START + (PERIODS + 1) * timedelta(days=10)).isoformat(),
    }
    # Killed processes did some of it, or nothing was tried.
    assert 0 < granted <= PERIODS
