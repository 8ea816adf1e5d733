"""Transactions: one row for each start, one end, energy that is billed once or not at all."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st
from model_bakery import baker
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import RFID, Account, Vehicle
from ocpp.choices import AnomalyKind, Registration, TransactionState
from ocpp.domain import billing, events, transactions
from ocpp.domain.energy import HIGHEST_WH
from ocpp.domain.samples import Samples, sample
from ocpp.domain.transactions import starts
from ocpp.models import Charger, MeterReading, Transaction
from ocpp.tests.factories import NOON, NOON_TEXT, TAG, Reporter, at, make_driver


@pytest.fixture
def account(db: None) -> Account:
    return make_driver()


@pytest.fixture
def other(db: None) -> Reporter:
    """Another charge point."""
    return Reporter(Charger.objects.create(charger_id="CP2"))


def kinds(reporter: Reporter) -> list[str]:
    return [anomaly.kind for anomaly in reporter.anomalies()]


# --- start -----------------------------------------------------------------------------------


def test_a_start_is_recorded_as_it_was_told(reporter: Reporter, account: Account) -> None:
    transaction, status = reporter.start(tag="cafe0001", meter=1234, connector=2, now=NOON)
    assert status == "Accepted"
    transaction.refresh_from_db()
    assert transaction.charger == reporter.charger
    assert (transaction.connector_id, transaction.id_tag) == (2, "cafe0001")
    assert transaction.state == TransactionState.ACTIVE
    assert (transaction.meter_start, transaction.meter_stop) == (1234, None)
    assert (transaction.start_time, transaction.start_raw) == (NOON, NOON_TEXT)
    assert (transaction.stop_time, transaction.energy_wh, transaction.billed_wh) == (None, 0, 0)
    assert transaction.account == account
    assert transaction.rfid == RFID.objects.get()
    assert transaction.transaction_id == transaction.pk > 0


def test_an_unknown_tag_starts_where_none_is_required(reporter: Reporter) -> None:
    transaction, status = reporter.start(tag="somebody")
    assert status == "Accepted"
    assert (transaction.account, transaction.rfid) == (None, None)


@pytest.mark.parametrize("vehicles", [0, 1, 2])
def test_the_vehicle_is_known_when_there_is_just_one(
    reporter: Reporter, account: Account, vehicles: int
) -> None:
    made = [
        baker.make(Vehicle, account=account, VIN=f"1M8GDM9AXKP04278{number}")
        for number in range(vehicles)
    ]
    transaction, _ = reporter.start()
    assert transaction.vehicle == (made[0] if vehicles == 1 else None)


def test_a_retry_is_the_same_transaction(reporter: Reporter, account: Account) -> None:
    first, _ = reporter.start()
    later = NOON + timedelta(hours=3)
    # Also on a new connection, whose memory is empty.
    for again in (reporter, Reporter(reporter.charger)):
        second, status = again.start(now=later)
        assert (second.pk, status) == (first.pk, "Accepted")
    assert Transaction.objects.get().start_received == NOON
    assert reporter.anomalies() == []


def test_a_retry_is_found_before_the_card_is_judged(reporter: Reporter, account: Account) -> None:
    first, _ = reporter.start()
    RFID.objects.update(allowed=False)
    second, status = reporter.start()
    assert (second.pk, status) == (first.pk, "Accepted")


def test_a_retry_after_the_stop_does_not_open_it_again(
    reporter: Reporter, account: Account
) -> None:
    first, _ = reporter.start()
    reporter.stop(first.pk)
    second, status = reporter.start()
    assert (second.pk, status) == (first.pk, "Accepted")
    assert second.state == TransactionState.COMPLETED


def test_a_retry_that_another_process_was_quicker_with(
    reporter: Reporter, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = reporter.start()
    looks: list[Transaction | None] = [None]
    look: Callable[..., Any] = starts._same_start
    monkeypatch.setattr(starts, "_same_start", lambda *told: looks.pop() if looks else look(*told))
    second, status = reporter.start()
    assert (second.pk, status) == (first.pk, "Accepted")
    assert looks == []


@pytest.mark.parametrize(
    "difference", [{"tag": "BEEF0002"}, {"meter": 1001}, {"time": at(1)}, {"connector": 2}]
)
def test_another_start_is_another_transaction(
    reporter: Reporter, difference: dict[str, Any]
) -> None:
    first, _ = reporter.start()
    second, _ = reporter.start(**difference)
    assert second.pk != first.pk


def test_the_same_start_at_another_charger_is_another_transaction(
    reporter: Reporter, other: Reporter
) -> None:
    assert reporter.start()[0].pk != other.start()[0].pk


@pytest.mark.parametrize(
    ("time", "expected", "noted"),
    [
        ("2026-05-01T11:00:00", NOON - timedelta(hours=1), []),
        ("1970-01-01T00:00:00Z", NOON, [AnomalyKind.CLOCK]),
        ("nonsense", NOON, [AnomalyKind.CLOCK]),
        ("2026-05-01T13:00:00Z", NOON + timedelta(hours=1), [AnomalyKind.CLOCK]),
    ],
)
def test_the_clock_of_a_start(
    reporter: Reporter, time: str, expected: Any, noted: list[str]
) -> None:
    transaction, _ = reporter.start(time=time)
    assert (transaction.start_time, transaction.start_raw) == (expected, time)
    assert kinds(reporter) == noted
    assert reporter.start(time=time)[0].pk == transaction.pk


# --- refused -------------------------------------------------------------------------------


def test_a_refused_start_gets_a_transaction_id_and_is_kept(reporter: Reporter) -> None:
    Charger.objects.update(require_rfid=True)
    transaction, status = reporter.start(tag="nobody")
    assert (status, transaction.state) == ("Invalid", TransactionState.REFUSED)
    assert transaction.pk > 0
    assert transaction.authorization_reason == "The card is not known."
    again, status = reporter.start(tag="nobody")
    assert (again.pk, status) == (transaction.pk, "Invalid")
    assert Transaction.objects.count() == 1


def test_a_charge_point_that_waits_for_approval_starts_nothing(charger: Charger) -> None:
    waiting = Reporter(charger, registration=Registration.PENDING)
    account = make_driver()
    transaction, status = waiting.start()
    assert (status, transaction.state) == ("Invalid", TransactionState.REFUSED)
    assert transaction.account is None
    waiting.stop(transaction.pk, meter=9000)
    account.refresh_from_db()
    assert account.settled_wh == 0


def test_energy_that_flowed_although_it_was_refused_awaits_a_review(
    reporter: Reporter, account: Account
) -> None:
    RFID.objects.update(allowed=False)
    transaction, status = reporter.start(meter=1000)
    assert (status, transaction.account) == ("Blocked", account)
    reporter.stop(transaction.pk, meter=1100, reason="DeAuthorized")
    transaction.refresh_from_db()
    assert transaction.state == TransactionState.REFUSED
    assert (transaction.energy_wh, transaction.billed_wh) == (100, 0)
    assert transaction.needs_review
    account.refresh_from_db()
    assert (account.settled_wh, account.balance_kwh) == (0, Decimal("100"))


def test_a_refused_start_ends_nothing(reporter: Reporter) -> None:
    running, _ = reporter.start()
    Charger.objects.update(require_rfid=True)
    reporter.start(tag="nobody", time=at(5))
    running.refresh_from_db()
    assert running.state == TransactionState.ACTIVE


# --- stop ------------------------------------------------------------------------------------


def test_a_stop_ends_and_bills(reporter: Reporter, account: Account) -> None:
    started, _ = reporter.start(meter=1000)
    moments = [Samples(at(60), [sample("6000", context="Transaction.End"), sample("7", "SoC")])]
    ended = reporter.stop(started.pk, meter=6000, reason="EVDisconnected", moments=moments)
    assert ended is not None
    ended.refresh_from_db()
    assert ended.state == TransactionState.COMPLETED
    assert (ended.meter_stop, ended.energy_wh, ended.billed_wh) == (6000, 5000, 5000)
    assert (ended.stop_time, ended.stop_raw) == (NOON + timedelta(hours=1), at(60))
    assert (ended.reason, ended.stop_id_tag, ended.needs_review) == ("EVDisconnected", TAG, False)
    account.refresh_from_db()
    assert account.settled_wh == 5000
    assert list(MeterReading.objects.values_list("transaction", "connector_id")) == [
        (started.pk, 1),
        (started.pk, 1),
    ]
    assert reporter.anomalies() == []


def test_without_a_reason_it_was_local(reporter: Reporter) -> None:
    """That is the standard's default (OCPP 1.6, 6.49)."""
    started, _ = reporter.start()
    reporter.stop(started.pk, reason="")
    assert Transaction.objects.get().reason == "Local"


