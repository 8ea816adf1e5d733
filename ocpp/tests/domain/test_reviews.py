"""Repairs: what each changes, that it is recorded, and that the ledger always adds up."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Account, User
from ocpp.choices import RepairKind, TransactionState
from ocpp.domain import reviews
from ocpp.domain.energy import HIGHEST_WH
from ocpp.domain.errors import Conflict, DomainError, Invalid, NotFound
from ocpp.models import OrphanStop, Repair, SessionCost, Tariff, Transaction
from ocpp.tests.domain.tariffs.test_costs import make_version
from ocpp.tests.factories import NOON, Reporter, at, make_driver

LATER = NOON + timedelta(hours=3)


@pytest.fixture
def account(db: None) -> Account:
    return make_driver()


@pytest.fixture
def other(db: None) -> Account:
    return make_driver("eva", tag="CAFE0002")


@pytest.fixture
def staff(db: None) -> User:
    return User.objects.create_user("boss", is_staff=True)


def waiting(reporter: Reporter) -> Transaction:
    """A session whose meter ran backwards: its energy awaits a review."""
    started, _ = reporter.start(meter=9000)
    reporter.stop(started.pk, meter=2000)
    started.refresh_from_db()
    assert started.needs_review
    return started


def refused(reporter: Reporter) -> Transaction:
    """Energy that flowed although the start was refused."""
    reporter.charger.require_rfid = True
    reporter.charger.save()
    started, status = reporter.start(tag="nobody")
    assert status != "Accepted"
    reporter.stop(started.pk, tag="nobody")
    started.refresh_from_db()
    assert (started.needs_review, started.energy_wh) == (True, 5000)
    return started


def orphan(reporter: Reporter, **facts: Any) -> OrphanStop:
    """A stop that names a transaction that never was."""
    reporter.stop(7777, **facts)
    return OrphanStop.objects.latest("pk")


def check_ledger() -> None:
    """What accounts were charged is the sum of their transactions, and each is charged rightly."""
    for account in Account.objects.all():
        mine = Transaction.objects.filter(account=account)
        assert account.settled_wh == (mine.aggregate(wh=Sum("billed_wh"))["wh"] or 0)
    for one in Transaction.objects.all():
        if one.account_id is None:
            assert one.billed_wh == 0
        elif not one.needs_review and one.stop_time is not None:
            assert one.billed_wh == (0 if one.written_off else one.energy_wh)
        assert 0 <= one.energy_wh <= HIGHEST_WH
    assert not SessionCost.objects.filter(transaction__needs_review=True).exists()
    assert not SessionCost.objects.filter(transaction__written_off=True).exists()


def settled(account: Account) -> int:
    account.refresh_from_db()
    return account.settled_wh


def test_energy_is_corrected_and_only_the_difference_is_billed(
    reporter: Reporter, account: Account, staff: User
) -> None:
    found = waiting(reporter)
    first = reviews.set_energy(found.pk, 3000, staff, LATER, "photo of the meter")
    assert settled(account) == 3000
    assert first is not None
    assert (first.before["energy_wh"], first.before["billed_wh"]) == (0, 0)
    assert (first.after["energy_wh"], first.after["billed_wh"]) == (3000, 3000)
    assert (first.author, first.author_name, first.reason) == (staff, "boss", "photo of the meter")
    assert (first.kind, first.time) == (RepairKind.ENERGY, LATER)
    reviews.set_energy(found.pk, 2500, staff, LATER, "typing error")
    assert settled(account) == 2500
    assert reviews.set_energy(found.pk, 2500, staff, LATER, "again") is None
    assert (settled(account), Repair.objects.count()) == (2500, 2)
    check_ledger()


def test_energy_is_accepted_once(reporter: Reporter, account: Account, staff: User) -> None:
    lost, _ = reporter.start(meter=1000)
    reporter.values("7000")
    closed = reviews.close(lost.pk, staff, LATER)
    assert closed is not None
    assert (closed.before["state"], closed.after["state"]) == ("active", "lost")
    assert reviews.close(lost.pk, staff, LATER) is None
    assert settled(account) == 0
    assert reviews.accept(lost.pk, staff, LATER) is not None
    assert reviews.accept(lost.pk, staff, LATER) is None
    assert (settled(account), Repair.objects.count()) == (6000, 2)


def test_a_cost_follows_the_energy(reporter: Reporter, account: Account, staff: User) -> None:
    make_version(Tariff.objects.create(name="Public", standard=True), amount="4", tax="0")
    found = waiting(reporter)
    assert not SessionCost.objects.exists()
    reviews.set_energy(found.pk, 2000, staff, LATER, "seen")
    assert SessionCost.objects.get().total == Decimal("8.00")
    reviews.set_energy(found.pk, 1000, staff, LATER, "seen better")
    assert SessionCost.objects.get().total == Decimal("4.00")
    reviews.write_off(found.pk, staff, LATER, "a courtesy")
    assert not SessionCost.objects.exists()


def test_refused_energy_is_written_off_and_can_be_taken_back(
    reporter: Reporter, account: Account, staff: User
) -> None:
    found = refused(reporter)
    assert reviews.write_off(found.pk, staff, LATER, "stolen card") is not None
    assert reviews.write_off(found.pk, staff, LATER, "stolen card") is None
    found.refresh_from_db()
    assert (found.written_off, found.needs_review, found.energy_wh) == (True, False, 5000)
    assert reviews.assign(found.pk, account, staff, LATER, "found who it was") is not None
    assert settled(account) == 0
    reviews.set_energy(found.pk, 5000, staff, LATER, "they pay for it")
    assert settled(account) == 5000
    check_ledger()


def test_another_account_pays_and_the_first_gets_back_what_it_paid(
    reporter: Reporter, account: Account, other: Account, staff: User
) -> None:
    found, _ = reporter.start(meter=1000)
    reporter.stop(found.pk, meter=6000)
    assert settled(account) == 5000
    assert reviews.assign(found.pk, other, staff, LATER, "a borrowed card") is not None
    assert (settled(account), settled(other)) == (0, 5000)
    assert reviews.assign(found.pk, other, staff, LATER, "again") is None
    reviews.assign(found.pk, None, staff, LATER, "nobody")
    assert (settled(account), settled(other)) == (0, 0)
    check_ledger()


def test_a_stop_without_start_is_kept_once_and_attached(
    reporter: Reporter, account: Account, staff: User
) -> None:
    # Two are open, so a stop that names neither fits none of them by itself.
    first, _ = reporter.start(meter=1000)
    second, _ = reporter.start(meter=1500, connector=2, time=at(1))
    for _again in range(2):
        kept = orphan(reporter, meter=6000)
    assert OrphanStop.objects.count() == 1
    made = reviews.attach(kept.pk, second.pk, staff, LATER, "it was on 2")
    assert made is not None
    assert (made.kind, made.orphan, made.transaction_id) == (RepairKind.ATTACH, kept, second.pk)
    assert reviews.attach(kept.pk, second.pk, staff, LATER) is None
    assert reviews.attach(kept.pk, first.pk, staff, LATER) is None
    second.refresh_from_db()
    assert (second.state, second.meter_stop) == (TransactionState.COMPLETED, 6000)
    assert settled(account) == second.energy_wh == 4500
    check_ledger()


def test_a_stop_is_attached_only_where_it_can_belong(reporter: Reporter, staff: User) -> None:
    ended, _ = reporter.start()
    reporter.stop(ended.pk)
    kept = orphan(reporter, meter=9)
    with pytest.raises(Conflict, match="has a stop already"):
        reviews.attach(kept.pk, ended.pk, staff, LATER)
    foreign = Reporter(type(reporter.charger).objects.create(charger_id="CP2"))
    running, _ = foreign.start()
    with pytest.raises(Conflict, match="another charger"):
        reviews.attach(kept.pk, running.pk, staff, LATER)
    assert not Repair.objects.exists()


def test_a_stop_without_start_is_dismissed_and_stays_so(reporter: Reporter, staff: User) -> None:
    kept = orphan(reporter)
    with pytest.raises(Invalid, match="is needed"):
        reviews.dismiss(kept.pk, staff, LATER, " ")
    assert reviews.dismiss(kept.pk, staff, LATER, "a test of the installer") is not None
    assert reviews.dismiss(kept.pk, staff, LATER, "a test of the installer") is None
    orphan(reporter)
    assert not OrphanStop.objects.filter(settled=False).exists()


def test_a_late_stop_does_not_undo_what_staff_decided(
    reporter: Reporter, account: Account, staff: User
) -> None:
    lost, _ = reporter.start(meter=1000)
    reporter.values("7000")
    reviews.close(lost.pk, staff, LATER)
    reviews.set_energy(lost.pk, 6500, staff, LATER, "read off the meter")
    reporter.stop(lost.pk, meter=9000, time=at(40), now=LATER)
    lost.refresh_from_db()
    assert (lost.needs_review, lost.energy_wh, lost.meter_stop) == (True, 6500, 9000)
    # It is not billed while it awaits a look, but stays spent.
    assert settled(account) == 0
    assert account.balance_kwh == Decimal("93.500")
    assert "after staff had decided" in reporter.anomalies()[-1].detail
    reviews.set_energy(lost.pk, 8000, staff, LATER, "the stop is right")
    assert settled(account) == 8000


def test_a_late_stop_of_what_was_written_off_spends_nothing_until_it_is_looked_at(
    reporter: Reporter, account: Account, staff: User
) -> None:
    lost, _ = reporter.start(meter=1000)
    reporter.values("7000")
    reviews.close(lost.pk, staff, LATER)
    reviews.write_off(lost.pk, staff, LATER, "a courtesy")
    reporter.stop(lost.pk, meter=9000, time=at(40), now=LATER)
    assert account.balance_kwh == Decimal("100.000")
    assert reviews.write_off(lost.pk, staff, LATER, "still a courtesy") is not None
    assert settled(account) == 0
    check_ledger()


def test_who_did_not_see_the_newest_repair_is_told(
    reporter: Reporter, account: Account, staff: User
) -> None:
    found = waiting(reporter)
    first = reviews.set_energy(found.pk, 3000, staff, LATER, "seen", seen=0)
    assert first is not None
    with pytest.raises(Conflict, match="Somebody else"):
        reviews.set_energy(found.pk, 4000, staff, LATER, "seen", seen=0)
    assert reviews.set_energy(found.pk, 4000, staff, LATER, "seen", seen=first.pk) is not None


def test_wrong_repairs_are_refused_with_a_reason(
    reporter: Reporter, account: Account, staff: User
) -> None:
    found = waiting(reporter)
    for energy_wh in (-1, HIGHEST_WH + 1):
        with pytest.raises(Invalid, match="energy_wh: must be from 0 to"):
            reviews.set_energy(found.pk, energy_wh, staff, LATER, "seen")
    for reason in ("", "x" * 301, "\0"):
        with pytest.raises(Invalid, match="reason"):
            reviews.set_energy(found.pk, 1, staff, LATER, reason)
    with pytest.raises(NotFound):
        reviews.accept(2**40, staff, LATER)
    with pytest.raises(NotFound):
        reviews.dismiss(2**70, staff, LATER, "x")
    running, _ = reporter.start(time=at(90), connector=2)
    with pytest.raises(Conflict, match="close it first"):
        reviews.write_off(running.pk, staff, LATER, "x")
    assert not Repair.objects.exists()


def test_a_repair_is_never_changed(reporter: Reporter, account: Account, staff: User) -> None:
    made = reviews.set_energy(waiting(reporter).pk, 1, staff, LATER, "seen")
    assert made is not None
    made.reason = "other"
    with pytest.raises(TypeError, match="never changed"):
        made.save()
    staff.delete()
    made.refresh_from_db()
    assert (made.author, made.author_name) == (None, "boss")


DEEDS = st.lists(
    st.tuples(
        st.sampled_from(
            ("accept", "energy", "write off", "close", "assign", "attach", "start", "stop")
        ),
        st.integers(0, 5),
        st.sampled_from((0, 1, 999, 5000, HIGHEST_WH)),
    ),
    max_size=14,
)


def test_whatever_is_repaired_the_ledger_adds_up(
    reporter: Reporter, account: Account, other: Account, staff: User
) -> None:
    make_version(Tariff.objects.create(name="Public", standard=True))
    waiting(reporter)
    reporter.start(meter=1000, connector=3)
    reporter.values("7000", connector=3)
    reporter.start(meter=20, connector=4)
    orphan(reporter, meter=8000)
    refused(reporter)
    payers = [account, other, None]

    @settings(max_examples=50)
    @given(DEEDS)
    def check(deeds: list[tuple[str, int, int]]) -> None:
        for name, number, wh in deeds:
            rows = list(Transaction.objects.order_by("pk").values_list("pk", flat=True))
            pk = rows[number % len(rows)]
            kept = OrphanStop.objects.latest("pk").pk
            todo: dict[str, Callable[[], Any]] = {
                "accept": lambda: reviews.accept(pk, staff, LATER),  # noqa: B023
                "energy": lambda: reviews.set_energy(pk, wh, staff, LATER, "x"),  # noqa: B023
                "write off": lambda: reviews.write_off(pk, staff, LATER, "x"),  # noqa: B023
                "close": lambda: reviews.close(pk, staff, LATER),  # noqa: B023
                "assign": lambda: reviews.assign(
                    pk,  # noqa: B023
                    payers[number % 3],  # noqa: B023
                    staff,
                    LATER,
                    "x",
                ),
                "attach": lambda: reviews.attach(kept, pk, staff, LATER),  # noqa: B023
                "start": lambda: reporter.start(time=at(number), connector=number),  # noqa: B023
                "stop": lambda: reporter.stop(pk, meter=wh, now=LATER),  # noqa: B023
            }
            try:
                todo[name]()
            except DomainError:
                continue
            check_ledger()

    check()
