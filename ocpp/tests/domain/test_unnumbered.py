"""Stops without the number of their transaction: kept, joined, taken back, settled by staff."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, User
from ocpp.choices import TransactionState
from ocpp.domain import events, reviews
from ocpp.domain.queries import reviews as queue
from ocpp.domain.samples import Samples, sample
from ocpp.models import Connector, MeterReading, OrphanStop, SessionCost, Tariff, Transaction
from ocpp.tests.domain.tariffs.test_costs import make_version
from ocpp.tests.factories import NOON, Reporter, at, make_driver

LATER = NOON + timedelta(hours=6)


@pytest.fixture
def account(db: None) -> Account:
    return make_driver()


@pytest.fixture
def staff(db: None) -> User:
    return User.objects.create_user("staff", is_staff=True)


def settled(account: Account) -> int:
    account.refresh_from_db()
    return account.settled_wh


def fresh(found: Transaction) -> Transaction:
    return Transaction.objects.get(pk=found.pk)


def test_it_waits_in_the_queue_and_leaves_it_with_its_start(
    reporter: Reporter, account: Account
) -> None:
    assert reporter.stop(0) is None
    assert queue.orphans().count() == 1
    started, status = reporter.start()
    assert status == "Accepted"
    assert not queue.orphans().exists()
    ended = fresh(started)
    assert (ended.state, ended.energy_wh, settled(account)) == ("completed", 5000, 5000)
    # It came in when it came, not with the start.
    assert ended.stop_received == NOON + timedelta(hours=1)


@pytest.mark.parametrize(
    "start",
    [
        pytest.param({"time": at(61)}, id="later than it"),
        pytest.param({"meter": 6001}, id="with a meter beyond it"),
        pytest.param({"tag": "BEEF0002"}, id="with another card"),
    ],
)
def test_a_start_that_it_cannot_be_of_leaves_it_waiting(
    reporter: Reporter, account: Account, start: dict[str, Any]
) -> None:
    reporter.stop(0)
    started, _ = reporter.start(**start)
    assert fresh(started).state == TransactionState.ACTIVE
    assert queue.orphans().count() == 1


def test_a_refused_start_is_not_ended_by_it(reporter: Reporter) -> None:
    reporter.charger.require_rfid = True
    reporter.charger.save()
    reporter.stop(0)
    started, status = reporter.start()
    assert status != "Accepted"
    assert fresh(started).stop_time is None


def test_its_own_tag_tells_more_than_one_of_the_group(reporter: Reporter, account: Account) -> None:
    account.user.rfids.update(parent="GROUP")
    other = make_driver("bea", tag="BEEF0002")
    other.user.rfids.update(parent="GROUP")
    theirs, _ = reporter.start(connector=1, tag="BEEF0002")
    mine, _ = reporter.start(connector=2)
    reporter.stop(0)
    assert fresh(mine).state == TransactionState.COMPLETED
    assert fresh(theirs).state == TransactionState.ACTIVE


def test_what_a_connector_can_deliver_tells_more_than_a_tag(
    reporter: Reporter, account: Account
) -> None:
    for number in (1, 2):
        Connector.objects.create(charger=reporter.charger, connector_id=number, max_power_w=7000)
    far, _ = reporter.start(connector=1, meter=1000)
    near, _ = reporter.start(connector=2, meter=80_000_000)
    reporter.stop(0, meter=80_005_000, tag="")
    assert fresh(near).energy_wh == settled(account) == 5000
    assert fresh(far).state == TransactionState.ACTIVE


def test_its_readings_go_with_it(reporter: Reporter, account: Account) -> None:
    moments = [Samples(at(60), [sample("6000"), sample("90", "SoC", "Percent")])]
    reporter.stop(0, moments=moments)
    reporter.stop(0, moments=moments)
    assert MeterReading.objects.filter(transaction=None, connector_id=0).count() == 2
    first, _ = reporter.start(connector=2)
    assert MeterReading.objects.filter(transaction=first, connector_id=2).count() == 2
    reporter.start(meter=5000, time=at(50), connector=2)
    assert not MeterReading.objects.filter(transaction=first).exists()


def test_its_cost_is_taken_back_with_it(reporter: Reporter, account: Account) -> None:
    make_version(Tariff.objects.create(name="Public", standard=True), amount="4", tax="0")
    first, _ = reporter.start()
    reporter.stop(0)
    assert SessionCost.objects.get().transaction == first
    second, _ = reporter.start(meter=5000, time=at(50))
    assert SessionCost.objects.get().transaction == second
    assert SessionCost.objects.get().total == 4


def test_what_it_ended_runs_again_with_a_hold(
    reporter: Reporter, account: Account, settings: Any
) -> None:
    settings.OCPP_HOLD_WH = 10_000
    reporter.charger.require_rfid = True
    reporter.charger.save()
    first, _ = reporter.start()
    reporter.values("3000", transaction_id=first.pk)
    reporter.stop(0)
    assert (fresh(first).held_wh, settled(account)) == (None, 5000)
    # It could as well have been that of another connector.
    second, _ = reporter.start(connector=2, time=at(1))
    again = fresh(first)
    assert (again.state, again.stop_time, again.energy_wh) == ("active", None, 2000)
    assert again.held_wh == 12_000
    assert (settled(account), fresh(second).state) == (0, "active")
    # Its own stop makes it clear.
    reporter.stop(first.pk, meter=7000, time=at(70))
    assert (fresh(first).energy_wh, fresh(second).energy_wh) == (6000, 5000)
    assert settled(account) == 11_000


def test_what_staff_have_closed_stays_closed(
    reporter: Reporter, account: Account, staff: User
) -> None:
    first, _ = reporter.start()
    reviews.close(first.pk, staff, LATER)
    reporter.stop(0)
    assert fresh(first).state == TransactionState.COMPLETED
    reporter.stop(first.pk, meter=9000, time=at(70))
    assert (fresh(first).energy_wh, settled(account)) == (8000, 8000)
    (waiting,) = queue.orphans()
    assert waiting.meter == 6000


def test_what_it_ended_by_mistake_is_closed_again_where_staff_had_closed_it(
    reporter: Reporter, account: Account, staff: User
) -> None:
    first, _ = reporter.start()
    reviews.close(first.pk, staff, LATER)
    reporter.stop(0)
    reporter.start(connector=2, time=at(1))
    again = fresh(first)
    assert (again.state, again.stop_time, again.needs_review) == ("lost", LATER, True)


@pytest.mark.parametrize("decide", [reviews.set_energy, reviews.write_off])
def test_what_staff_have_decided_stays(
    reporter: Reporter, account: Account, staff: User, decide: Any
) -> None:
    first, _ = reporter.start()
    reporter.stop(0)
    more = (4321,) if decide is reviews.set_energy else ()
    assert decide(first.pk, *more, staff, LATER, "seen") is not None
    charged = settled(account)
    second, _ = reporter.start(meter=5000, time=at(50))
    assert fresh(first).state == TransactionState.COMPLETED
    assert fresh(second).state == TransactionState.ACTIVE
    reporter.stop(first.pk, meter=5900, time=at(59))
    assert (settled(account), fresh(first).meter_stop) == (charged, 6000)


def test_staff_say_that_it_is_of_none(reporter: Reporter, account: Account, staff: User) -> None:
    first, _ = reporter.start()
    reporter.stop(0)
    kept = OrphanStop.objects.get()
    assert reviews.dismiss(kept.pk, staff, LATER, "a test of the installer") is not None
    assert (fresh(first).state, settled(account)) == (TransactionState.ACTIVE, 0)
    reporter.stop(0)
    assert fresh(first).state == TransactionState.ACTIVE


def test_staff_say_that_it_is_of_another(reporter: Reporter, account: Account, staff: User) -> None:
    first, _ = reporter.start()
    second, _ = reporter.start(connector=2, tag="BEEF0002", meter=2000)
    reporter.stop(0)
    kept = OrphanStop.objects.get()
    assert kept.transaction == first
    assert reviews.attach(kept.pk, second.pk, staff, LATER) is not None
    assert (fresh(first).state, fresh(second).state) == ("active", "completed")
    assert (settled(account), fresh(second).energy_wh) == (0, 4000)
    kept.refresh_from_db()
    assert (kept.transaction, kept.settled) == (second, True)


def test_one_that_was_told_with_its_number_too_is_settled(
    reporter: Reporter, account: Account
) -> None:
    reporter.start()
    other, _ = reporter.start(connector=2)
    # It fits both, until its own number tells.
    reporter.stop(0)
    reporter.stop(other.pk)
    kept = OrphanStop.objects.get()
    assert (kept.transaction, kept.settled) == (other, True)
    assert Transaction.objects.filter(state=TransactionState.ACTIVE).count() == 1


def test_a_late_join_tells_that_the_session_has_ended(
    reporter: Reporter, account: Account, django_capture_on_commit_callbacks: Any
) -> None:
    heard: list[int] = []

    def hear(transaction_id: int, **_: Any) -> None:
        heard.append(transaction_id)

    events.transaction_ended.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            reporter.stop(0)
            started, _ = reporter.start()
    finally:
        events.transaction_ended.disconnect(hear)
    assert heard == [started.pk]


def test_a_start_asks_once_for_stops_that_wait(reporter: Reporter) -> None:
    with CaptureQueriesContext(connection) as queries:
        reporter.start()
    asked = [one["sql"] for one in queries.captured_queries if "ocpp_orphanstop" in one["sql"]]
    assert len(asked) == 1
