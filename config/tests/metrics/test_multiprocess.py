"""The files in which workers share what they count."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from config.metrics import multiprocess
from config.metrics.multiprocess import RESERVED, Publisher, Shared
from ocpp import metrics
from tests.support.server import ROOT

pytestmark = pytest.mark.django_db

OTHER = """
import os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()
from config.metrics.multiprocess import publisher
from ocpp import metrics
metrics.received["Heartbeat"] += 5
metrics.register("connected", lambda: 7)
metrics.committed(3, 0.0, 0.0, 0.004)
publisher.publish()
print(os.getpid())
"""


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Shared]:
    monkeypatch.setenv(multiprocess.VARIABLE, str(tmp_path / "metrics"))
    monkeypatch.setattr(multiprocess, "publisher", Publisher())
    made = Shared()
    yield made
    made.remove()


def told() -> dict[str, float]:
    """Series without labels but `pid`, and heartbeats."""
    text = generate_latest(multiprocess.registry()).decode()
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if not sample.labels:
                found[sample.name] = sample.value
            elif sample.labels.get("action") == "Heartbeat":
                found["heartbeats"] = sample.value
            elif "pid" in sample.labels:
                found[f"{sample.name} {sample.labels['pid']}"] = sample.value
    return found


def other_process() -> int:
    """Another process that counts and shares; it has ended when this returns its number."""
    done = subprocess.run(
        [sys.executable, "-c", OTHER],
        cwd=ROOT,
        env={**os.environ, "SECRET_KEY": "only-for-tests"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return int(done.stdout)


def test_what_a_dead_process_held_goes_and_what_it_did_stays(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(metrics.received, "Heartbeat", 2)
    monkeypatch.setitem(metrics._readers, "connected", lambda: 1)
    before = told()
    pid = other_process()
    both = told()
    assert (before["heartbeats"], both["heartbeats"]) == (2, 7)
    assert both["constellation_connected_chargers"] == 8
    commits = "constellation_commit_seconds_count"
    assert both[commits] == before[commits] + 1
    assert f"constellation_process_memory_bytes {pid}" in both
    shared.forget(pid)
    after = told()
    assert after["heartbeats"] == 7
    assert after["constellation_connected_chargers"] == 1
    assert f"constellation_process_memory_bytes {pid}" not in after
    assert f"constellation_process_memory_bytes {os.getpid()}" in after


def test_the_files_have_their_room_from_the_beginning(shared: Shared) -> None:
    told()
    files = sorted(shared.path.iterdir())
    assert [one.suffix for one in files] == [".db"] * 4
    for one in files:
        assert one.stat().st_blocks * 512 >= RESERVED, one


def test_without_room_the_others_are_told_all_the_same(
    shared: Shared, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    other_process()

    def full(path: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert told()["constellation_connected_chargers"] == 7
    assert "No space left" in caplog.text


def test_the_folder_is_emptied_at_the_start_and_left_empty(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(multiprocess.VARIABLE, str(tmp_path))
        (tmp_path / "counter_1.db").write_bytes(b"of an earlier run")
        made = Shared()
        assert list(tmp_path.iterdir()) == []
        made.remove()
        assert tmp_path.exists()


def test_a_folder_of_its_own_is_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(multiprocess.VARIABLE, "")
    made = Shared()
    assert multiprocess.folder() == str(made.path)
    made.remove()
    assert not made.path.exists()
    assert not multiprocess.folder()
