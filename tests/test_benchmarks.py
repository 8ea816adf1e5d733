"""The benchmarks run, on what everybody has: no figure is judged, for each machine has its own."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.__main__ import PARTS
from tests.support.processes import children
from tests.support.server import ROOT

LIMIT_S = 60
SHORT = ["--connections", "3", "--seconds", "0.3", "--warm-up", "0.1"]


def started(*arguments: str, path: Path | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env=os.environ | ({"PATH": str(path)} if path else {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_parts_are_told() -> None:
    process = started("benchmarks", "--list")
    told, _ = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0
    assert [line.split()[0] for line in told.splitlines()] == list(PARTS)
    for part in PARTS.values():
        assert (ROOT / "benchmarks" / f"{part.module}.py").exists()


@pytest.fixture
def two_cores() -> None:
    if not {0, 1} <= os.sched_getaffinity(0):
        pytest.skip("benchmarks need cores 0 and 1")


@pytest.mark.usefixtures("two_cores")
def test_a_subject_is_measured_and_has_stored_what_it_acknowledged() -> None:
    process = started("benchmarks.compare", "--only", "naive-sqlite", *SHORT)
    told, progress = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0, progress
    figures = next(json.loads(line) for line in progress.splitlines() if line.startswith("{"))
    assert figures["messages"] > 0
    assert figures["stored"] >= 4 * figures["answered"] >= 4 * figures["messages"]
    row = told.splitlines()[-1]
    assert row.startswith("| naive design, SQLite | 3 | ")
    assert "Python library" not in told


@pytest.mark.usefixtures("two_cores")
def test_a_subject_that_cannot_be_measured_does_not_hide_the_others(tmp_path: Path) -> None:
    # Without Node.js on the PATH one of the two cannot be started.
    for name in ("taskset", "git", "redis-server"):
        found = shutil.which(name)
        if found:
            (tmp_path / name).symlink_to(found)
    process = started("benchmarks.compare", "--only", "rpc", "naive-sqlite", *SHORT, path=tmp_path)
    told, progress = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 1
    assert "npm library `ocpp-rpc`, stores nothing with 3 connections: Node.js" in progress
    assert told.splitlines()[-1].startswith("| naive design, SQLite | 3 | ")


def folders() -> set[Path]:
    return set(ROOT.glob(".benchmark-*"))


@pytest.mark.usefixtures("two_cores")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_it_made_is_gone_when_it_is_ended(number: signal.Signals) -> None:
    before = folders()
    long = ["--connections", "3", "--seconds", "60", "--warm-up", "0"]
    process = started("benchmarks.compare", "--only", "naive-sqlite", *long)
    deadline = time.monotonic() + LIMIT_S
    # The server and the generator, once both are there.
    while len(mine := children(process.pid)) < 2:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)  # between two looks
    assert folders() - before
    process.send_signal(number)
    process.communicate(timeout=LIMIT_S)
    assert process.returncode != 0
    assert folders() <= before
    assert not any(Path(f"/proc/{pid}").exists() for pid in mine)
