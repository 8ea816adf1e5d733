"""`manage.py work` as a process: tasks are carried out, by it and nobody else."""

import signal
import subprocess
import sys
import time

from tests.support.server import ROOT, ServerProcess

QUEUE = """
from schedules.tests.tasks import add
answer([str(add.enqueue(2, number).id) for number in range(3)])
"""
RESULTS = """
from django_tasks_db.models import DBTaskResult
answer(sorted([r.status, r.return_value] for r in DBTaskResult.objects.all()))
"""


def test_tasks_that_were_put_off_are_carried_out(server: ServerProcess) -> None:
    assert len(set(server.shell(QUEUE))) == 3
    assert server.shell(RESULTS) == [["READY", None]] * 3
    server.manage("work", "--batch")
    assert server.shell(RESULTS) == [["SUCCESSFUL", 2], ["SUCCESSFUL", 3], ["SUCCESSFUL", 4]]


def test_it_works_until_a_signal(server: ServerProcess) -> None:
    worker = subprocess.Popen(
        [sys.executable, "manage.py", "work", "--interval", "0.1"],
        cwd=ROOT,
        env=server.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        server.shell(QUEUE)
        deadline = time.monotonic() + 60
        while [status for status, _ in server.shell(RESULTS)] != ["SUCCESSFUL"] * 3:
            assert worker.poll() is None
            assert time.monotonic() < deadline
        worker.send_signal(signal.SIGTERM)
        output, _ = worker.communicate(timeout=30)
    finally:
        worker.kill()
        worker.wait()
    assert worker.returncode == 0, output.decode()
    assert b"Traceback" not in output