def test_the_meter_of_the_stop_is_the_last_word(reporter: Reporter, account: Account) -> None:
    started, _ = reporter.start(meter=1000)
    reporter.values("9000", transaction_id=started.pk)
    reporter.stop(started.pk, meter=3000)
    account.refresh_from_db()
    assert Transaction.objects.get().energy_wh == account.settled_wh == 2000


@pytest.mark.parametrize("told", [0, -1, 987_654, 2**31, 2**63, -(10**18) + 1])
def test_a_stop_with_a_number_that_is_none_ends_the_only_open_one(
    reporter: Reporter, account: Account, told: int
) -> None:
    started, _ = reporter.start(meter=1000)
    ended = reporter.stop(told, meter=3000)
    assert ended is not None
    assert ended.pk == started.pk
    assert kinds(reporter) == [AnomalyKind.TRANSACTION]
    # The same again is a retry of it.
    again = reporter.stop(told, meter=3000)
    assert again is not None
    assert again.pk == started.pk
    assert len(reporter.anomalies()) == 1
    account.refresh_from_db()
    assert account.settled_wh == 2000


def test_a_retried_stop_is_not_taken_for_the_next_transaction(
    reporter: Reporter, account: Account
) -> None:
    first, _ = reporter.start(meter=1000)
    reporter.stop(0, meter=3000, time=at(60))
    # Its clock is set back, so the next one seems to start before that stop.
    second, _ = reporter.start(meter=3000, time=at(50), now=NOON + timedelta(minutes=61))
    reporter.stop(0, meter=3000, time=at(60))
    second.refresh_from_db()
    assert second.state == TransactionState.ACTIVE
    account.refresh_from_db()
    assert account.settled_wh == 2000
    first.refresh_from_db()
    assert first.billed_wh == 2000


