"""Tariffs in the admin: made, copied, and left alone once sessions were charged by them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from ocpp.models import SessionCost, Tariff, TariffPrice, TariffVersion
from ocpp.tests.factories import Reporter, at

ADD_VERSION = reverse("admin:ocpp_tariffversion_add")
PAST = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def tariff(db: None) -> Tariff:
    return Tariff.objects.create(name="Public", standard=True)


def version_form(tariff: Tariff, day: str = "2026-01-01", **price: str) -> dict[str, Any]:
    prices = {
        "position": "0",
        "component": "energy",
        "amount": "4.5",
        "weekdays": "01234",
        "start": "18:00",
        "end": "22:00",
        **price,
    }
    return {
        "tariff": tariff.pk,
        "valid_from_0": day,
        "valid_from_1": "00:00",
        "tax_percent": "16",
        "prices-TOTAL_FORMS": "1",
        "prices-INITIAL_FORMS": "0",
        **{f"prices-0-{name}": value for name, value in prices.items()},
    }


def test_a_tariff_and_its_prices_are_made(boss: Client) -> None:
    none = {"versions-TOTAL_FORMS": "0", "versions-INITIAL_FORMS": "0"}
    form = {"name": "Night", "currency": "MXN", "time_zone": "America/Mexico_City"}
    boss.post(reverse("admin:ocpp_tariff_add"), form | none)
    tariff = Tariff.objects.get()
    assert boss.post(ADD_VERSION, version_form(tariff)).status_code == 302
    price = TariffPrice.objects.get()
    assert (price.amount, price.weekdays, price.start.hour) == (4.5, "01234", 18)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"weekdays": "78"}, "Digits from 0"),
        ({"amount": "-1"}, "greater than or equal to 0"),
        ({"season_start": "04-31", "season_end": "05-01"}, "04-31 is no day"),
        ({"season_start": "04-01"}, "needs both"),
    ],
)
def test_nonsense_is_refused(
    boss: Client, tariff: Tariff, fields: dict[str, str], said: str
) -> None:
    assert said in boss.post(ADD_VERSION, version_form(tariff, **fields)).content.decode()
    assert not TariffVersion.objects.exists()


def test_a_time_zone_that_does_not_exist_is_refused(boss: Client) -> None:
    none = {"versions-TOTAL_FORMS": "0", "versions-INITIAL_FORMS": "0"}
    form = {"name": "Night", "currency": "MX", "time_zone": "Mars/Base"}
    page = boss.post(reverse("admin:ocpp_tariff_add"), form | none).content.decode()
    assert "There is no time zone" in page
    assert "Three capital letters" in page


def test_once_used_it_is_looked_at_and_copied(
    boss: Client, tariff: Tariff, reporter: Reporter
) -> None:
    version = TariffVersion.objects.create(tariff=tariff, valid_from=PAST)
    TariffPrice.objects.create(version=version, component="energy", amount=4, label="<i>base")
    started, _ = reporter.start(meter=0)
    reporter.stop(started.pk, meter=2500, time=at(30))
    page = reverse("admin:ocpp_tariffversion_change", args=[version.pk])
    assert boss.get(page).status_code == 200
    assert boss.post(page, version_form(tariff)).status_code == 403
    delete = reverse("admin:ocpp_tariff_delete", args=[tariff.pk])
    assert boss.post(delete, {"post": "yes"}).status_code == 403
    early = boss.post(ADD_VERSION, version_form(tariff, "2026-04-30")).content.decode()
    assert "must be after" in early

    action = {"action": "copy", "_selected_action": [version.pk]}
    boss.post(reverse("admin:ocpp_tariffversion_changelist"), action)
    made = TariffVersion.objects.exclude(pk=version.pk).get()
    assert made.prices.get().label == "<i>base"
    assert boss.get(reverse("admin:ocpp_tariff_change", args=[tariff.pk])).status_code == 200

    cost = SessionCost.objects.get()
    lines = boss.get(reverse("admin:ocpp_sessioncost_change", args=[cost.pk])).content.decode()
    assert "<i>base" not in lines
    shown = boss.get(reverse("admin:ocpp_transaction_change", args=[started.pk])).content.decode()
    assert "10.00 MXN" in shown


def test_a_version_counts_holidays_and_own_days_are_added(boss: Client, tariff: Tariff) -> None:
    assert boss.post(ADD_VERSION, {**version_form(tariff), "holidays": "mx"}).status_code == 302
    assert TariffVersion.objects.get().holidays == "mx"
    add = reverse("admin:ocpp_holiday_add")
    day = {"date": "2026-09-20", "name": "Fundación de Monterrey"}
    assert boss.post(add, day).status_code == 302
    again = boss.post(add, day)
    assert "already exists" in again.content.decode()
    listed = boss.get(reverse("admin:ocpp_holiday_changelist")).content.decode()
    assert "Fundación de Monterrey" in listed
