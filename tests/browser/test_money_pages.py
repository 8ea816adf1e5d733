"""Sessions, statements, costs and reviews on a phone: nothing is cut off, nothing scrolls away."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, Visitor
from tests.support.server import ServerProcess

#: Long words in all places, sessions of all sorts, and a year of months.
ROWS = """
from datetime import timedelta
from django.db import transaction
from django.utils import timezone
from accounts.domain import balance
from accounts.models import RFID, User, Vehicle
from ocpp.domain import transactions
from ocpp.domain.station import Station
from ocpp.domain.samples import Samples, sample
from ocpp.models import *
from ocpp.writer.batch import Batch
from ocpp.domain.clock import written
driver = User.objects.get(username="driver")
account = balance.open_account(driver)
RFID.objects.create(rfid="CAFE0001", user=driver)
Vehicle.objects.create(account=account, brand="B" * 40, model="M" * 40, VIN="1M8GDM9AXKP042788")
tariff = Tariff.objects.create(name="T" * 60, standard=True)
now = timezone.now().replace(microsecond=0)
version = TariffVersion.objects.create(
    tariff=tariff, valid_from=now - timedelta(days=500), holidays="mx"
)
TariffPrice.objects.create(version=version, component="energy", amount="3.456789", label="L" * 40)
Holiday.objects.create(date=now.date(), name="N" * 80)
charger = Charger.objects.create(
    charger_id="W" * 48, name="Estacionamiento " * 5, vendor="V" * 20, model="M" * 20
)
station = Station(charger.pk, charger.charger_id, charger.epoch)
meter = 0
def told(rule, *arguments):
    station.batch = Batch()
    with transaction.atomic():
        made = rule(station, *arguments)
        station.batch.flush()
    return made
def charge(hours_ago, wh, last=None):
    global meter
    begin = now - timedelta(hours=hours_ago)
    station.now = begin
    station.action = "StartTransaction"
    start = transactions.Start(1, "CAFE0001", meter, written(begin))
    made, _ = told(transactions.start, start)
    end = begin + timedelta(minutes=50)
    station.now = end
    station.action = "StopTransaction"
    values = [Samples(written(end), [sample(str(meter + wh))])]
    meter = meter + wh if last is None else last
    stop = transactions.Stop(made.pk, "CAFE0001", meter, written(end), "Local", values)
    told(transactions.stop, stop)
for month in range(12):
    charge(2 + 24 * 30 * (11 - month) + 8, 12345)
charge(5, 10000, last=1)
station.now = now
told(transactions.stop, transactions.Stop(0, "X" * 200, 4, "9" * 60, "Local", []))
"""
IDS = """
from ocpp.models import *
answer([
    Transaction.objects.get(needs_review=True).pk,
    OrphanStop.objects.get().pk,
    SessionCost.objects.first().pk,
    Anomaly.objects.first().pk,
    TariffVersion.objects.get().pk,
])
"""
ADMIN = [
    *("review/", "review/{0}/change/", "orphanstop/", "orphanstop/{1}/change/"),
    *("anomaly/", "anomaly/{3}/change/", "anomaly/models/", "repair/"),
    *("transaction/", "transaction/{0}/change/"),
    *("sessioncost/", "sessioncost/{2}/change/"),
    *("tariff/", "tariffversion/", "tariffversion/{4}/change/", "holiday/", "holiday/add/"),
]


@pytest.fixture(scope="module")
def ids(site: ServerProcess) -> list[int]:
    """Numbers of a transaction to review, a stop, a cost, an anomaly and a version."""
    site.shell(ROWS)
    return list(site.shell(IDS))


@pytest.mark.parametrize("language", ["en-US", "es-MX"])
def test_pages_of_staff_fit_a_phone(
    visitor: Visitor, site: ServerProcess, ids: list[int], language: str
) -> None:
    visit = visitor(viewport=PHONE, locale=language, has_touch=True)
    visit.log_in("boss")
    wrong = {}
    for path in ADMIN:
        visit.open("/admin/ocpp/" + path.format(*ids))
        assert visit.page.locator("main").count() == 1
        found: Any = (visit.overflow(), visit.sticks_out())
        if found != (0, []):
            wrong[path] = found
    assert wrong == {}


@pytest.mark.parametrize("language", ["en-US", "es-MX"])
def test_statements_fit_a_phone_and_name_their_lines(
    visitor: Visitor, ids: list[int], language: str
) -> None:
    visit = visitor(viewport=PHONE, locale=language, has_touch=True)
    visit.log_in("driver")
    page = visit.open("/ocpp/statements/")
    assert (visit.overflow(), visit.sticks_out()) == (0, [])
    page.locator("main tbody a").first.click()
    expect(page.locator("table.statement").first).to_be_visible()
    assert (visit.overflow(), visit.sticks_out()) == (0, [])
    words = page.locator("table.statement").first.locator("tbody tr").first.locator("td")
    labels = words.evaluate_all(
        "cells => cells.map(cell => getComputedStyle(cell, '::before').content)"
    )
    heads = page.locator("table.statement").first.locator("th").all_text_contents()
    assert labels == [f'"{head}"' for head in heads]
    expect(page.locator("table.statement thead").first).to_be_hidden()


def test_statements_are_tables_on_a_desk_and_on_paper(visitor: Visitor, ids: list[int]) -> None:
    visit = visitor(viewport=DESKTOP)
    visit.log_in("driver")
    visit.open("/ocpp/statements/").locator("main tbody a").first.click()
    head = visit.page.locator("table.statement thead").first
    expect(head).to_be_visible()
    visit.page.set_viewport_size({"width": 360, "height": 740})
    expect(head).to_be_hidden()
    visit.page.emulate_media(media="print")
    expect(head).to_be_visible()
