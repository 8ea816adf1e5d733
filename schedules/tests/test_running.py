"""The thread that does rounds: it goes on after trouble, and ends when it should."""

import logging
import threading

import pytest
from django.db import OperationalError

from schedules import running
from schedules.running import Runner

PATIENCE_S = 10


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "TROUBLE_S", 0.01)
    # The thread has no connection of its own here.
    monkeypatch.setattr("schedules.running.connections.close_all", lambda: None)


def test_it_goes_on_after_trouble_and_ends(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="schedules.running")
    troubles = [OperationalError("no\ndatabase\n"), ValueError("a mistake")]
    rounds: list[threading.Event] = []
    enough = threading.Event()

    def work(ending: threading.Event) -> None:
        rounds.append(ending)
        if troubles:
            raise troubles.pop(0)
        if len(rounds) == 4:
            enough.set()

    runner = Runner("rounds", work, lambda: 0.0)
    runner.start()
    runner.start()
    assert enough.wait(PATIENCE_S)
    threads = [one for one in threading.enumerate() if one.name == "rounds"]
    assert len(threads) == 1
    runner.stop(PATIENCE_S)
    assert not threads[0].is_alive()
    assert rounds[0].is_set()
    waiting, failed = caplog.records
    assert (waiting.levelname, waiting.exc_info) == ("INFO", None)
    assert (failed.levelname, failed.getMessage()) == ("ERROR", "rounds: a round of work failed")
    # It may begin again.
    enough.clear()
    rounds.clear()
    runner.start()
    assert enough.wait(PATIENCE_S)
    runner.stop(PATIENCE_S)
