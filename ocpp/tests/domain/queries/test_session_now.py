"""A session that runs, as its driver follows it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from ocpp.domain.queries import session_now
from ocpp.domain.queries.session_now import SessionNow
from ocpp.domain.samples import sample
from ocpp.domain.tariffs.costs import Estimate
from ocpp.models import Tariff, TariffPrice, TariffVersion, Transaction
from ocpp.tests.factories import NOON, Reporter, at, make_driver

pytestmark = pytest.mark.django_db
POWER = "Power.Active.Import"


@pytest.fixture
def started(reporter: Reporter) -> Transaction:
    make_driver()
    return reporter.start(meter=1000)[0]


def now(started: Transaction, minutes: float = 31) -> SessionNow:
    fresh = Transaction.objects.select_related("charger").get(pk=started.pk)
    return session_now.of(fresh, NOON + timedelta(minutes=minutes))


def test_energy_and_time_so_far(reporter: Reporter, started: Transaction) -> None:
    reporter.values("3500", transaction_id=started.pk)
    found = now(started, 65)
    assert (found.energy_kwh, found.clock) == (Decimal("2.500"), "1:05")
    assert (found.power_kw, found.charge_percent, found.cost) == (None, None, None)


def test_power_as_the_charger_tells_it(reporter: Reporter, started: Transaction) -> None:
    reporter.values(sample("7.36", POWER, "kW"), transaction_id=started.pk)
    reporter.values(sample("50", "SoC", "Percent"), transaction_id=started.pk, time=at(30.5))
    found = now(started)
    assert (found.power_kw, found.charge_percent) == (Decimal("7.4"), 50)


def test_power_of_three_phases_is_added_up(reporter: Reporter, started: Transaction) -> None:
    reporter.values(sample("999", POWER, "W"), transaction_id=started.pk, time=at(29))
    phases = [sample("3600", POWER, "W", phase) for phase in ("L1", "L2", "L3")]
    reporter.values(*phases, transaction_id=started.pk)
    assert now(started).power_kw == Decimal("10.8")


def test_power_from_the_register_where_none_is_told(
    reporter: Reporter, started: Transaction
) -> None:
    reporter.values("2000", transaction_id=started.pk, time=at(25))
    reporter.values("2500", transaction_id=started.pk, time=at(30))
    assert now(started).power_kw == Decimal("6.0")
    # What was so long ago tells nothing of now.
    assert now(started, 60).power_kw is None


def test_values_of_another_session_are_not_among_them(
    reporter: Reporter, started: Transaction
) -> None:
    other, _ = reporter.start(tag="BEEF0001", connector=2)
    reporter.values(sample("22000", POWER, "W"), transaction_id=other.pk, connector=2)
    assert now(started).power_kw is None


def tariff(component: str, amount: str, **when: str) -> None:
    version = TariffVersion.objects.create(
        tariff=Tariff.objects.create(name="Public", standard=True),
        valid_from=NOON - timedelta(days=1),
        tax_percent=Decimal(16),
    )
    TariffPrice.objects.create(version=version, component=component, amount=Decimal(amount), **when)


def test_the_cost_so_far_has_tax_in_it(reporter: Reporter, started: Transaction) -> None:
    tariff("energy", "4")
    reporter.values("3500", transaction_id=started.pk)
    assert now(started).cost == Estimate(Decimal("11.60"), "MXN")


def test_the_cost_so_far_is_what_a_stop_now_would_cost(
    reporter: Reporter, started: Transaction
) -> None:
    # Noon is 06:00 there: two thirds of the energy came before the price begins to hold.
    tariff("energy", "4", start="06:20", end="12:00")
    reporter.values("3000", transaction_id=started.pk, time=at(20))
    reporter.values("4000", transaction_id=started.pk, time=at(30))
    estimated = now(started, 30).cost
    assert estimated is not None
    reporter.stop(started.pk, meter=4000, time=at(30), now=NOON + timedelta(minutes=30))
    started.refresh_from_db()
    assert started.cost.total == estimated.total == Decimal("4.64")


def test_idle_minutes_are_in_it(reporter: Reporter, started: Transaction) -> None:
    tariff("idle", "1")
    reporter.values("3000", transaction_id=started.pk, time=at(10))
    reporter.values("3000", transaction_id=started.pk, time=at(20))
    estimated = now(started, 20).cost
    assert estimated == Estimate(Decimal("11.60"), "MXN")
