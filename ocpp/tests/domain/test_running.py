"""Meters that real charge points have: the energy of their sessions, live and at the end."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import Account
from ocpp.choices import AnomalyKind
from ocpp.domain.samples import Sample, sample
from ocpp.models import Connector, Transaction
from ocpp.tests.factories import NOON, Reporter, at, make_driver

START = 123_456


@pytest.fixture
def account(db: None) -> Account:
    return make_driver()


def after(minutes: float) -> dict[str, Any]:
    return {"time": at(minutes), "now": NOON + timedelta(minutes=minutes)}


def energy(transaction: Transaction) -> tuple[int, int | None]:
    transaction.refresh_from_db()
    return transaction.energy_wh, transaction.meter_base


def metering_notes(reporter: Reporter) -> list[str]:
    return [one.detail for one in reporter.anomalies() if one.kind == AnomalyKind.METERING]


def test_a_register_relative_to_the_session(reporter: Reporter, account: Account) -> None:
    """Grizzl-E, Vestel: meterStart is the register, everything after it counts from 0."""
    session, _ = reporter.start(meter=START)
    for minutes, register, so_far in [(10, "0", 0), (20, "1500", 1500), (30, "4200", 4200)]:
        reporter.values(register, **after(minutes))
        assert energy(session) == (so_far, 0)
    reporter.stop(session.pk, meter=5000)
    session.refresh_from_db()
    assert (session.energy_wh, session.needs_review, session.meter_base) == (5000, False, 0)
    assert (session.meter_start, session.meter_stop) == (START, 5000)
    account.refresh_from_db()
    assert account.settled_wh == 5000
    assert "begins with the session" in metering_notes(reporter)[-1]


def test_zero_at_the_beginning_and_the_true_register_after_it(
    reporter: Reporter, account: Account
) -> None:
    session, _ = reporter.start(meter=0)
    reporter.values("9000000", **after(1))
    assert energy(session) == (0, 9_000_000)
    reporter.values("9003000", **after(30))
    assert energy(session) == (3000, 9_000_000)
    # The base is kept: another connection goes on from it.
    Reporter(reporter.charger).values("9004000", **after(40))
    assert energy(session) == (4000, 9_000_000)
    reporter.stop(session.pk, meter=9_005_000)
    session.refresh_from_db()
    assert (session.energy_wh, session.needs_review) == (5000, False)
    account.refresh_from_db()
    assert account.settled_wh == 5000


def test_values_of_the_stop_message_are_evidence_too(reporter: Reporter, account: Account) -> None:
    from ocpp.domain.samples import Samples

    session, _ = reporter.start(meter=START)
    moments = [
        Samples(at(0), [sample("0.0", unit="kWh", context="Transaction.Begin")]),
        Samples(at(60), [sample("5.0", unit="kWh", context="Transaction.End")]),
    ]
    reporter.stop(session.pk, meter=5000, moments=moments)
    session.refresh_from_db()
    assert (session.energy_wh, session.needs_review) == (5000, False)


def test_a_value_that_was_rounded_below_the_start_counts_nothing(reporter: Reporter) -> None:
    session, _ = reporter.start(meter=START)
    reporter.values("123000", **after(1))
    assert energy(session)[0] == 0
    reporter.values("125456", **after(10))
    assert energy(session)[0] == 2000
    reporter.stop(session.pk, meter=126_456)
    session.refresh_from_db()
    assert (session.energy_wh, session.needs_review, session.meter_base) == (3000, False, None)


def test_a_register_that_rolls_over_awaits_a_review(reporter: Reporter, account: Account) -> None:
    session, _ = reporter.start(meter=999_998_000)
    reporter.values("999999000", **after(10))
    reporter.stop(session.pk, meter=2000)
    session.refresh_from_db()
    assert (session.energy_wh, session.needs_review, session.meter_stop) == (1000, True, 2000)
    account.refresh_from_db()
    assert account.settled_wh == 0
    assert "rolled over at 1000000000 Wh, 4000 Wh flowed" in metering_notes(reporter)[-1]


@pytest.mark.parametrize(("rated_w", "review"), [(None, False), (22_000, False), (3_700, True)])
def test_more_than_the_connector_can_deliver_awaits_a_review(
    reporter: Reporter, rated_w: int | None, review: bool
) -> None:
    Connector.objects.create(charger=reporter.charger, connector_id=1, max_power_w=rated_w)
    Connector.objects.create(charger=reporter.charger, connector_id=2, max_power_w=1)
    session, _ = reporter.start(meter=1000)
    reporter.values("11000", **after(30))
    reporter.stop(session.pk, meter=16_000)
    session.refresh_from_db()
    assert session.needs_review is review
    assert session.energy_wh == (0 if review else 15_000)


def test_what_any_connector_can_deliver_is_a_setting(
    reporter: Reporter, settings: Settings
) -> None:
    settings.OCPP_CONNECTOR_POWER_W = 3_700
    session, _ = reporter.start(meter=1000)
    reporter.stop(session.pk, meter=16_000)
    session.refresh_from_db()
    assert session.needs_review


def test_a_session_of_an_offline_queue_is_measured_by_its_own_clock(reporter: Reporter) -> None:
    """Start, values and stop arrive within a second, three hours after they happened."""
    Connector.objects.create(charger=reporter.charger, connector_id=1, max_power_w=7_400)
    now = NOON + timedelta(hours=3)
    session, _ = reporter.start(meter=0, time=at(0), now=now)
    reporter.values("7000", time=at(60), now=now)
    assert energy(session)[0] == 7000
    reporter.stop(session.pk, meter=14_000, time=at(120), now=now)
    session.refresh_from_db()
    assert (session.energy_wh, session.needs_review) == (14_000, False)


def phases(*pairs: tuple[str, str]) -> list[Sample]:
    return [sample(value, phase=phase) for phase, value in pairs]


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (phases(("L1", "400"), ("L2", "500"), ("L3", "600")), 1500),
        (phases(("L1-N", "400"), ("L2-N", "500"), ("L3-N", "600")), 1500),
        # The same phase in two spellings, or not all of them: no sum.
        (phases(("L1", "1400"), ("L1-N", "1400")), 0),
        (phases(("L1", "1400")), 0),
        (phases(("L1", "400"), ("L2", "500")), 0),
        # A total beside them is the total.
        ([*phases(("L1", "400"), ("L2", "500"), ("L3", "600")), sample("1200")], 1200),
    ],
)
def test_registers_of_each_phase_are_summed_where_there_is_no_other(
    reporter: Reporter, samples: list[Sample], expected: int
) -> None:
    session, _ = reporter.start(meter=0)
    readings = reporter.values(*samples, **after(30))
    assert len(readings) == len(samples)
    assert energy(session)[0] == expected
    noted = any("each phase alone" in detail for detail in metering_notes(reporter))
    assert noted is (expected == 1500)


@pytest.mark.parametrize("days", [0, 6, 300])
def test_what_waited_in_a_queue_had_no_more_time_to_flow(reporter: Reporter, days: int) -> None:
    """However late it comes, an hour is an hour: a start at 0 is still found out."""
    now = NOON + timedelta(days=days)
    session, _ = reporter.start(meter=0, time=at(0), now=now)
    reporter.values("9000000", time=at(10), now=now)
    reporter.stop(session.pk, meter=9_005_000, time=at(60), now=now)
    session.refresh_from_db()
    assert (session.energy_wh, session.meter_base) == (5000, 9_000_000)


def test_a_clock_that_is_set_meanwhile_takes_no_time_away(reporter: Reporter) -> None:
    """By its own clock the session took a minute, by ours an hour."""
    Connector.objects.create(charger=reporter.charger, connector_id=1, max_power_w=22_000)
    session, _ = reporter.start(meter=0, time=at(59), now=NOON)
    reporter.stop(session.pk, meter=20_000, time=at(60), now=NOON + timedelta(hours=1))
    session.refresh_from_db()
    assert (session.energy_wh, session.needs_review) == (20_000, False)


def test_a_late_value_below_the_start_begins_no_count_of_what_has_ended(
    reporter: Reporter,
) -> None:
    started, _ = reporter.start(meter=1000)
    # This connection has asked for it while it ran.
    reporter.values("1500", transaction_id=started.pk, time=at(10))
    reporter.stop(started.pk, meter=6000)
    reporter.values("500", transaction_id=started.pk, time=at(30), now=NOON + timedelta(hours=2))
    started.refresh_from_db()
    assert (started.meter_base, started.energy_wh) == (None, 5000)
    assert reporter.anomalies() == []


def test_what_another_process_has_ended_meanwhile_gets_no_base(reporter: Reporter) -> None:
    started, _ = reporter.start(meter=1000)
    reporter.values("1500", transaction_id=started.pk, time=at(10))
    other = Reporter(reporter.charger)
    other.stop(started.pk, meter=6000)
    for _again in range(2):
        reporter.values("500", transaction_id=started.pk, time=at(30))
    started.refresh_from_db()
    assert (started.meter_base, started.energy_wh) == (None, 5000)
    assert reporter.anomalies() == []
