"""Log files over midnights, processes, threads, forks and refusing disks."""

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine

from config.log_files import ActiveAppHandler
from config.logging import active_app

HOME = ZoneInfo("America/Monterrey")
EVENING = datetime(2025, 11, 20, 23, 59, 58, tzinfo=HOME)
MORNING = datetime(2025, 11, 21, 0, 0, 1, tzinfo=HOME)


class Log:
    """A handler on a folder of its own, and what it has written."""

    def __init__(self, folder: Path, **options: object) -> None:
        self.folder = folder
        self.handler = ActiveAppHandler(folder, ["ocpp", "accounts", "website"], **options)  # type: ignore[arg-type]
        self.logger = logging.Logger("somewhere", logging.INFO)
        self.logger.addHandler(self.handler)

    def lines(self, name: str) -> list[str]:
        self.handler.flush()
        path = self.folder / name
        return [json.loads(x)["message"] for x in path.read_text().splitlines()]

    def names(self) -> list[str]:
        self.handler.flush()
        return sorted(p.name for p in self.folder.iterdir() if not p.name.startswith("."))


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    made = Log(tmp_path)
    yield made
    made.handler.close()


def test_the_active_app_names_the_file(log: Log) -> None:
    log.logger.info("default")
    with active_app("ocpp"):
        log.logger.info("charging")
    with active_app("../../etc/passwd"):
        log.logger.info("no app of ours")
    assert log.lines("website.log") == ["default", "no app of ours"]
    assert log.lines("ocpp.log") == ["charging"]
    assert log.names() == ["ocpp.log", "website.log"]


def test_without_an_active_app_the_logger_s_own_app_counts(log: Log) -> None:
    background = logging.Logger("ocpp.writer", logging.INFO)
    background.addHandler(log.handler)
    background.info("committed")
    with active_app("accounts"):
        background.info("on behalf of accounts")
    assert log.lines("ocpp.log") == ["committed"]
    assert log.lines("accounts.log") == ["on behalf of accounts"]


def test_a_single_file_takes_everything(tmp_path: Path) -> None:
    log = Log(tmp_path, single="tests")
    with active_app("ocpp"):
        log.logger.info("one")
    log.logger.info("two")
    assert log.lines("tests.log") == ["one", "two"]
    assert log.names() == ["tests.log"]
    log.handler.close()


def test_a_warning_is_written_at_once_after_what_came_before(log: Log) -> None:
    log.logger.info("first")
    log.logger.warning("then")
    text = (log.folder / "website.log").read_text()
    assert [json.loads(x)["message"] for x in text.splitlines()] == ["first", "then"]


def test_other_lines_are_written_soon_by_themselves(log: Log) -> None:
    log.logger.info("soon")
    written = threading.Event()

    def watch() -> None:
        while not (log.folder / "website.log").exists():
            pass
        written.set()

    threading.Thread(target=watch, daemon=True).start()
    assert written.wait(5)


def test_at_midnight_the_file_gets_its_date(log: Log) -> None:
    with time_machine.travel(EVENING, tick=False) as clock:
        log.logger.info("yesterday 1")
        log.handler.flush()
        log.logger.info("yesterday 2, still in memory")
        clock.move_to(MORNING)
        log.logger.info("today")
        assert log.names() == ["website.log", "website.log.2025-11-20"]
        assert log.lines("website.log.2025-11-20") == [
            "yesterday 1",
            "yesterday 2, still in memory",
        ]
        assert log.lines("website.log") == ["today"]


def test_two_processes_at_midnight_rotate_once_and_lose_nothing(tmp_path: Path) -> None:
    one, other = Log(tmp_path), Log(tmp_path)
    with time_machine.travel(EVENING, tick=False) as clock:
        one.logger.info("a1")
        one.handler.flush()
        other.logger.info("b1")
        other.handler.flush()
        clock.move_to(MORNING)
        one.logger.info("a2")
        one.handler.flush()
        other.logger.info("b2")
        assert sorted(other.lines("website.log")) == ["a2", "b2"]
        assert sorted(one.lines("website.log.2025-11-20")) == ["a1", "b1"]
        assert one.names() == ["website.log", "website.log.2025-11-20"]
    one.handler.close()
    other.handler.close()


