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
#: Ends all leases and pauses, as if their time had passed.
PASS_TIME = """
import django
django.setup()
from datetime import timedelta
from django.db.models.functions import Now
from mailer.models import Email
Email.objects.filter(state="sending").update(claimed_until=Now() - timedelta(seconds=1))
Email.objects.filter(state="queued").update(next_try=Now())
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
    node: Node, mail_server: MailServer, database: Database
) -> None:
    # Some fail first, in each way that leaves no doubt.
    kinds = ["again-1-", "drop-1-", "", "", "", "", "", "", "", ""]
    addresses = [f"{kinds[n % len(kinds)]}u{n}@example.com" for n in range(EMAILS)]
    node.run("-c", QUEUE, told=" ".join(addresses))
    shares = []
    for _ in range(4):
        running = [node.start("manage.py", "send_queued") for _ in range(PROCESSES)]
        outputs = [process.communicate(timeout=LIMIT_S)[0] for process in running]
        shares.append([output.count(": sent\n") for output in outputs])
        # What was dropped three times in a row ends a round, which is no failure of the queue.
        assert all("Traceback" not in output for output in outputs), outputs
        node.run("-c", PASS_TIME)
    assert mail_server.received() == Counter(addresses)
    states = database.query("SELECT state, count(*) FROM mailer_email GROUP BY state")
    assert states == [("sent", EMAILS)]
    # All of them took part.
    assert sum(share > 0 for share in shares[0]) == PROCESSES, shares


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
    assert "3 sent" not in node.run("manage.py", "send_queued")
    assert mail_server.received() == Counter(addresses)
    node.run("-c", PASS_TIME)
    output = node.run("manage.py", "send_queued")
    assert "1 may have been delivered by a process that ended meanwhile." in output
    node.run("-c", PASS_TIME)
    assert node.run("manage.py", "send_queued").startswith("0 sent")
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
