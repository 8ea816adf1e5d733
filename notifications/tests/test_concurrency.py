"""One e-mail although several processes look at the same moment, on the database in use."""

import threading

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from pytest_django import Settings

from accounts.domain import balance
from accounts.models import Credit, User
from mailer.models import Email
from notifications.domain import drivers
from notifications.models import Notification
from notifications.tests.conftest import NOW
from ocpp.models import Charger, Transaction

THREADS = 4


@pytest.mark.django_db(transaction=True)
def test_four_that_look_at_once_queue_one_email(settings: Settings) -> None:
    ContentType.objects.clear_cache()
    user = User.objects.create_user("ana", email="ana@example.com")
    account = balance.open_account(user)
    Credit.objects.create(account=account, amount_kwh=20)
    session = Transaction.objects.create(
        charger=Charger.objects.create(charger_id="CP1"),
        connector_id=1,
        state="completed",
        id_tag="A",
        account=account,
        meter_start=0,
        start_time=NOW,
        start_raw="x",
        start_received=NOW,
        stop_time=NOW,
    )
    together = threading.Barrier(THREADS)
    told: list[int] = []

    def look() -> None:
        try:
            mine = Transaction.objects.select_related("charger", "account__user").get(pk=session.pk)
            together.wait(20)
            told.append(drivers.receipt(mine, NOW))
        finally:
            connection.close()

    threads = [threading.Thread(target=look) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(told) == [0] * (THREADS - 1) + [1]
    assert Email.objects.count() == Notification.objects.count() == 1