@pytest.mark.parametrize(
    "stop",
    [
        {"tag": "BEEF0002"},
        {"meter": 999},
        {"time": at(-1)},
    ],
)
def test_a_stop_that_does_not_fit_ends_nothing_and_is_kept(
    reporter: Reporter, account: Account, stop: dict[str, Any]
) -> None:
    started, _ = reporter.start(meter=1000)
    moments = [Samples(at(60), [sample("6000")])]
    assert reporter.stop(0, moments=moments, **stop) is None
    started.refresh_from_db()
    assert started.state == TransactionState.ACTIVE
    (anomaly,) = reporter.anomalies()
    for fact in {"tag": TAG, "meter": 6000, "time": at(60), **stop}.values():
        assert str(fact) in anomaly.detail
    # What was metered is kept with the charger.
    assert list(MeterReading.objects.values_list("value", "transaction")) == [(6000, None)]


@pytest.mark.parametrize("tag", ["", "cafe0001", "Cafe0001"])
def test_the_tag_of_a_stop_may_be_absent_or_in_another_case(reporter: Reporter, tag: str) -> None:
    started, _ = reporter.start()
    ended = reporter.stop(0, tag=tag)
    assert ended is not None
    assert ended.pk == started.pk


def test_of_two_open_ones_none_is_guessed(reporter: Reporter) -> None:
    reporter.start(connector=1)
    reporter.start(connector=2)
    assert reporter.stop(0) is None
    assert Transaction.objects.filter(state=TransactionState.ACTIVE).count() == 2
    assert kinds(reporter) == [AnomalyKind.TRANSACTION]


def test_a_stop_never_ends_another_chargers_transaction(
    reporter: Reporter, other: Reporter
) -> None:
    foreign, _ = other.start()
    assert reporter.stop(foreign.pk) is None
    foreign.refresh_from_db()
    assert (foreign.state, foreign.stop_time) == (TransactionState.ACTIVE, None)
    mine, _ = reporter.start()
    ended = reporter.stop(foreign.pk)
    assert ended is not None
    assert ended.pk == mine.pk
    foreign.refresh_from_db()
    assert foreign.state == TransactionState.ACTIVE


