"""Whoever takes data out is recorded, also where it takes no more than a GET."""

import pytest
from django.db import connection
from django.test import Client

from accounts.domain import balance
from accounts.models import User
from audit.models import Record
from ocpp.models import Charger

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="what is recorded is the same"),
]


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("boss"))
    return client


def last() -> Record:
    record = Record.objects.order_by("-pk").first()
    assert record is not None
    assert record.origin == "127.0.0.1"
    assert record.user_pk == User.objects.get(username="boss").pk
    return record


def test_statements(boss: Client) -> None:
    account = balance.open_account(User.objects.create_user("ana"))
    for path in (
        f"/ocpp/statements/{account.pk}/2026-3/?format=csv",
        f"/accounts/{account.pk}/statements/2026-3/?format=csv",
    ):
        answer = boss.get(path)
        assert answer.status_code == 200, path
        record = last()
        assert (record.deed, record.subject_pk) == ("statement.exported", str(account.pk))
        assert record.after == {"month": "2026-03", "format": "csv"}
    assert Record.objects.filter(deed="statement.exported").count() == 2
    boss.get(f"/ocpp/statements/{account.pk}/2026-3/")
    assert Record.objects.filter(deed="statement.exported").count() == 2, "a page is no export"


def test_the_message_log(boss: Client) -> None:
    charger = Charger.objects.create(charger_id="CP1")
    answer = boss.get("/ocpp/log/CP1/?export=jsonl&action=Heartbeat")
    assert answer.status_code == 200
    b"".join(answer)
    record = last()
    assert (record.deed, record.subject_pk) == ("messages.exported", str(charger.pk))
    assert record.after is not None
    assert record.after["action"] == "Heartbeat"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_lists_of_the_api(boss: Client, form: str) -> None:
    assert boss.get(f"/ocpp/sessions/?format={form}&limit=5").status_code == 200
    record = last()
    assert record.deed == "list.exported"
    assert record.after == {
        "list": "ocpp.transaction",
        "filters": {"format": form, "limit": "5"},
    }


def test_lists_of_the_admin(boss: Client) -> None:
    assert boss.post("/admin/accounts/vehicle/export/", {"format": "0"}).status_code == 200
    assert last().deed == "list.exported"
