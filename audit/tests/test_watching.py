"""Rows whose every change is recorded: tariffs, holidays, allowed networks."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.test import Client

from accounts.models import User
from audit import domain
from audit.models import Record
from ocpp.models import Holiday, Tariff, TariffPrice, TariffVersion

pytestmark = pytest.mark.django_db

SOMEBODY = domain.Actor("web", "192.0.2.7", lambda: 7)
MARCH = datetime(2026, 3, 1, tzinfo=UTC)


def told() -> list[Record]:
    return list(Record.objects.order_by("pk"))


def test_what_the_node_does_by_itself_is_not_recorded() -> None:
    tariff = Tariff.objects.create(name="Public")
    tariff.name = "Other"
    tariff.save()
    tariff.delete()
    assert told() == []


def test_before_and_after_of_what_has_changed() -> None:
    with domain.acting(SOMEBODY):
        tariff = Tariff.objects.create(name="Public")
        version = TariffVersion.objects.create(tariff=tariff, valid_from=MARCH)
        price = TariffPrice.objects.create(version=version, component="energy", amount="5")
        price.amount = Decimal("6.5")
        price.save()
        price.save()  # nothing has changed
        price.delete()
    *added, changed, removed = told()
    assert [row.deed for row in added] == [
        "tariff.added",
        "tariff_version.added",
        "tariff_price.added",
    ]
    assert added[2].after is not None
    assert added[2].after["amount"] == "5"
    assert (changed.deed, changed.user_pk, changed.origin) == (
        "tariff_price.changed",
        7,
        "192.0.2.7",
    )
    assert changed.before == {"amount": "5.000000"}
    assert changed.after == {"amount": "6.5"}
    assert removed.before is not None
    assert (removed.deed, removed.before["amount"]) == ("tariff_price.removed", "6.5")
    assert removed.subject_type == "ocpp.tariffprice"


def test_a_door_need_not_know_of_it(client: Client) -> None:
    boss = User.objects.create_superuser("boss")
    client.force_login(boss)
    client.post("/admin/ocpp/holiday/add/", {"date": "2026-03-02", "name": "Ours"})
    row = Holiday.objects.get()
    client.post(f"/admin/ocpp/holiday/{row.pk}/change/", {"date": "2026-03-02", "name": "Theirs"})
    client.post(f"/admin/ocpp/holiday/{row.pk}/delete/", {"post": "yes"})
    deeds = Record.objects.filter(deed__startswith="holiday").order_by("pk")
    assert [(row.deed, row.before, row.user_pk) for row in deeds] == [
        ("holiday.added", None, boss.pk),
        ("holiday.changed", {"name": "Ours"}, boss.pk),
        ("holiday.removed", {"date": "2026-03-02", "name": "Theirs"}, boss.pk),
    ]
