"""Whether the tests of money notice when a rule is broken: `python -m tests.mutations`.

Each rule below is broken, in a copy of the project, in the way that is written there; then at least
one of the tests named beside it has to fail. With a word, only rules whose name has it are broken:

    .venv/bin/python -m tests.mutations hold
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
TRANSACTIONS = "ocpp/domain/transactions"
TESTS = "ocpp/tests/domain"
#: Tests that take longer than this after the change hang, which is noticed as well (s).
LIMIT_S = 300
LEFT_OUT = (".venv", ".git", ".interop", "logs", "media", "uploads", "staticfiles", "__pycache__")


class Mutation(NamedTuple):
    """A rule, the text in a file that carries it, what breaks it, and who has to notice."""

    rule: str
    file: str
    text: str
    broken: str
    tests: tuple[str, ...]


MUTATIONS = (
    Mutation(
        "a start that is told again makes no second row",
        f"{TRANSACTIONS}/starts.py",
        "    if known is not None:\n        return known, _told_before(known)\n    time, oddity",
        "    time, oddity",
        (f"{TESTS}/test_transactions.py",),
    ),
    Mutation(
        "a stop that is told again is not charged again",
        "ocpp/domain/billing.py",
        "balance.settle(found.account_id, due - found.billed_wh)",
        "balance.settle(found.account_id, due)",
        (f"{TESTS}/test_transactions.py", f"{TESTS}/test_reviews.py"),
    ),
    Mutation(
        "a stop of another charge point's transaction is not obeyed",
        f"{TRANSACTIONS}/stops.py",
        "Transaction.objects.filter(charger=station.pk, pk=number)",
        "Transaction.objects.filter(pk=number)",
        (f"{TESTS}/test_transactions.py",),
    ),
    Mutation(
        "a second, different stop does not count",
        f"{TRANSACTIONS}/stops.py",
        "    if _has_ended(found):\n        second",
        "    if False:\n        second",
        (f"{TESTS}/test_transactions.py",),
    ),
    Mutation(
        "a stop that waits is joined to its start",
        f"{TRANSACTIONS}/starts.py",
        "        unnumbered.fit(station, time)",
        "        pass",
        (f"{TESTS}/test_unnumbered.py", f"{TESTS}/test_permutations.py"),
    ),
    Mutation(
        "a stop that was joined wrongly is taken back",
        f"{TRANSACTIONS}/unnumbered.py",
        "        if row.transaction_id is not None:\n            take_back(station, row)",
        "        pass",
        (f"{TESTS}/test_unnumbered.py", f"{TESTS}/test_permutations.py"),
    ),
    Mutation(
        "a time that cannot be is not believed",
        "ocpp/domain/clock.py",
        "if moment < EARLIEST or ahead > LATEST_AHEAD:",
        "if moment < EARLIEST:",
        (f"{TESTS}/test_clock.py",),
    ),
    Mutation(
        "energy that runs is never negative",
        "ocpp/domain/running.py",
        "    if not 0 <= so_far <= most:\n        if so_far > most and known",
        "    if not so_far <= most:\n        if so_far > most and known",
        (f"{TESTS}/test_running.py", f"{TESTS}/test_metering.py"),
    ),
    Mutation(
        "energy that ended is never negative",
        "ocpp/domain/energy.py",
        "    if 0 <= delivered <= most:\n        return Judgement(delivered)",
        "    if delivered <= most:\n        return Judgement(delivered)",
        (f"{TESTS}/test_energy.py",),
    ),
    Mutation(
        "energy that awaits a review is not billed",
        "ocpp/domain/billing.py",
        "0 if found.needs_review or found.written_off else found.energy_wh",
        "0 if found.written_off else found.energy_wh",
        (f"{TESTS}/test_reviews.py", f"{TESTS}/test_transactions.py"),
    ),
    Mutation(
        "an end gives its hold back",
        f"{TRANSACTIONS}/finishing.py",
        "    found.held_wh = None\n",
        "",
        (f"{TESTS}/test_holds.py",),
    ),
    Mutation(
        "a hold grows while a session charges",
        "ocpp/domain/running.py",
        "    if known.held_wh is not None and holds.is_low(known, so_far):",
        "    if False:",
        (f"{TESTS}/test_holds.py",),
    ),
    Mutation(
        "sessions of service accounts hold nothing",
        f"{TRANSACTIONS}/starts.py",
        "if not decision.accepted or not decision.on_credit or decision.account is None:",
        "if not decision.accepted or decision.account is None:",
        (f"{TESTS}/test_holds.py",),
    ),
    Mutation(
        "a session is priced by the tariff of its time",
        "ocpp/domain/tariffs/costs.py",
        'order_by("-valid_from").first()',
        'order_by("valid_from").first()',
        (f"{TESTS}/tariffs",),
    ),
    Mutation(
        "holidays count as Sundays",
        "ocpp/domain/tariffs/costs.py",
        "for day, is_holiday in days.items() if is_holiday",
        "for day, is_holiday in days.items() if False",
        (f"{TESTS}/tariffs",),
    ),
)

#: Locks of rows are PostgreSQL's: SQLite has one writer at a time.
POSTGRESQL_ONLY = (
    Mutation(
        "nobody else spends credit that is being held",
        "ocpp/domain/holds.py",
        "Account.objects.select_for_update()",
        "Account.objects",
        (f"{TESTS}/test_holds.py", "ocpp/tests/connection/test_credit_race.py"),
    ),
)


def notices(mutation: Mutation, copy: Path) -> str:
    """Break the rule in the copy and run its tests; returns what came of it, "" for nothing."""
    file = copy / mutation.file
    whole = file.read_text()
    file.write_text(whole.replace(mutation.text, mutation.broken))
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    try:
        done = subprocess.run(
            [*command, *mutation.tests],
            cwd=copy,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"hangs for {LIMIT_S} s"
    finally:
        file.write_text(whole)
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    if done.returncode == 1 and failed:
        return failed[0].split("::")[-1][:90]
    return "" if done.returncode == 0 else f"pytest ended with {done.returncode}"


def main(word: str) -> int:
    """Break one rule after the other; returns how many nobody noticed."""
    mutations = MUTATIONS + (POSTGRESQL_ONLY if os.environ.get("POSTGRES_DB") else ())
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "project"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
        for mutation in mutations:
            if word not in mutation.rule:
                continue
            begun = time.monotonic()
            noticed = notices(mutation, copy)
            missed += not noticed
            took = f"{time.monotonic() - begun:5.1f} s"
            print(f"{took}  {mutation.rule}: {noticed or 'NOBODY NOTICED'}", flush=True)
    return missed


if __name__ == "__main__":
    sys.exit(min(1, main(" ".join(sys.argv[1:]))))