def test_the_same_stop_twice_is_confirmed_twice_and_counted_once(
    reporter: Reporter, account: Account
) -> None:
    started, _ = reporter.start(meter=1000)
    moments = [Samples(at(60), [sample("6000")])]
    for again in (reporter, reporter, Reporter(reporter.charger)):
        ended = again.stop(started.pk, meter=6000, moments=moments)
        assert ended is not None
        assert ended.pk == started.pk
    assert MeterReading.objects.count() == 1
    account.refresh_from_db()
    assert account.settled_wh == 5000
    assert reporter.anomalies() == []


@pytest.mark.parametrize("difference", [{"meter": 9000}, {"time": at(90)}])
def test_a_second_different_stop_is_noted_and_not_counted(
    reporter: Reporter, account: Account, difference: dict[str, Any]
) -> None:
    started, _ = reporter.start(meter=1000)
    reporter.stop(started.pk, meter=6000)
    ended = reporter.stop(started.pk, **{"meter": 6000, **difference})
    assert ended is not None
    assert ended.meter_stop == 6000
    (anomaly,) = reporter.anomalies()
    assert anomaly.transaction == started
    account.refresh_from_db()
    assert account.settled_wh == 5000


def test_a_stop_whose_start_never_came_is_confirmed_and_kept(reporter: Reporter) -> None:
    assert reporter.stop(0) is None
    assert Transaction.objects.count() == 0
    (anomaly,) = reporter.anomalies()
    assert (anomaly.kind, anomaly.transaction) == (AnomalyKind.TRANSACTION, None)


@pytest.mark.parametrize("meter", [999, 0, -5, 1000 + HIGHEST_WH + 1, 10**18 - 1])
def test_energy_that_cannot_be_awaits_a_review_and_is_not_billed(
    reporter: Reporter, account: Account, meter: int
) -> None:
    started, _ = reporter.start(meter=1000)
    reporter.values("1400")
    reporter.stop(started.pk, meter=meter)
    started.refresh_from_db()
    assert started.state == TransactionState.COMPLETED
    assert (started.meter_stop, started.needs_review) == (meter, True)
    # What was known before is kept; it is never negative.
    assert (started.energy_wh, started.billed_wh) == (400, 0)
    account.refresh_from_db()
    assert account.settled_wh == 0
    (anomaly,) = reporter.anomalies()
    assert (anomaly.kind, anomaly.transaction) == (AnomalyKind.METERING, started)


def test_no_energy_is_no_fault(reporter: Reporter, account: Account) -> None:
    started, _ = reporter.start(meter=1000)
    reporter.stop(started.pk, meter=1000)
    started.refresh_from_db()
    assert (started.energy_wh, started.needs_review) == (0, False)


# --- lost ----------------------------------------------------------------------------------


def test_a_new_start_closes_the_one_before_it_as_lost(reporter: Reporter, account: Account) -> None:
    old, _ = reporter.start(meter=1000)
    reporter.values("1700", transaction_id=old.pk)
    new, status = reporter.start(meter=2000, time=at(45), now=NOON + timedelta(minutes=45))
    old.refresh_from_db()
    assert (status, new.state) == ("Accepted", TransactionState.ACTIVE)
    assert old.state == TransactionState.LOST
    assert (old.meter_stop, old.energy_wh) == (1700, 700)
    assert old.stop_time == NOON + timedelta(minutes=45)
    assert (old.needs_review, old.billed_wh) == (True, 0)
    account.refresh_from_db()
    assert account.settled_wh == 0
    (anomaly,) = reporter.anomalies()
    assert anomaly.transaction == old


def test_a_start_elsewhere_or_long_ago_closes_nothing(reporter: Reporter, other: Reporter) -> None:
    running, _ = reporter.start(connector=1, time=at(0))
    reporter.start(connector=2, time=at(10))
    other.start(connector=1, time=at(10))
    reporter.start(connector=1, time=at(-600), meter=1)
    running.refresh_from_db()
    assert running.state == TransactionState.ACTIVE


