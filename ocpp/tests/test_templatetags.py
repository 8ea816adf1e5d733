"""Plots of energy on the pages of a charger, which read the roll-up and nothing else."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from ocpp.models import Charger, QuarterHour
from ocpp.templatetags.energy import energy_by_day, energy_by_quarter


@pytest.fixture
def delivered(charger: Charger) -> Charger:
    """A charger that delivered 1.5 kWh within the last day, and 3 kWh the week before."""
    present = timezone.now().replace(minute=0, second=0, microsecond=0)
    for hours, energy_wh in ((1, 1500), (150, 3000)):
        QuarterHour.objects.create(
            charger=charger,
            connector_id=1,
            start=present - timedelta(hours=hours),
            energy_wh=energy_wh,
        )
    return charger


def test_plots(delivered: Charger) -> None:
    days, quarters = energy_by_day(delivered), energy_by_quarter(delivered)
    assert "4.500 kWh in all." in days
    assert "1.500 kWh in all." in quarters
    for svg in (days, quarters):
        assert svg.count("<polyline") == 1
        assert ">kWh</text>" in svg
    # A value for each day and each quarter-hour, each with a beginning and an end.
    points = [svg.split('<polyline class="plot-line" points="')[1] for svg in (days, quarters)]
    assert [len(one.split('"')[0].split(" ")) for one in points] == [60, 192]


def test_nothing_is_drawn_of_nothing(charger: Charger) -> None:
    assert energy_by_day(charger) == energy_by_quarter(charger) == ""


def test_they_are_on_the_pages_of_staff(delivered: Charger) -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    edit = reverse("admin:ocpp_charger_change", args=[delivered.pk])
    for url in (edit, reverse("ocpp:log", args=["CP1"])):
        with CaptureQueriesContext(connection) as captured:
            html = client.get(url).content.decode()
        assert "4.500 kWh in all." in html
        assert "1.500 kWh in all." in html
        assert "ocpp/plot" in html
        asked = [query["sql"] for query in captured]
        assert not any("ocpp_meterreading" in sql for sql in asked)
        assert sum("ocpp_quarterhour" in sql for sql in asked) == 2
    QuarterHour.objects.all().delete()
    assert "No energy in the last 30 days." in client.get(edit).content.decode()
    assert "kWh in all" not in client.get(reverse("ocpp:landing", args=["CP1"])).content.decode()
