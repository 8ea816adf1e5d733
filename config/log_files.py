"""Log files: one JSON object a line, a file an app, a new file every midnight.

Several processes write to the same file. Each line goes out whole because the file is opened
for appending, and at midnight one process renames it while the others wait for a lock; a file
that was renamed or removed under a process is opened anew.

A line of level INFO or below is first kept in memory, at most `KEEP_S` seconds, so that a
thread which logs never waits for the disk; from WARNING on it is written at once, with all that
came before it. A process that is killed with SIGKILL loses the lines of its last `KEEP_S`.
POSIX only.
"""

import fcntl
import logging
import os
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Collection
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

from config.log_lines import note, render, render_objects
from config.logging import DEFAULT_APP, of_record

#: How long lines below WARNING may wait in memory (s), and how many of one file.
KEEP_S = 0.25
KEEP_LINES = 20_000


class DailyFile:
    """`<name>.log` in a folder; at midnight it becomes `<name>.log.<date of its lines>`.

    Files older than `keep_days` days are removed then (0: none ever is).
    """

    def __init__(self, folder: Path, name: str, keep_days: int = 0) -> None:
        self.path = folder / f"{name}.log"
        #: When the day of the open file ends (s since 1970); 0 until it is opened.
        self.day_ends = 0.0
        #: Lines that wait. Adding to it and taking from it need no lock.
        self.lines: deque[bytes] = deque()
        # Holds the day of the current file, and is what the processes lock.
        self._marker = folder / f".{name}.log.day"
        self._keep_days = keep_days
        self._lock = threading.Lock()
        self._fd = -1
        self._lost = 0

    def write_out(self) -> None:
        """Write the lines that wait. When the disk refuses them they are counted as lost."""
        with self._lock:
            self._write_out()

    def _write_out(self) -> None:
        lines: list[bytes] = []
        try:
            while True:
                lines.append(self.lines.popleft())
        except IndexError:
            pass
        if not lines:
            return
        if self._lost:
            lines.insert(0, self._note_of_loss())
        try:
            self._reopen_if_replaced()
            data = memoryview(b"".join(lines))
            while data:
                data = data[os.write(self._fd, data) :]
        except OSError as error:
            if not self._lost:
                sys.stderr.write(f"{self.path} cannot be written, lines are lost: {error}\n")
            else:
                lines.pop(0)
            self._lost += len(lines)
        else:
            self._lost = 0

    def _note_of_loss(self) -> bytes:
        text = f"{self._lost} lines were lost: the file could not be written"
        return note(time.time(), "ERROR", __name__, text)

    def start_day(self, now: float) -> None:
        """Write out the lines of the day before, then put its file aside if nobody has yet."""
        with self._lock:
            if now < self.day_ends:
                return
            if self.day_ends:
                self._write_out()
            try:
                self._rotate(datetime.fromtimestamp(now).date())  # noqa: DTZ006  (the local day)
            except OSError as error:
                sys.stderr.write(f"{self.path} cannot be rotated: {error}\n")
            day = time.localtime(now)
            self.day_ends = time.mktime((day[0], day[1], day[2] + 1, 0, 0, 0, 0, 0, -1))

    def _rotate(self, today: date) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._marker.open("a+") as marker:
            fcntl.flock(marker, fcntl.LOCK_EX)
            marker.seek(0)
            day = self._day_of_file(marker.read(), today)
            if day < today and self.path.exists():
                self.path.rename(self._free_name(day))
                self._remove_old(today)
            marker.truncate(0)
            marker.write(today.isoformat())

    def _day_of_file(self, written: str, today: date) -> date:
        try:
            return date.fromisoformat(written.strip())
        except ValueError:
            if self.path.exists():
                return datetime.fromtimestamp(self.path.stat().st_mtime).date()  # noqa: DTZ006
            return today

    def _free_name(self, day: date) -> Path:
        name = f"{self.path.name}.{day.isoformat()}"
        path, number = self.path.with_name(name), 1
        while path.exists():  # the clock was set back over a midnight
            path, number = self.path.with_name(f"{name}.{number}"), number + 1
        return path

    def _remove_old(self, today: date) -> None:
        if not self._keep_days:
            return
        oldest = (today - timedelta(days=self._keep_days)).isoformat()
        for path in self.path.parent.glob(f"{self.path.name}.????-??-??*"):
            if path.name.removeprefix(f"{self.path.name}.") < oldest:
                path.unlink(missing_ok=True)

    def _reopen_if_replaced(self) -> None:
        if self._fd >= 0:
            mine = os.fstat(self._fd)
            try:
                there = self.path.stat()
            except FileNotFoundError:
                pass
            else:
                if (mine.st_ino, mine.st_dev) == (there.st_ino, there.st_dev):
                    return
            os.close(self._fd)
            self._fd = -1
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)

    def after_fork(self) -> None:
        """In a child process: what waits is the parent's to write."""
        self._lock = threading.Lock()
        self.lines.clear()

    def close(self) -> None:
        """Write out and close."""
        with self._lock:
            self._write_out()
            if self._fd >= 0:
                os.close(self._fd)
                self._fd = -1


