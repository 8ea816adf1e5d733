"""Groups of chargers and limits in the admin."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import RFID, Account
from ocpp.domain import stopping
from ocpp.models import Charger, ChargerGroup, Transaction
from ocpp.tests.factories import NOON, Reporter, make_driver

ADD = reverse("admin:ocpp_chargergroup_add")


def form(charger: Charger, **facts: str) -> dict[str, Any]:
    blank = {"name": "Casino", "allowed_hours": "", "time_zone": ""}
    return {**blank, "chargers": [charger.pk], **facts}


def test_a_group_is_added(admin_client: Client, charger: Charger) -> None:
    answer = admin_client.post(
        ADD, form(charger, allowed_hours="lu-vi 8:00-18:00", time_zone="America/Tijuana")
    )
    assert answer.status_code == 302
    group = ChargerGroup.objects.get()
    assert list(group.chargers.all()) == [charger]
    assert (group.allowed_hours, group.time_zone) == ("Mo-Fr 08:00-18:00", "America/Tijuana")
    page = admin_client.get(reverse("admin:ocpp_chargergroup_changelist")).content.decode()
    assert "Mo-Fr 08:00-18:00" in page


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("allowed_hours", "<b>always", "“&lt;b&gt;always” are no hours: write for example"),
        ("time_zone", "Mars/Base", "There is no time zone “Mars/Base”."),
    ],
)
def test_what_is_wrong_is_said(
    admin_client: Client, charger: Charger, field: str, value: str, problem: str
) -> None:
    page = admin_client.post(ADD, form(charger, **{field: value})).content.decode()
    assert problem in page
    assert not ChargerGroup.objects.exists()


def test_staff_see_the_limits_of_a_session_and_why_it_was_asked_to_stop(
    admin_client: Client, reporter: Reporter
) -> None:
    make_driver()
    Account.objects.update(max_session_minutes=30)
    Charger.objects.update(owner="here/1/x")
    session, _ = reporter.start()
    assert stopping.ask_due("here/1/x", NOON + timedelta(minutes=31)) == 1
    page = admin_client.get(reverse("admin:ocpp_transaction_change", args=[session.pk]))
    assert "Most minutes of a session" in page.content.decode()


@pytest.mark.parametrize("model", [Account, RFID])
@pytest.mark.parametrize("field", ["max_session_kwh", "max_session_minutes"])
def test_a_limit_of_nothing_is_refused(
    admin_client: Client, db: None, model: type[Account | RFID], field: str
) -> None:
    make_driver()
    one = model.objects.get()
    url = reverse(f"admin:accounts_{model._meta.model_name}_change", args=[one.pk])
    sent = {"rfid": "CAFE0001", "allowed": "on", field: "0"}
    for inline in ("credits", "vehicles"):
        sent |= {f"{inline}-TOTAL_FORMS": "0", f"{inline}-INITIAL_FORMS": "0"}
    assert "greater than or equal to" in admin_client.post(url, sent).content.decode()
    assert admin_client.post(url, sent | {field: "5"}).status_code == 302
    assert getattr(model.objects.get(), field) == 5
    assert not Transaction.objects.exists()
