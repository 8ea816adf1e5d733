"""Quarter-hours: they add up to the sessions, whatever came when, and however often it is done."""

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocpp.domain import quarters, reviews, transactions
from ocpp.domain import roll_up as domain_roll_up
from ocpp.domain.quarters import QUARTER
from ocpp.domain.roll_up import left, may_be_pruned, roll_up, state_of
from ocpp.domain.samples import Sample, Samples, sample
from ocpp.domain.tariffs.curve import Curve
from ocpp.models import Charger, MeterReading, QuarterHour, RollUp, Transaction
from ocpp.tests.committed import transactional_db
from ocpp.tests.factories import NOON, Reporter, at

__all__ = ["transactional_db"]

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=3)


def energy(**which: object) -> dict[int, int]:
    """Energy by quarter-hours (minutes after noon)."""
    rows = QuarterHour.objects.filter(**which).order_by("start")
    return {int((row.start - NOON).total_seconds() // 60): row.energy_wh for row in rows}


def watts(value: int, phase: str = "") -> Sample:
    return sample(str(value), "Power.Active.Import", "W", phase)


def test_energy_and_power_of_a_session(reporter: Reporter) -> None:
    started, _ = reporter.start(meter=1000)
    reporter.values("1500", watts(2000), time=at(10))
    reporter.values("2500", watts(4000), time=at(15))
    reporter.values("2700", watts(1000), time=at(29))
    done = roll_up(LATER)
    assert (done.readings, done.sessions, done.quarters) == (6, 1, 2)
    assert energy() == {0: 1500, 15: 200}
    first, second = QuarterHour.objects.order_by("start")
    assert (first.power_max_w, first.power_mean_w, first.samples) == (2000, 2000, 1)
    assert (second.power_max_w, second.power_mean_w, second.samples) == (4000, 2500, 2)
    assert (first.charger_id, first.connector_id, first.transaction_id) == (
        reporter.charger.pk,
        1,
        started.pk,
    )
    # Between two values it flows evenly: 2,700 Wh at minute 29, 3,700 at minute 59.
    reporter.stop(started.pk, 3700, at(59))
    roll_up(LATER)
    assert energy() == {0: 1500, 15: 200 + 33, 30: 500, 45: 467}
    assert Transaction.objects.get().rolled_wh == 2700


def test_nothing_new_is_nothing_to_do(reporter: Reporter) -> None:
    started, _ = reporter.start()
    reporter.values("1500", time=at(10))
    reporter.stop(started.pk)
    roll_up(LATER)
    before = list(QuarterHour.objects.order_by("pk").values())
    done = roll_up(LATER)
    assert (done.readings, done.sessions, done.quarters, done.more) == (0, 0, 0, False)
    # From the beginning it comes to the same.
    RollUp.objects.update(reading=0)
    Transaction.objects.update(rolled_wh=None)
    done = roll_up(LATER)
    assert (done.sessions, done.quarters) == (1, 0)
    assert list(QuarterHour.objects.order_by("pk").values()) == before


def test_late_readings_change_the_quarters_around_them(reporter: Reporter) -> None:
    started, _ = reporter.start(meter=0)
    for minute in (15, 30, 60, 75, 90, 105):
        reporter.values(str(minute * 100), time=at(minute))
    reporter.stop(started.pk, 12000, at(120))
    roll_up(LATER)
    before = {row.start: row for row in QuarterHour.objects.all()}
    reporter.values("3300", time=at(45), transaction_id=started.pk, now=LATER)
    done = roll_up(LATER)
    assert (done.readings, done.quarters) == (1, 2)
    now = energy()
    assert (now[30], now[45]) == (300, 2700)
    assert sum(now.values()) == 12000
    same = [row for row in QuarterHour.objects.all() if before[row.start].energy_wh == 1500]
    assert len(same) == 8


def test_data_of_the_stop_counts(reporter: Reporter) -> None:
    started, _ = reporter.start(meter=0)
    moments = [
        Samples(at(20), [sample("9000"), watts(50_000)]),
        Samples(at(31), [sample("9300")]),
    ]
    reporter.stop(started.pk, 10_000, at(60), moments=moments)
    roll_up(LATER)
    found = energy()
    assert sum(found.values()) == 10_000
    assert found[0] == 6750
    assert QuarterHour.objects.get(start=NOON + QUARTER).power_max_w == 50_000


@pytest.mark.parametrize(
    ("start", "values", "stop", "delivered"),
    [
        # A register that begins with the session; one whose start was told as 0; a rollover.
        (50_000, ["0", "2000", "4000"], 5000, 5000),
        (0, ["9000000", "9002000"], 9_003_000, 3000),
        (99_998_000, ["99999000", "500"], 1000, 1000),
    ],
)
def test_a_register_that_begins_anew(
    reporter: Reporter, start: int, values: list[str], stop: int, delivered: int
) -> None:
    started, _ = reporter.start(meter=start)
    for minute, value in enumerate(values):
        reporter.values(value, time=at(10 + 20 * minute))
    running = roll_up(LATER)
    assert running.sessions == 1
    assert sum(energy().values()) == Transaction.objects.get().energy_wh
    reporter.stop(started.pk, stop, at(70))
    roll_up(LATER)
    found = Transaction.objects.get()
    assert found.energy_wh == delivered
    assert sum(energy().values()) == found.energy_wh


def test_a_review_changes_the_quarters(reporter: Reporter) -> None:
    started, _ = reporter.start(meter=1000)
    reporter.stop(started.pk, 500, at(60))
    roll_up(LATER)
    assert energy() == {}
    reviews.set_energy(started.pk, 4000, None, LATER, "it was so")
    roll_up(LATER)
    assert energy() == {0: 1000, 15: 1000, 30: 1000, 45: 1000}
    reviews.write_off(started.pk, None, LATER, "a present")
    assert roll_up(LATER).quarters == 0


def test_a_lost_session_and_its_late_stop(reporter: Reporter) -> None:
    started, _ = reporter.start(meter=0)
    reporter.values("1000", time=at(10))
    transactions.force_close(started, NOON + timedelta(minutes=15))
    roll_up(LATER)
    assert energy() == {0: 1000}
    # The same energy, but it had ended earlier.
    reporter.stop(started.pk, 1000, at(50), now=LATER)
    roll_up(LATER)
    assert sum(energy().values()) == 1000
    assert Transaction.objects.get().rolled_wh == 1000


def test_power_outside_of_sessions(reporter: Reporter) -> None:
    reporter.values(watts(100), time=at(1), connector=0)
    reporter.values(watts(300, "L1"), watts(200, "L2"), time=at(2), connector=0)
    reporter.values(watts(40), time=at(2), connector=2)
    roll_up(LATER)
    whole, second = QuarterHour.objects.order_by("connector_id")
    assert (whole.connector_id, whole.power_max_w, whole.power_mean_w) == (0, 500, 300)
    assert (second.connector_id, second.power_max_w, second.transaction_id) == (2, 40, None)
    reporter.values(watts(900), time=at(3), connector=0)
    roll_up(LATER)
    whole.refresh_from_db()
    assert (whole.power_max_w, whole.samples) == (900, 3)
    assert QuarterHour.objects.count() == 2


def test_two_sessions_in_one_quarter(reporter: Reporter) -> None:
    for begin, meter in ((0, 1000), (7, 1500)):
        started, _ = reporter.start(meter=meter, time=at(begin))
        reporter.stop(started.pk, meter + 500, at(begin + 6))
    roll_up(LATER)
    assert [row.energy_wh for row in QuarterHour.objects.all()] == [500, 500]


def test_a_call_does_a_bounded_amount(reporter: Reporter) -> None:
    for number in range(5):
        started, _ = reporter.start(meter=1000 * number, time=at(number))
        reporter.values(str(1000 * number + 10), time=at(number + 0.3))
        reporter.stop(started.pk, 1000 * number + 20, at(number + 0.5))
    assert left() == (5, 5)
    first = roll_up(LATER, most_readings=2, most_sessions=2)
    # Sessions that have ended are done when all of their readings are there, and once.
    assert (first.readings, first.sessions, first.more) == (2, 0, True)
    assert left() == (3, 5)
    calls = [first]
    while calls[-1].more:
        calls.append(roll_up(LATER, most_readings=2, most_sessions=2))
    assert [(one.readings, one.sessions) for one in calls] == [
        (2, 0),
        (2, 0),
        (1, 2),
        (0, 2),
        (0, 1),
    ]
    assert left() == (0, 0)
    assert sum(row.energy_wh for row in QuarterHour.objects.all()) == 100


def test_one_at_a_time(reporter: Reporter) -> None:
    state = state_of()
    RollUp.objects.filter(pk=state.pk).update(leased_until=LATER + timedelta(minutes=1))
    reporter.start()
    reporter.values("1500")
    assert roll_up(LATER).busy
    assert not may_be_pruned(NOON, LATER)
    assert left()[0] == 1
    # Whoever was at it has died.
    assert roll_up(LATER + timedelta(minutes=2)).readings == 1
    assert roll_up(LATER + timedelta(minutes=2)).busy is False


def test_what_was_rolled_up_stays_when_its_readings_are_gone(reporter: Reporter) -> None:
    started, _ = reporter.start(meter=0)
    reporter.values("3000", watts(7000), time=at(15))
    reporter.values("3200", watts(500), time=at(45))
    reporter.stop(started.pk, 4000, at(60))
    roll_up(LATER)
    before = energy()
    assert may_be_pruned(NOON + timedelta(hours=1), LATER)
    MeterReading.objects.all().delete()
    Transaction.objects.update(rolled_wh=None)
    assert roll_up(LATER).quarters == 0
    reviews.set_energy(started.pk, 4500, None, LATER, "the meter of the house says so")
    roll_up(LATER)
    after = energy()
    assert after == before | {45: before[45] + 500}
    assert QuarterHour.objects.get(start=NOON + QUARTER).power_max_w == 7000


@given(
    start=st.integers(0, 7200),
    length=st.integers(0, 20_000),
    total=st.integers(0, 100_000),
    points=st.lists(st.tuples(st.integers(-100, 25_000), st.integers(-10, 110_000)), max_size=12),
)
def test_quarters_of_any_curve_add_up(
    start: int, length: int, total: int, points: list[tuple[int, int]]
) -> None:
    begin = NOON + timedelta(seconds=start)
    stop = begin + timedelta(seconds=length)
    told = [(NOON + timedelta(seconds=second), wh) for second, wh in points]
    found = quarters.spread(Curve(begin, stop, total, told), begin, stop)
    assert sum(found.values()) == total
    assert all(wh > 0 for wh in found.values())
    assert all(quarters.begin(begin) <= quarter <= stop for quarter in found)


def test_a_session_of_years_is_spread_over_its_last_days() -> None:
    begin = datetime.fromisoformat("2015-06-01T00:00:00+00:00")
    found = quarters.spread(Curve(begin, NOON, 9_999_999), begin, NOON)
    assert sum(found.values()) == 9_999_999
    assert len(found) <= quarters.LONGEST / QUARTER + 1


REPORTS = st.lists(
    st.tuples(
        st.sampled_from(["values", "values", "values", "stop", "start", "roll up", "stop data"]),
        st.integers(0, 240),
        st.integers(0, 60_000),
    ),
    max_size=14,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(REPORTS)
def test_quarters_of_any_session_add_up_to_its_energy(
    charger: Charger, reports: list[tuple[str, int, int]]
) -> None:
    """Whatever a charge point reports in whatever order, and whenever it is rolled up."""
    with transaction.atomic():
        report(Reporter(charger), reports)
        while roll_up(LATER).more:
            pass
        for session in Transaction.objects.all():
            rows = QuarterHour.objects.filter(transaction=session)
            assert sum(row.energy_wh for row in rows) == session.energy_wh
            assert session.stop_time is None or session.rolled_wh == session.energy_wh
        transaction.set_rollback(True)


def report(reporter: Reporter, reports: list[tuple[str, int, int]]) -> None:
    """A session, and what is said of it: what, at which minute, with which meter."""
    number = 0
    for what, minute, meter in [("start", 0, 1000), *reports]:
        now = NOON + timedelta(minutes=minute)
        moment = Samples(at(minute), [sample(str(meter)), watts(meter)])
        if what == "roll up":
            roll_up(LATER)
        elif what == "start":
            number = reporter.start(meter=meter, time=at(minute), now=now)[0].pk
        elif what == "values":
            reporter.report(transactions.values, 1, number, [moment], "{}", now=now)
        else:
            moments = [moment] if what == "stop data" else []
            reporter.stop(number, meter, at(minute), moments=moments, now=now)


def test_sessions_to_do_are_found_by_an_index(reporter: Reporter) -> None:
    with CaptureQueriesContext(connection) as captured:
        roll_up(LATER)
    [asked] = [
        query["sql"]
        for query in captured
        if 'FROM "ocpp_transaction"' in query["sql"] and "LIMIT" in query["sql"]
    ]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # There are no rows, and none are quicker found without an index.
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        word = "EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
        cursor.execute(word + asked)
        assert "transaction_to_roll_up" in str(cursor.fetchall())


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
@pytest.mark.usefixtures("transactional_db")
def test_readings_of_lower_ids_that_are_committed_later_are_not_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(domain_roll_up, "_WAIT_S", 0.05)
    reporter = Reporter(Charger.objects.create(charger_id="CP1"))
    written, commit = threading.Event(), threading.Event()

    def slow_writer() -> None:
        try:
            with transaction.atomic():
                Reporter(reporter.charger).values(watts(900), connector=2, time=at(1))
                written.set()
                commit.wait(30)
        finally:
            connections.close_all()

    thread = threading.Thread(target=slow_writer)
    thread.start()
    try:
        assert written.wait(10)
        MeterReading.objects.create(
            charger=reporter.charger, connector_id=3, timestamp=NOON, measurand="Voltage"
        )
        assert roll_up(LATER).readings == 0
    finally:
        commit.set()
        thread.join()
    assert roll_up(LATER).readings == 2
    assert QuarterHour.objects.get().power_max_w == 900
