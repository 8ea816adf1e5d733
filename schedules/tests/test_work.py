"""`manage.py work` as a process: tasks are carried out, by it and nobody else."""

from tests.support.server import ServerProcess

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
