"""The cost of a finished session: by the tariff in force, kept, reckoned again."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from ocpp.domain import billing
from ocpp.domain.errors import Conflict, Invalid
from ocpp.domain.samples import Samples, sample
from ocpp.domain.tariffs import costs, versions
from ocpp.models import SessionCost, Tariff, TariffPrice, TariffVersion, Transaction
from ocpp.tests.factories import NOON, Reporter, at

PAST = NOON - timedelta(days=30)


def make_version(
    tariff: Tariff, amount: str = "4", valid_from: datetime = PAST, tax: str = "16"
) -> TariffVersion:
    version = TariffVersion.objects.create(
        tariff=tariff, valid_from=valid_from, tax_percent=Decimal(tax)
    )
    TariffPrice.objects.create(version=version, component="energy", amount=Decimal(amount))
    return version


@pytest.fixture
def tariff(db: None) -> Tariff:
    made = Tariff.objects.create(name="Public", standard=True)
    make_version(made)
    return made


def charge(reporter: Reporter, wh: int = 5000, *, start_minute: float = 0) -> Transaction:
    started, _ = reporter.start(meter=1000, time=at(start_minute))
    reporter.stop(started.pk, meter=1000 + wh, time=at(start_minute + 60))
    started.refresh_from_db()
    return started


def test_a_session_is_charged_with_tax_when_it_ends(reporter: Reporter, tariff: Tariff) -> None:
    cost = charge(reporter, 5125).cost
    assert (cost.net, cost.tax, cost.total) == (Decimal("20.50"), Decimal("3.28"), Decimal("23.78"))
    assert (cost.currency, cost.tax_percent) == ("MXN", 16)
    (line,) = cost.lines.all()
    assert (line.component, line.quantity, line.unit_price) == ("energy", Decimal("5.125"), 4)


def test_without_a_tariff_there_is_no_cost(reporter: Reporter) -> None:
    charge(reporter)
    assert not SessionCost.objects.exists()


def test_the_chargers_own_tariff_goes_before_the_standard_one(
    reporter: Reporter, tariff: Tariff
) -> None:
    own = Tariff.objects.create(name="Own", currency="USD")
    reporter.charger.tariff = own
    reporter.charger.save()
    # It has no prices yet: the standard ones are not taken for it.
    charge(reporter)
    assert not SessionCost.objects.exists()
    make_version(own, "1", tax="0")
    cost = charge(reporter, start_minute=120).cost
    assert (cost.total, cost.currency) == (Decimal("5.00"), "USD")


def test_the_version_in_force_at_the_start_counts(reporter: Reporter, tariff: Tariff) -> None:
    make_version(tariff, "8", NOON + timedelta(minutes=30))
    assert charge(reporter).cost.net == 20
    assert charge(reporter, start_minute=30).cost.net == 40
    before = charge(reporter, start_minute=-31 * 24 * 60)
    assert not SessionCost.objects.filter(transaction=before).exists()


def test_energy_is_divided_by_the_values_of_the_session(reporter: Reporter, tariff: Tariff) -> None:
    """Peak from 12:30 in Mexico; values came before it, and with the stop."""
    version = tariff.versions.get()
    version.prices.all().delete()
    tariff.time_zone = "UTC"
    tariff.save()
    TariffPrice.objects.create(
        version=version, component="energy", amount=10, label="peak", start="12:30", end="13:30"
    )
    TariffPrice.objects.create(
        version=version, component="energy", amount=1, label="base", position=1
    )
    TariffPrice.objects.create(version=version, component="idle", amount=2, position=2)
    started, _ = reporter.start(meter=1000)
    reporter.values("5000", time=at(30))
    moments = [Samples(at(45), [sample("6.0", unit="kWh")])]
    reporter.stop(started.pk, meter=6000, time=at(60), moments=moments)
    started.refresh_from_db()
    found = [(one.label, one.quantity, one.amount) for one in started.cost.lines.all()]
    assert found == [("peak", 1, 10), ("base", 4, 4), ("", 15, 30)]


def test_what_awaits_a_review_has_no_cost_until_then(reporter: Reporter, tariff: Tariff) -> None:
    started, _ = reporter.start(meter=1000)
    reporter.values("3000", time=at(30))
    reporter.stop(started.pk, meter=10)
    assert not SessionCost.objects.exists()
    started.refresh_from_db()
    assert billing.settle_review(started)
    assert SessionCost.objects.get().net == 8


def test_a_late_stop_reckons_a_lost_session_anew(reporter: Reporter, tariff: Tariff) -> None:
    lost, _ = reporter.start(meter=1000)
    reporter.values("2000", time=at(10))
    reporter.start(tag="other", meter=2000, time=at(40))
    lost.refresh_from_db()
    assert billing.settle_review(lost)
    assert SessionCost.objects.get().net == 4
    reporter.stop(lost.pk, meter=3000, time=at(35))
    assert SessionCost.objects.get().net == 8


def test_the_same_facts_give_the_same_cost(reporter: Reporter, tariff: Tariff) -> None:
    started, _ = reporter.start(meter=1000)
    reporter.values("2500", time=at(10))
    reporter.stop(started.pk, meter=9999)
    started.refresh_from_db()
    before = SessionCost.objects.values("net", "tax", "total").get()
    costs.record(started, NOON)
    assert SessionCost.objects.values("net", "tax", "total").get() == before


# --- versions -----------------------------------------------------------------------------------


def test_a_version_cannot_begin_in_the_charged_past(reporter: Reporter, tariff: Tariff) -> None:
    charge(reporter)
    version = tariff.versions.get()
    assert versions.is_used(version)
    with pytest.raises(Invalid, match="must be after"):
        versions.check_begin(tariff, NOON - timedelta(days=1))
    versions.check_begin(tariff, NOON + timedelta(seconds=1))
    versions.check_begin(tariff, PAST, version)


def test_a_copy_has_the_same_prices_and_is_another(tariff: Tariff) -> None:
    version = tariff.versions.get()
    made = versions.copy(version, NOON)
    assert made.pk != version.pk
    assert [price.amount for price in made.prices.all()] == [4]
    assert version.prices.count() == 1
    assert not versions.is_used(made)
    with pytest.raises(Conflict, match="just then"):
        versions.copy(version, NOON)


@pytest.mark.parametrize("text", ["04-31", "13-01", "00-10", "0401", "x-y"])
def test_a_day_that_is_none(text: str) -> None:
    with pytest.raises(Invalid, match="is no day"):
        versions.check_month_and_day("season_start", text)


@pytest.mark.parametrize("text", ["", "02-29", "12-31"])
def test_a_day(text: str) -> None:
    versions.check_month_and_day("season_start", text)
