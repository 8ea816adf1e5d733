"""What a running session costs so far."""

from datetime import timedelta
from decimal import Decimal

import pytest

from ocpp.domain.tariffs import estimates
from ocpp.models import QuarterHour, Tariff, TariffPrice, TariffVersion, Transaction
from ocpp.tests.factories import NOON, Reporter, at

HOUR = timedelta(hours=1)


@pytest.fixture
def version(db: None) -> TariffVersion:
    tariff = Tariff.objects.create(name="Public", standard=True)
    made = TariffVersion.objects.create(
        tariff=tariff, valid_from=NOON - timedelta(days=30), tax_percent=Decimal(16)
    )
    TariffPrice.objects.create(version=made, component="energy", amount=Decimal(4))
    return made


def running(reporter: Reporter, wh: int) -> Transaction:
    started, _ = reporter.start(meter=1000)
    Transaction.objects.filter(pk=started.pk).update(energy_wh=wh)
    return Transaction.objects.select_related("charger").get(pk=started.pk)


def test_it_is_what_the_session_would_cost_if_it_ended_now(
    reporter: Reporter, version: TariffVersion
) -> None:
    found = running(reporter, 5125)
    told = estimates.so_far(found, NOON + HOUR)
    assert told == estimates.Estimate(Decimal("23.78"), "MXN")
    reporter.stop(found.pk, meter=6125, time=at(60))
    found.refresh_from_db()
    assert told.total == found.cost.total


def test_without_a_tariff_there_is_none(reporter: Reporter) -> None:
    assert estimates.so_far(running(reporter, 5000), NOON + HOUR) is None


def test_quarter_hours_tell_when_it_stopped_charging(
    reporter: Reporter, version: TariffVersion
) -> None:
    version.prices.all().delete()
    TariffPrice.objects.create(version=version, component="idle", amount=Decimal(1))
    found = running(reporter, 2000)
    QuarterHour.objects.create(
        charger=found.charger, connector_id=1, start=NOON, transaction=found, energy_wh=2000
    )
    now = NOON + HOUR
    told = estimates.so_far(found, now)
    assert told is not None
    assert told.total == Decimal("52.20")  # 45 minutes and tax
    early = estimates.so_far(found, NOON + timedelta(minutes=20))
    assert early is not None
    assert early.total == 0  # a pause between two values is not idle time