def test_the_late_stop_of_a_lost_one_completes_and_bills_it(
    reporter: Reporter, account: Account
) -> None:
    old, _ = reporter.start(meter=1000)
    reporter.values("1700", transaction_id=old.pk)
    new, _ = reporter.start(meter=2000, time=at(45))
    for _ in range(2):
        reporter.stop(old.pk, meter=2000, time=at(40))
    old.refresh_from_db()
    assert (old.state, old.needs_review) == (TransactionState.COMPLETED, False)
    assert (old.energy_wh, old.billed_wh) == (1000, 1000)
    assert old.stop_time == NOON + timedelta(minutes=40)
    new.refresh_from_db()
    assert new.state == TransactionState.ACTIVE
    account.refresh_from_db()
    assert account.settled_wh == 1000


def test_an_offline_queue_gives_the_same_ledger_as_a_live_session(
    reporter: Reporter, other: Reporter, account: Account
) -> None:
    def session(point: Reporter, hours: int, delay: timedelta) -> Transaction:
        def told(minutes: int) -> tuple[str, Any]:
            return at(hours * 60 + minutes), NOON + timedelta(hours=hours, minutes=minutes) + delay

        time, now = told(0)
        transaction, _ = point.start(meter=hours * 1000, time=time, now=now)
        time, now = told(30)
        point.values(str(hours * 1000 + 500), transaction_id=transaction.pk, time=time, now=now)
        time, now = told(50)
        point.stop(transaction.pk, meter=hours * 1000 + 800, time=time, now=now)
        transaction.refresh_from_db()
        return transaction

    for hours in range(3):
        live = session(reporter, hours, timedelta())
        queued = session(other, hours, timedelta(days=5))
        for fact in ("start_time", "stop_time", "energy_wh", "billed_wh", "state", "meter_last"):
            assert getattr(live, fact) == getattr(queued, fact)
    assert reporter.anomalies() == other.anomalies() == []


# --- those who listen ------------------------------------------------------------------------


def test_listeners_are_told_after_commit_and_their_errors_are_theirs(
    reporter: Reporter,
    account: Account,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    caplog: pytest.LogCaptureFixture,
) -> None:
    heard: list[tuple[str, int]] = []

    def started(transaction_id: int, **kwargs: Any) -> None:
        heard.append(("started", transaction_id))

    def ended(transaction_id: int, **kwargs: Any) -> None:
        heard.append(("ended", transaction_id))

    def broken(**kwargs: Any) -> None:
        raise ValueError("mine")

    events.transaction_started.connect(started)
    events.transaction_ended.connect(broken)
    events.transaction_ended.connect(ended)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            transaction, _ = reporter.start()
            assert heard == []
        with django_capture_on_commit_callbacks(execute=True):
            reporter.start()  # a retry is no news
            reporter.stop(transaction.pk)
        with django_capture_on_commit_callbacks(execute=True):
            reporter.stop(transaction.pk)
    finally:
        events.transaction_started.disconnect(started)
        events.transaction_ended.disconnect(broken)
        events.transaction_ended.disconnect(ended)
    assert heard == [("started", transaction.pk), ("ended", transaction.pk)]
    assert "failed: mine" in caplog.text


# --- whatever comes ----------------------------------------------------------------------------

#: What a charge point may report, in any order: deed, connector, number or meter, minute.
DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["start", "stop", "values", "again"]),
        st.integers(1, 2),
        st.integers(-1, 6),
        st.sampled_from([0, 500, 1000, 2000, 5000, 10**9]),
        st.integers(0, 90),
    ),
    max_size=12,
)


def test_whatever_comes_energy_is_billed_once(reporter: Reporter, other: Reporter) -> None:
    account = make_driver()
    points = [reporter, other]

    @settings(max_examples=60)
    @given(st.lists(st.integers(0, 1), min_size=12, max_size=12), DEEDS)
    def check(who: list[int], deeds: list[tuple[str, int, int, int, int]]) -> None:
        last: Callable[[], Any] = lambda: None  # noqa: E731
        for index, (deed, connector, number, meter, minute) in zip(who, deeds, strict=False):
            point = points[index]
            known = list(Transaction.objects.order_by("-pk").values_list("pk", flat=True)[:5])
            named = known[number % len(known)] if known and number > 0 else number
            if deed == "start":
                last = _later(point.start, meter=meter, time=at(minute), connector=connector)
            elif deed == "stop":
                last = _later(point.stop, named, meter=meter, time=at(minute))
            elif deed == "values":
                last = _later(point.values, str(meter), transaction_id=named, connector=connector)
            last()
        _check_ledger(account)

    check()


