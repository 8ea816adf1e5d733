"""A process is killed between what it makes in Odoo and its note of it."""

import threading

import pytest
from django.conf import settings
from django.db import connection

from accounts.models import Account
from accounts.tests.test_processes import copy_to_file, environment, start
from odoo.models import Instance, Partner
from odoo.tests.conftest import MakeSession
from odoo.tests.server import Odoo

__all__ = ["environment"]

SYNC = """
import django
django.setup()
from django.core.management import call_command
call_command("odoo_sync", "--push")
"""

#: As if the time of the dead process's claim were over.
LATER = """
import django
django.setup()
from django.core.management import call_command
from odoo.models import Instance
Instance.objects.update(claimed_until="2020-01-01T00:00:00Z")
call_command("odoo_sync", "--push")
"""


@pytest.mark.parametrize("model", ["sale.order", "sale.order.line"])
def test_killed_between_making_and_noting_nothing_is_made_twice(
    environment: dict[str, str],
    instance: Instance,
    server: Odoo,
    driver: Account,
    make_session: MakeSession,
    model: str,
) -> None:
    environment["STORED_SECRETS_KEY"] = str(settings.STORED_SECRETS_KEY)
    environment["OUTGOING_LOOPBACK_FOR_TESTS"] = "1"
    number = server.add("res.partner", name="Ana")
    Partner.objects.create(instance=instance, external_id=number, user=driver.user)
    for _ in range(2):
        make_session(driver)
    if connection.vendor == "sqlite":
        copy_to_file(environment["SQLITE_PATH"])
    made, dead = threading.Event(), threading.Event()

    def hold(called: str, method: str) -> None:
        if (called, method) == (model, "create"):
            made.set()
            dead.wait(120)

    server.after = hold
    victim = start(SYNC, environment)
    assert made.wait(120)
    victim.kill()
    victim.communicate(timeout=30)
    server.after = lambda *_args: None
    dead.set()

    told = start(LATER, environment).communicate(timeout=120)[0]
    assert "2 done, 0 failed" in told
    assert len(server.rows("sale.order")) == 1
    assert len(server.rows("sale.order.line")) == 2
