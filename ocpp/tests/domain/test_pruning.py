"""What is old goes, what somebody may still ask for stays, and nobody is held up."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import LazySettings
from django.db import connection, connections
from django.utils import timezone

from ocpp.domain import partitions, pruning, reviews
from ocpp.domain.pruning import prune
from ocpp.domain.roll_up import roll_up
from ocpp.domain.samples import sample
from ocpp.domain.tariffs import costs
from ocpp.models import (
    Charger,
    Message,
    MeterReading,
    QuarterHour,
    RollUp,
    SessionCost,
    StatusChange,
    Tariff,
    TariffPrice,
    TariffVersion,
    Transaction,
)
from ocpp.tests.committed import transactional_db
from ocpp.tests.factories import Reporter

__all__ = ["transactional_db"]

pytestmark = pytest.mark.django_db

on_postgresql = connection.vendor == "postgresql"
needs_partitions = pytest.mark.skipif(not on_postgresql, reason="SQLite has no partitions")

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(autouse=True)
def short_lives(settings: LazySettings) -> None:
    settings.OCPP_METER_READINGS_DAYS = 100
    settings.OCPP_MESSAGE_LOG_DAYS = 10
    settings.OCPP_STATUS_HISTORY_DAYS = 10


def text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def session(
    reporter: Reporter, begin: datetime, *, meter: int = 1000, stop: int | None = 2000
) -> Transaction:
    """A session of half an hour with three readings; without a `stop` it goes on."""
    started, _ = reporter.start(meter=meter, time=text(begin), now=begin)
    for minute in (5, 10, 15):
        moment = begin + timedelta(minutes=minute)
        told = sample(str(meter + minute))
        reporter.values(told, transaction_id=started.pk, time=text(moment), now=moment)
    if stop is not None:
        end = begin + timedelta(minutes=30)
        reporter.stop(started.pk, stop, text(end), now=end)
    return Transaction.objects.get(pk=started.pk)


def readings(charger: Charger, moment: datetime, count: int = 1) -> None:
    MeterReading.objects.bulk_create(
        MeterReading(
            charger=charger,
            connector_id=2,
            timestamp=moment + timedelta(seconds=n),
            measurand="Voltage",
            value=230,
        )
        for n in range(count)
    )


def messages(charger: Charger, moment: datetime, count: int = 1) -> None:
    Message.objects.bulk_create(
        Message(charger=charger, direction="in", action="Heartbeat", time=moment)
        for _ in range(count)
    )


def roll_up_all() -> None:
    while roll_up(NOW).more:
        pass


def test_what_is_old_goes_and_the_rest_stays(reporter: Reporter) -> None:
    for days in (500, 101, 99, 0):
        readings(reporter.charger, NOW - timedelta(days=days), 3)
    for days in (400, 45, 9, 0):
        messages(reporter.charger, NOW - timedelta(days=days), 2)
    roll_up_all()
    would = prune(NOW, dry_run=True)
    assert (would.readings, would.messages) == (6, 4)
    assert (MeterReading.objects.count(), Message.objects.count()) == (12, 8)
    done = prune(NOW, pause_s=0)
    assert (done.readings, done.messages, done.left, done.busy) == (6, 4, (), False)
    assert all(one.timestamp >= NOW - timedelta(days=100) for one in MeterReading.objects.all())
    assert (MeterReading.objects.count(), Message.objects.count()) == (6, 4)
    again = prune(NOW, pause_s=0)
    assert (again.readings, again.messages) == (0, 0)


def test_nothing_goes_where_all_is_kept(reporter: Reporter, settings: LazySettings) -> None:
    settings.OCPP_METER_READINGS_DAYS = settings.OCPP_MESSAGE_LOG_DAYS = 0
    readings(reporter.charger, NOW - timedelta(days=3000))
    messages(reporter.charger, NOW - timedelta(days=3000))
    roll_up_all()
    done = prune(NOW, pause_s=0)
    assert (done.readings, done.messages) == (0, 0)
    assert MeterReading.objects.exists()
    assert Message.objects.exists()


def test_what_is_not_rolled_up_stays(reporter: Reporter) -> None:
    readings(reporter.charger, NOW - timedelta(days=200))
    assert prune(NOW, pause_s=0).readings == 0
    roll_up_all()
    readings(reporter.charger, NOW - timedelta(days=199))
    assert prune(NOW, pause_s=0).readings == 1
    assert MeterReading.objects.count() == 1


def test_sessions_that_are_needed_keep_their_readings(reporter: Reporter) -> None:
    old = NOW - timedelta(days=200)
    done = session(reporter, old)
    odd = session(reporter, old + timedelta(hours=1), meter=3000, stop=500)
    running = session(reporter, old + timedelta(hours=2), meter=3000, stop=None)
    roll_up_all()
    assert odd.needs_review
    assert prune(NOW, pause_s=0).readings == 3
    assert set(MeterReading.objects.values_list("transaction", flat=True)) == {odd.pk, running.pk}
    # The review has ended, but its energy is not in the quarter-hours yet.
    reviews.set_energy(odd.pk, 400, None, NOW, "as the house's meter says")
    assert prune(NOW, pause_s=0).readings == 0
    before = QuarterHour.objects.filter(transaction=done).count()
    roll_up_all()
    assert prune(NOW, pause_s=0).readings == 3
    end = NOW - timedelta(minutes=5)
    reporter.stop(running.pk, 4000, text(end), now=end)
    assert prune(NOW, pause_s=0).readings == 0
    roll_up_all()
    assert prune(NOW, pause_s=0).readings == 3
    assert QuarterHour.objects.filter(transaction=done).count() == before > 0


def test_sessions_that_should_have_a_cost_keep_their_readings(reporter: Reporter) -> None:
    old = NOW - timedelta(days=200)
    found = session(reporter, old)
    tariff = Tariff.objects.create(name="Public", standard=True)
    version = TariffVersion.objects.create(tariff=tariff, valid_from=old - timedelta(days=1))
    TariffPrice.objects.create(version=version, component="energy", amount="2")
    roll_up_all()
    assert list(pruning.needed()) == [found]
    assert prune(NOW, pause_s=0).readings == 0
    assert costs.record(found, NOW) is not None
    assert SessionCost.objects.count() == 1
    assert prune(NOW, pause_s=0).readings == 3
    # A charger with a tariff of its own that began later: there is nothing to be reckoned.
    own = Tariff.objects.create(name="Own")
    TariffVersion.objects.create(tariff=own, valid_from=NOW)
    Charger.objects.update(tariff=own)
    SessionCost.objects.all().delete()
    assert not pruning.needed().exists()


def test_batches_are_small(reporter: Reporter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "BATCH", 10)
    other = Charger.objects.create(charger_id="CP2")
    for charger in (reporter.charger, other):
        # All at the same moment too: as many as a batch, and more.
        MeterReading.objects.bulk_create(
            MeterReading(
                charger=charger,
                connector_id=1,
                timestamp=NOW - timedelta(days=300),
                measurand="Voltage",
            )
            for _ in range(24)
        )
        messages(charger, NOW - timedelta(days=300), 24)
    needed = session(reporter, NOW - timedelta(days=250), stop=None)
    roll_up_all()
    told: list[tuple[int, int]] = []
    done = prune(NOW, pause_s=0, tell=lambda n, total: told.append((n, total)))
    assert (done.readings, done.messages) == (48, 48)
    assert told[0] == (10, 48)
    assert told[-1] == (2, 2)
    assert MeterReading.objects.filter(transaction=needed).count() == 3


def test_not_while_it_is_rolled_up(reporter: Reporter) -> None:
    readings(reporter.charger, NOW - timedelta(days=200))
    roll_up_all()
    RollUp.objects.update(leased_until=NOW + timedelta(minutes=1))
    done = prune(NOW, pause_s=0)
    assert (done.busy, done.readings) == (True, 0)
    assert MeterReading.objects.count() == 1


# --- partitions --------------------------------------------------------------------------------


@pytest.fixture
def past_months() -> datetime:
    """A node that has run for months: there are partitions of all of them."""
    now = timezone.now()
    for later in range(-8, 0):
        partitions.make_ahead(partitions.month(now, later))
    return now


@needs_partitions
def test_months_are_dropped_whole(reporter: Reporter, past_months: datetime) -> None:
    now = past_months
    for table in partitions.TABLES:
        assert len(partitions.of(table)) == 11
    for later in range(-8, 1):
        readings(reporter.charger, partitions.month(now, later), 3)
        messages(reporter.charger, partitions.month(now, later), 3)
    roll_up_all()
    would = prune(now, dry_run=True)
    done = prune(now, pause_s=0)
    # No row is deleted by itself, and no month goes of which a day is kept.
    assert (done.readings, done.messages) == (0, 0)
    assert done.partitions == would.partitions
    kept = [one for table in partitions.TABLES for one in partitions.of(table)]
    for table, days in ((partitions.READINGS, 100), (partitions.MESSAGES, 10)):
        cutoff = now - timedelta(days=days)
        months = partitions.of(table)
        assert months[0].high > cutoff - timedelta(days=1)
        assert months[0].covers(cutoff)
    assert len(done.partitions) + len(kept) == 22
    assert MeterReading.objects.count() == 3 * (len(partitions.of(partitions.READINGS)) - 2)
    assert not any("pruned" in name for name in connection.introspection.table_names())


@needs_partitions
def test_rows_that_are_needed_survive_their_month(
    reporter: Reporter, past_months: datetime
) -> None:
    begin = partitions.month(past_months, -7) + timedelta(days=3)
    session(reporter, begin)
    odd = session(reporter, begin + timedelta(hours=1), meter=3000, stop=500)
    roll_up_all()
    ids = set(MeterReading.objects.filter(transaction=odd).values_list("pk", flat=True))
    done = prune(past_months, pause_s=0)
    name = f"ocpp_meterreading_{begin:%Y_%m}"
    assert name in done.partitions
    assert done.readings == 0
    assert set(MeterReading.objects.values_list("pk", flat=True)) == ids
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ocpp_meterreading_default")
        assert cursor.fetchone() == (3,)
    reviews.set_energy(odd.pk, 400, None, past_months, "as the house's meter says")
    roll_up_all()
    assert prune(past_months, pause_s=0).readings == 3
    assert not MeterReading.objects.exists()


@needs_partitions
def test_a_month_that_is_not_rolled_up_stays(reporter: Reporter, past_months: datetime) -> None:
    readings(reporter.charger, partitions.month(past_months, -7), 3)
    done = prune(past_months, pause_s=0)
    name = f"ocpp_meterreading_{partitions.month(past_months, -7):%Y_%m}"
    assert done.left == (name,)
    assert name not in done.partitions
    assert (done.readings, MeterReading.objects.count()) == (0, 3)
    assert name in {one.name for one in partitions.of(partitions.READINGS)}


@needs_partitions
def test_what_was_left_over_is_dropped(db: None) -> None:
    with connection.cursor() as cursor:
        for name in ("ocpp_message_2024_01_pruned", "ocpp_message_of_mine_pruned"):
            cursor.execute(f"CREATE TABLE {name} (LIKE ocpp_message)")
    prune(timezone.now(), pause_s=0)
    names = connection.introspection.table_names()
    assert "ocpp_message_2024_01_pruned" not in names
    assert "ocpp_message_of_mine_pruned" in names


@needs_partitions
@pytest.mark.usefixtures("transactional_db")
def test_a_month_that_somebody_reads_is_left_and_writers_go_on() -> None:
    """A long report holds a lock of the whole table: the month is dropped the next time."""
    now = timezone.now()
    first = partitions.month(now, -7)
    made = partitions.make_ahead(first)
    charger = Charger.objects.create(charger_id="CP1")
    held, enough = threading.Event(), threading.Event()

    def report() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("BEGIN; SELECT count(*) FROM ocpp_message")
                held.set()
                enough.wait(30)
                cursor.execute("ROLLBACK")
        finally:
            connections.close_all()

    thread = threading.Thread(target=report)
    thread.start()
    try:
        assert held.wait(10)
        done = prune(now, pause_s=0.01)
        assert set(done.left) == {name for name in made if "message" in name}
        messages(charger, now)
    finally:
        enough.set()
        thread.join()
    done = prune(now, pause_s=0)
    assert {name for name in made if "message" in name} <= set(done.partitions)
    assert done.left == ()


def test_old_changes_of_status_go(charger: Charger) -> None:
    for days in (30, 20, 1):
        StatusChange.objects.create(
            charger=charger, connector_id=1, status="Available", time=NOW - timedelta(days=days)
        )
    assert prune(NOW, dry_run=True).status_changes == 2
    assert StatusChange.objects.count() == 3
    assert prune(NOW, pause_s=0).status_changes == 2
    assert StatusChange.objects.get().time == NOW - timedelta(days=1)