class ActiveAppHandler(logging.Handler):
    """Writes each record to the file of the app that is active where it was logged.

    `apps` are the apps that have a file; everything else goes to the default app's. With
    `single` all records go to that one file. A record with `objects` stands for a line for each
    of these texts, which are JSON objects.
    """

    def __init__(
        self, folder: Path, apps: Collection[str], *, single: str = "", keep_days: int = 0
    ) -> None:
        super().__init__()
        self._apps = frozenset(apps)
        self._single = single
        self._new_file = partial(DailyFile, folder, keep_days=keep_days)
        self._files: dict[str, DailyFile] = {}
        self._closed = False
        self._waiting = threading.Event()
        self._writer: threading.Thread | None = None
        self._start = threading.Lock()
        os.register_at_fork(after_in_child=partial(_forked, weakref.ref(self)))

    def handle(self, record: logging.LogRecord) -> bool:
        """Without the lock of other handlers: adding a line needs none."""
        passed = self.filter(record)
        if passed:
            self.emit(record if passed is True else passed)
        return bool(passed)

    def emit(self, record: logging.LogRecord) -> None:
        """Add the line of `record` to its file; never raises."""
        try:
            name = self._single or of_record(record, self._apps) or DEFAULT_APP
            file = self._files.get(name) or self._files.setdefault(name, self._new_file(name))
            objects = getattr(record, "objects", None)
            lines = [render(record)] if objects is None else render_objects(record, objects)
            if record.created >= file.day_ends:
                file.start_day(record.created)
            file.lines.extend(lines)
            if record.levelno >= logging.WARNING or self._closed or len(file.lines) > KEEP_LINES:
                file.write_out()
            elif not self._waiting.is_set():
                self._wake()
        except Exception:
            self.handleError(record)

    def _wake(self) -> None:
        if self._writer is None:
            with self._start:
                if self._writer is None:
                    writer = threading.Thread(target=self._work, name="log-writer", daemon=True)
                    writer.start()
                    self._writer = writer
        self._waiting.set()

    def _work(self) -> None:
        while not self._closed:
            self._waiting.wait()
            time.sleep(KEEP_S)
            self._waiting.clear()
            self.flush()

    def flush(self) -> None:
        """Write out every line that waits."""
        for file in list(self._files.values()):
            file.write_out()

    def close(self) -> None:
        """Write out and close the files; what is logged afterwards is written at once."""
        self._closed = True
        self._waiting.set()
        for file in list(self._files.values()):
            file.close()
        super().close()

    def after_fork(self) -> None:
        """In a child process: threads and locks of the parent are not there."""
        self._writer = None
        self._waiting = threading.Event()
        self._start = threading.Lock()
        for file in list(self._files.values()):
            file.after_fork()


def _forked(reference: "weakref.ref[ActiveAppHandler]") -> None:
    handler = reference()
    if handler is not None:
        handler.after_fork()