def test_a_node_that_was_off_over_midnight_rotates_when_it_starts(tmp_path: Path) -> None:
    with time_machine.travel(EVENING, tick=False):
        before = Log(tmp_path)
        before.logger.info("yesterday")
        before.handler.close()
    with time_machine.travel(MORNING, tick=False):
        after = Log(tmp_path)
        after.logger.info("today")
        assert after.lines("website.log") == ["today"]
        assert after.lines("website.log.2025-11-20") == ["yesterday"]
        after.handler.close()


def test_a_file_without_a_marker_is_dated_by_its_last_change(tmp_path: Path) -> None:
    old = tmp_path / "website.log"
    old.write_text('{"message": "old"}\n')
    os.utime(old, (EVENING.timestamp(), EVENING.timestamp()))
    with time_machine.travel(MORNING, tick=False):
        log = Log(tmp_path)
        log.logger.info("today")
        assert log.lines("website.log.2025-11-20") == ["old"]
        log.handler.close()


def test_a_clock_set_back_over_midnight_overwrites_nothing(log: Log) -> None:
    (log.folder / "website.log.2025-11-20").write_text('{"message": "earlier"}\n')
    with time_machine.travel(EVENING, tick=False) as clock:
        log.logger.info("again")
        clock.move_to(MORNING)
        log.logger.info("today")
        assert log.lines("website.log.2025-11-20") == ["earlier"]
        assert log.lines("website.log.2025-11-20.1") == ["again"]


def test_old_files_are_removed_only_when_asked(tmp_path: Path) -> None:
    for day in ("2025-11-10", "2025-11-18", "2025-11-19.1"):
        (tmp_path / f"website.log.{day}").touch()
    (tmp_path / "website.log.notes").touch()
    with time_machine.travel(EVENING, tick=False) as clock:
        log = Log(tmp_path, keep_days=2)
        log.logger.info("x")
        clock.move_to(MORNING)
        log.logger.info("y")
        assert log.names() == [
            *("website.log", "website.log.2025-11-19.1", "website.log.2025-11-20"),
            "website.log.notes",
        ]
        log.handler.close()


def test_a_file_removed_by_somebody_is_opened_anew(log: Log) -> None:
    log.logger.warning("gone")
    (log.folder / "website.log").unlink()
    log.logger.warning("here")
    assert log.lines("website.log") == ["here"]


def test_lines_that_the_disk_refuses_are_counted(
    log: Log, capsys: pytest.CaptureFixture[str]
) -> None:
    log.logger.warning("before")
    file = log.folder / "website.log"
    file.rename(log.folder / "aside")
    file.mkdir()  # nobody can write here, root neither
    log.logger.warning("lost 1")
    log.logger.warning("lost 2")
    file.rmdir()
    log.logger.warning("after")
    assert log.lines("website.log") == ["2 lines were lost: the file could not be written", "after"]
    assert capsys.readouterr().err.count("cannot be written") == 1


def test_threads_lose_and_mix_no_lines(log: Log) -> None:
    def work(app: str) -> None:
        with active_app(app):
            for number in range(500):
                log.logger.info("%s %d", app, number)

    threads = [threading.Thread(target=work, args=[app]) for app in ("ocpp", "accounts") * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for app in ("ocpp", "accounts"):
        expected = sorted(f"{app} {number}" for number in range(500) for _ in range(4))
        assert sorted(log.lines(f"{app}.log")) == expected


PROCESS = """
import logging, sys
from pathlib import Path
from config.log_files import ActiveAppHandler
handler = ActiveAppHandler(Path(sys.argv[1]), ["website"])
logger = logging.Logger("x", logging.INFO)
logger.addHandler(handler)
for number in range(2000):
    logger.info("%s %d %s", sys.argv[2], number, "y" * (number % 900))
handler.close()
"""


def test_processes_lose_and_mix_no_lines(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parent.parent.parent
    running = [
        subprocess.Popen([sys.executable, "-c", PROCESS, str(tmp_path), name], cwd=root)
        for name in "abc"
    ]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    text = (tmp_path / "website.log").read_text()
    words = [json.loads(line)["message"].split()[:2] for line in text.splitlines()]
    for name in "abc":
        assert [word[1] for word in words if word[0] == name] == [str(n) for n in range(2000)]


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_writes_its_own_lines_only(log: Log) -> None:
    log.logger.info("parent's")
    child = os.fork()
    if child == 0:
        log.logger.info("child's")
        log.handler.flush()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert sorted(log.lines("website.log")) == ["child's", "parent's"]


def test_a_record_that_cannot_be_formatted_ends_nothing(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)
    log.logger.info("%d", "no number")
    log.logger.info("next")
    assert log.lines("website.log") == ["next"]
