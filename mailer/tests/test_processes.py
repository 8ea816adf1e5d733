"""Several processes that send from one queue, and one that is killed in the middle."""

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.support.databases import Database
from tests.support.fixtures import migrated_database
from tests.support.mail_server import MailServer

__all__ = ["migrated_database"]

ROOT = Path(__file__).resolve().parent.parent.parent
PROCESSES, EMAILS = 4, 200
LIMIT_S = 120

#: Queues e-mails to the addresses of its standard input.
QUEUE = """
import sys
import django
django.setup()
from django.db import transaction
from mailer.domain import queue
from mailer.domain.templates import Text
with transaction.atomic():
    for address in sys.stdin.read().split():
        queue.queue([address], Text("Hello", "A text."), "en")
"""
#: Is ready, waits for the file `go`, and then sends as the command does.
SEND = """
import pathlib, sys, time
import django
django.setup()
from django.core.management import call_command
print("ready", flush=True)
end = time.monotonic() + 60
while not pathlib.Path(sys.argv[1]).exists() and time.monotonic() < end:
    time.sleep(0.001)
call_command("send_queued")
"""
#: Lets the time of all leases and pauses pass, again and again, and sends after each.
SEND_LATER = """
import django
django.setup()
from datetime import timedelta
from django.core.management import call_command
from django.db.models.functions import Now
from mailer.models import Email
for _ in range(5):
    past = Now() - timedelta(seconds=1)
    Email.objects.filter(state="sending").update(claimed_until=past)
    Email.objects.filter(state="queued").update(next_try=past)
    call_command("send_queued")
"""


class Node:
    """Runs programs on a database of their own, with the mail server of the test."""

    def __init__(self, database: Database, server: MailServer, folder: Path) -> None:
        self.environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            "PYTEST_VERSION": "0",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "SECRET_KEY": "a key of a test",
            "LOGS_DIR": str(folder),
            **database.environment,
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(server.port),
            "EMAIL_USE_TLS": "0",
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str, told: str = "") -> str:
        process = self.start(*arguments)
        output, _ = process.communicate(told, timeout=LIMIT_S)
        assert process.returncode == 0, output
        return output


@pytest.fixture
def database(migrated_database: Database) -> Database:
    return migrated_database.copy_of_template()


@pytest.fixture
def mail_server() -> MailServer:
    return MailServer().start()


@pytest.fixture
def node(database: Database, mail_server: MailServer, tmp_path: Path):
    yield Node(database, mail_server, tmp_path)
    mail_server.stop()
    database.drop()


def test_four_senders_deliver_each_email_once(
    node: Node, mail_server: MailServer, database: Database, tmp_path: Path
) -> None:
    # Some fail first, in each way that leaves no doubt.
    kinds = ["again-1-", "drop-1-", "", "", "", "", "", "", "", ""]
    addresses = [f"{kinds[n % len(kinds)]}u{n}@example.com" for n in range(EMAILS)]
    node.run("-c", QUEUE, told=" ".join(addresses))
    go = tmp_path / "go"
    running = [node.start("-c", SEND, str(go)) for _ in range(PROCESSES)]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    go.touch()
    outputs = [process.communicate(timeout=LIMIT_S)[0] for process in running]
    assert [process.returncode for process in running] == [0] * PROCESSES, outputs
    # All of them took part.
    assert all(": sent\n" in output for output in outputs), outputs
    assert mail_server.received() == Counter(a for a in addresses if a.startswith("u"))
    node.run("-c", SEND_LATER)
    assert mail_server.received() == Counter(addresses)
    states = database.query("SELECT state, count(*) FROM mailer_email GROUP BY state")
    assert states == [("sent", EMAILS)]


def test_killed_in_the_middle_it_is_delivered_once_more_at_most(
    node: Node, mail_server: MailServer, database: Database
) -> None:
    addresses = ["a@example.com", "hold-1-x@example.com", "b@example.com"]
    node.run("-c", QUEUE, told=" ".join(addresses))
    sender = node.start("manage.py", "send_queued")
    assert mail_server.holding.wait(LIMIT_S)
    # The server has taken it; the sender does not know, and never will.
    sender.send_signal(signal.SIGKILL)
    sender.communicate(timeout=LIMIT_S)
    mail_server.go_on.set()
    # While the claim lasts nobody else takes it.
    assert "1 sent, 0 to be tried again, 0 failed" in node.run("manage.py", "send_queued")
    assert mail_server.received() == Counter(addresses)
    output = node.run("-c", SEND_LATER)
    assert output.count("1 may have been delivered by a process that ended meanwhile.") == 1
    received = mail_server.received()
    assert received == {"a@example.com": 1, "b@example.com": 1, "hold-1-x@example.com": 2}
    [(pk, state, uncertain)] = database.query(
        "SELECT id, state, uncertain FROM mailer_email WHERE uncertain > 0"
    )
    assert (state, uncertain) == ("sent", 1)
    log = database.query(
        "SELECT outcome, words FROM mailer_attempt WHERE email_id = %s ORDER BY number", [pk]
    )
    assert [outcome for outcome, _words in log] == ["uncertain", "sent"]
    assert "it may have been delivered" in log[0][1]
