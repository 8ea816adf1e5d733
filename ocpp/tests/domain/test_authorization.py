"""May this id tag charge here, and if not, why."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries

from accounts.models import RFID, User
from ocpp.domain.authorization import TagInfo, decide, decide_start, decide_tag, same_group
from ocpp.models import Charger
from ocpp.tests.factories import NOON, TAG, Reporter, at, make_driver

#: Long after the tests.
END = NOON.replace(year=2099)


@pytest.fixture
def strict(charger: Charger) -> Charger:
    """A charger where a known card is required."""
    charger.require_rfid = True
    charger.save()
    return charger


def test_any_tag_is_accepted_where_none_is_required(charger: Charger) -> None:
    for tag in ("", "whatever", "DEADBEEF", "ÄÖÜ", "x" * 255):
        decision = decide(charger.pk, tag)
        assert decision.accepted
        assert (decision.card, decision.account, decision.reason) == (None, None, "")


@pytest.mark.parametrize("tag", [TAG, TAG.lower(), "Ca:fe:00:01", "CA-FE 00-01"])
def test_a_known_tag_is_linked_to_its_account_in_any_spelling(charger: Charger, tag: str) -> None:
    account = make_driver()
    for charger.require_rfid in (False, True):
        charger.save()
        decision = decide(charger.pk, tag)
        assert decision.accepted
        assert decision.account == account
        assert decision.card == RFID.objects.get()


def test_without_credit_a_tag_is_refused_only_where_one_is_required(charger: Charger) -> None:
    account = make_driver(credit_kwh=0)
    assert decide(charger.pk, TAG).accepted
    Charger.objects.update(require_rfid=True)
    decision = decide(charger.pk, TAG)
    assert (decision.status, decision.reason) == ("Blocked", "No credit yet.")
    assert decision.account == account


def test_a_service_account_needs_no_credit(strict: Charger) -> None:
    account = make_driver(credit_kwh=0)
    account.service_account = True
    account.save()
    assert decide(strict.pk, TAG).accepted


@pytest.mark.parametrize("require_rfid", [True, False])
def test_a_tag_that_is_not_allowed_authorises_nothing_anywhere(
    charger: Charger, require_rfid: bool
) -> None:
    Charger.objects.update(require_rfid=require_rfid)
    make_driver(allowed=False)
    decision = decide(charger.pk, TAG)
    assert (decision.status, decision.reason) == ("Blocked", "The card is not allowed.")


def test_a_blocked_card_of_nobody_is_blocked(charger: Charger) -> None:
    RFID.objects.create(rfid=TAG, allowed=False)
    assert decide(charger.pk, TAG).status == "Blocked"


@pytest.mark.parametrize("tag", ["DEADBEEF", "", "unknown", "x" * 255])
def test_an_unknown_tag_is_invalid_where_one_is_required(strict: Charger, tag: str) -> None:
    decision = decide(strict.pk, tag)
    assert (decision.status, decision.reason) == ("Invalid", "The card is not known.")
    assert (decision.card, decision.account) == (None, None)


def test_a_card_of_nobody_is_invalid_where_one_is_required(strict: Charger) -> None:
    RFID.objects.create(rfid=TAG)
    assert decide(strict.pk, TAG).status == "Invalid"


def test_a_user_without_an_account_or_deactivated_is_blocked(strict: Charger) -> None:
    user = User.objects.create_user("bob")
    RFID.objects.create(rfid=TAG, user=user)
    assert decide(strict.pk, TAG)[:2] == ("Blocked", "The user of the card has no account.")
    make_driver("eva", tag="BEEF0002")
    User.objects.filter(username="eva").update(is_active=False)
    assert decide(strict.pk, "BEEF0002")[:2] == ("Blocked", "The user is deactivated.")


def test_reasons_are_stored_in_the_source_language(strict: Charger) -> None:
    with override("es"):
        assert decide(strict.pk, "unknown").reason == "The card is not known."


def test_a_deleted_charger_is_no_answer(db: None) -> None:
    with pytest.raises(Charger.DoesNotExist):
        decide(1, TAG)


@pytest.mark.parametrize("require_rfid", [True, False])
def test_an_expired_card_authorises_nothing_anywhere(charger: Charger, require_rfid: bool) -> None:
    Charger.objects.update(require_rfid=require_rfid)
    make_driver()
    RFID.objects.update(expires=NOON)
    assert decide(charger.pk, TAG, NOON - timedelta(seconds=1)).accepted
    decision = decide(charger.pk, TAG, NOON)
    assert decision[:2] == ("Expired", "The card expired on 2026-05-01 06:00 CST.")
    assert decide(charger.pk, TAG).status == "Expired"


def test_of_a_card_that_is_blocked_and_expired_the_block_is_told(charger: Charger) -> None:
    RFID.objects.create(rfid=TAG, allowed=False, block_reason="stolen", expires=NOON)
    assert decide(charger.pk, TAG)[:2] == ("Blocked", "The card is not allowed: stolen")


@pytest.mark.parametrize(
    ("facts", "info"),
    [
        ({}, TagInfo("Accepted")),
        ({"parent": "fleet", "expires": END}, TagInfo("Accepted", END, "FLEET")),
        # A card that may not charge is no key to what others of its group have begun.
        ({"parent": "fleet", "allowed": False}, TagInfo("Blocked")),
        ({"parent": "fleet", "expires": NOON}, TagInfo("Expired", NOON)),
    ],
)
def test_what_a_charge_point_is_told_of_a_card(
    charger: Charger, facts: dict[str, Any], info: TagInfo
) -> None:
    RFID.objects.create(rfid=TAG, **facts)
    assert decide(charger.pk, TAG).info == info


def test_of_a_tag_that_is_no_card_only_its_status_is_told(strict: Charger) -> None:
    assert decide(strict.pk, "unknown").info == TagInfo("Invalid")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (TAG, TAG.lower(), True),
        (TAG, "BEEF0002", True),
        (TAG, "fleet", True),
        (TAG, "BEEF0003", False),
        (TAG, "unknown", False),
        ("BEEF0003", "BEEF0004", False),
    ],
)
def test_cards_of_one_group_belong_together(db: None, one: str, other: str, same: bool) -> None:
    for uid, parent in [(TAG, "FLEET"), ("BEEF0002", "fleet"), ("BEEF0003", ""), ("BEEF0004", "")]:
        RFID.objects.create(rfid=uid, parent=parent)
    assert same_group(one, other) is same
    assert same_group(other, one) is same


class TestHowManyAtOnce:
    @pytest.fixture
    def elsewhere(self, reporter: Reporter) -> Reporter:
        make_driver()
        RFID.objects.update(max_concurrent=1)
        return Reporter(Charger.objects.create(charger_id="CP2"))

    def test_a_second_transaction_is_refused_until_the_first_has_ended(
        self, reporter: Reporter, elsewhere: Reporter
    ) -> None:
        first, _ = reporter.start()
        second, status = elsewhere.start()
        assert status == "ConcurrentTx"
        assert (second.state, second.authorization) == ("refused", "ConcurrentTx")
        assert second.authorization_reason == (
            "The card is charging already: 1 at a time, and 1 allowed."
        )
        reporter.stop(first.pk)
        assert elsewhere.start(time=at(61), now=NOON + timedelta(hours=2))[1] == "Accepted"

    def test_the_other_connector_of_the_charger_counts_too(
        self, reporter: Reporter, elsewhere: Reporter
    ) -> None:
        assert [reporter.start(connector=n)[1] for n in (1, 2)] == ["Accepted", "ConcurrentTx"]

    def test_a_retry_is_answered_as_before_and_never_concurrent(
        self, reporter: Reporter, elsewhere: Reporter
    ) -> None:
        started = reporter.start()
        assert started[1] == "Accepted"
        assert reporter.start() == started
        refused = elsewhere.start()
        reporter.stop(started[0].pk)
        assert elsewhere.start() == refused

    def test_a_lost_stop_on_the_connector_is_no_obstacle(
        self, reporter: Reporter, elsewhere: Reporter
    ) -> None:
        first, _ = reporter.start()
        assert reporter.start(meter=2000, time=at(10))[1] == "Accepted"
        first.refresh_from_db()
        assert first.state == "lost"

    def test_as_many_as_the_card_allows_and_none_limits_none(
        self, reporter: Reporter, elsewhere: Reporter
    ) -> None:
        RFID.objects.update(max_concurrent=2)
        assert [reporter.start(connector=n)[1] for n in (1, 2, 3)] == [
            "Accepted",
            "Accepted",
            "ConcurrentTx",
        ]
        RFID.objects.update(max_concurrent=None)
        assert elsewhere.start()[1] == "Accepted"

    def test_case_of_the_tag_does_not_matter(self, reporter: Reporter, elsewhere: Reporter) -> None:
        reporter.start(tag=TAG.lower())
        assert elsewhere.start(tag="ca:fe:00:01")[1] == "ConcurrentTx"

    def test_a_start_of_an_offline_queue_is_judged_by_what_held_then(
        self, reporter: Reporter, elsewhere: Reporter
    ) -> None:
        """It began before the one that runs; and the card had not expired."""
        reporter.start()
        RFID.objects.update(expires=NOON - timedelta(hours=1))
        assert elsewhere.start(time=at(-120))[1] == "Accepted"
        assert elsewhere.start(connector=2, time=at(-30))[1] == "Expired"
        RFID.objects.update(expires=None)
        assert elsewhere.start(connector=3, time=at(-90))[1] == "ConcurrentTx"

    def test_a_clock_that_is_years_behind_revives_no_card(
        self, reporter: Reporter, elsewhere: Reporter
    ) -> None:
        RFID.objects.update(expires=NOON - timedelta(days=40))
        assert reporter.start(time="2016-01-01T00:00:00Z")[1] == "Expired"

    def test_authorize_tells_nothing_of_it(self, reporter: Reporter, elsewhere: Reporter) -> None:
        """The standard has it for a start only: with the same tag a driver also ends one."""
        reporter.start()
        assert elsewhere.report(decide_tag, TAG).status == "Accepted"

    def test_only_a_card_with_a_limit_costs_anything(
        self,
        reporter: Reporter,
        elsewhere: Reporter,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        station = elsewhere.station
        station.now = NOON
        with django_assert_num_queries(4):
            decide_start(station, TAG, 1, NOON)
        RFID.objects.update(max_concurrent=None)
        with django_assert_num_queries(2):
            decide_start(station, TAG, 1, NOON)