def _later(deed: Callable[..., Any], *arguments: Any, **options: Any) -> Callable[[], Any]:
    return lambda: deed(*arguments, **options)


def _check_ledger(account: Account) -> None:
    account.refresh_from_db()
    billed = Transaction.objects.filter(account=account).aggregate(wh=Sum("billed_wh"))["wh"] or 0
    assert account.settled_wh == billed
    for one in Transaction.objects.all():
        assert one.energy_wh >= 0
        assert one.billed_wh in (0, one.energy_wh)
        if one.state in (TransactionState.ACTIVE, TransactionState.LOST) or one.needs_review:
            assert one.billed_wh == 0
        else:
            assert one.billed_wh == one.energy_wh
        assert (one.stop_time is None) == (one.state == TransactionState.ACTIVE)


# --- lost sessions and reviews ----------------------------------------------------------------


def test_energy_of_a_lost_session_stays_spent_and_is_billed_after_the_review(
    reporter: Reporter, account: Account
) -> None:
    before = account.balance_kwh
    lost, _ = reporter.start(meter=1000)
    reporter.values("7000")
    assert account.balance_kwh == before - 6
    reporter.start(tag="nobody", meter=7000, time=at(30))
    lost.refresh_from_db()
    assert (lost.state, lost.needs_review) == (TransactionState.LOST, True)
    assert account.balance_kwh == before - 6

    assert billing.settle_review(lost)
    assert not billing.settle_review(lost)
    account.refresh_from_db()
    assert account.settled_wh == 6000
    assert account.balance_kwh == before - 6


def test_a_late_stop_of_a_reviewed_session_bills_only_the_difference(
    reporter: Reporter, account: Account
) -> None:
    lost, _ = reporter.start(meter=1000)
    reporter.values("7000")
    assert transactions.force_close(lost, NOON)
    assert not transactions.force_close(lost, NOON)
    assert billing.settle_review(lost)
    reporter.stop(lost.pk, meter=7250, time=at(40))
    account.refresh_from_db()
    assert account.settled_wh == 6250


def test_a_session_that_runs_has_no_review(reporter: Reporter) -> None:
    running, _ = reporter.start()
    assert not billing.settle_review(running)


@pytest.mark.parametrize("time", [at(0), "2020-01-01T00:00:10Z"])
def test_a_start_by_a_clock_that_was_set_back_ends_the_one_before(
    reporter: Reporter, time: str
) -> None:
    first, _ = reporter.start(time=at(0))
    second, _ = reporter.start(meter=5, time=time)
    first.refresh_from_db()
    assert (first.state, second.state) == (TransactionState.LOST, TransactionState.ACTIVE)
    assert first.stop_time is not None
    assert first.stop_time >= first.start_time


def test_a_start_from_an_offline_queue_leaves_the_newer_one_open(reporter: Reporter) -> None:
    newer, _ = reporter.start(time=at(50))
    older, _ = reporter.start(meter=5, time=at(10))
    newer.refresh_from_db()
    assert (newer.state, older.state) == (TransactionState.ACTIVE, TransactionState.ACTIVE)


# --- stopped with another tag ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("tag", "foreign"),
    [(TAG.lower(), False), ("", False), ("BEEF0002", False), ("BEEF0003", True), ("who", True)],
)
def test_a_stop_with_another_tag_counts_and_a_foreign_one_is_noted(
    reporter: Reporter, tag: str, foreign: bool
) -> None:
    for uid, parent in [(TAG, "FLEET"), ("BEEF0002", "FLEET"), ("BEEF0003", "")]:
        RFID.objects.create(rfid=uid, parent=parent)
    started, _ = reporter.start()
    ended = reporter.stop(started.pk, tag=tag)
    assert ended is not None
    assert (ended.state, ended.stop_id_tag, ended.energy_wh) == ("completed", tag, 5000)
    noted = [one.detail for one in reporter.anomalies()]
    expected = f"started with “{TAG}” and stopped with “{tag}”, which is not of its group"
    assert noted == ([expected] if foreign else [])


def test_a_stop_without_its_number_is_found_by_a_card_of_the_group(reporter: Reporter) -> None:
    for uid in (TAG, "BEEF0002"):
        RFID.objects.create(rfid=uid, parent="FLEET")
    started, _ = reporter.start()
    assert reporter.stop(-1, tag="BEEF0002") == started
