"""The inbox of unknown tags: filled by charge points within bounds, emptied by staff."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import RFID, User
from ocpp.choices import Registration
from ocpp.domain import authorization, unknown_tags
from ocpp.domain.errors import Conflict, Invalid, NotFound
from ocpp.models import Charger, UnknownTag
from ocpp.tests.factories import NOON, TAG, Reporter, make_driver

LATER = NOON + timedelta(hours=1)


def tags() -> list[str]:
    return [row.tag for row in unknown_tags.inbox()]


def test_a_tag_is_noted_with_where_and_when_and_how_often(reporter: Reporter) -> None:
    other = Reporter(Charger.objects.create(charger_id="CP2", require_rfid=True))
    reporter.report(authorization.decide_tag, "04:a2:b3:c4")
    other.report(authorization.decide_tag, "04A2B3C4", now=LATER)
    row = unknown_tags.inbox().get()
    assert (row.tag, row.charger, row.times) == ("04A2B3C4", other.charger, 2)
    assert (row.first_seen, row.last_seen, row.answer) == (NOON, LATER, "Invalid")


def test_a_start_is_noted_once_however_often_it_is_sent(reporter: Reporter) -> None:
    for _ in range(3):
        reporter.start(tag="virtual1")
    row = UnknownTag.objects.get()
    assert (row.tag, row.times, row.answer) == ("VIRTUAL1", 1, "Accepted")


def test_cards_are_not_noted_blocked_or_not(reporter: Reporter) -> None:
    make_driver(allowed=False)
    reporter.report(authorization.decide_tag, TAG)
    reporter.start()
    assert not UnknownTag.objects.exists()


@pytest.mark.parametrize("tag", ["", "a\nb", "\0\0\0\0"])
def test_what_cannot_be_shown_is_not_noted(reporter: Reporter, tag: str) -> None:
    reporter.report(authorization.decide_tag, tag)
    assert not UnknownTag.objects.exists()


def test_a_charger_that_is_not_accepted_fills_nothing(charger: Charger) -> None:
    waiting = Reporter(charger, registration=Registration.PENDING)
    assert waiting.start(tag="DEADBEEF")[1] == "Invalid"
    assert not UnknownTag.objects.exists()


def test_a_flood_drives_out_no_other_chargers_tags(
    reporter: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unknown_tags, "MOST_OF_A_CHARGER", 3)
    other = Reporter(Charger.objects.create(charger_id="CP2"))
    other.report(authorization.decide_tag, "REAL", now=NOON - timedelta(days=9))
    for second in range(10):
        now = NOON + timedelta(seconds=second)
        reporter.report(authorization.decide_tag, f"FLOOD{second}", now=now)
    assert tags() == ["FLOOD9", "FLOOD8", "FLOOD7", "REAL"]


def test_there_is_a_bound_for_all_chargers_together(
    reporter: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unknown_tags, "MOST", 2)
    for second, tag in enumerate("ABC"):
        reporter.report(authorization.decide_tag, tag, now=NOON + timedelta(seconds=second))
    assert tags() == ["C", "B"]


def test_a_known_one_costs_one_statement_and_a_card_none(
    reporter: Reporter, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    reporter.report(authorization.decide_tag, "DEADBEEF")
    with django_assert_num_queries(3):
        reporter.report(authorization.decide_tag, "DEADBEEF")
    make_driver()
    with django_assert_num_queries(2):
        reporter.report(authorization.decide_tag, TAG)


def test_a_card_read_backwards_is_only_suggested(reporter: Reporter) -> None:
    card = RFID.objects.create(rfid="C4B3A204")
    reporter.report(authorization.decide_tag, "04A2B3C4")
    reporter.report(authorization.decide_tag, "DEADBEEF", now=LATER)
    assert [(row.tag, getattr(row, "suggestion", "")) for row in unknown_tags.inbox()] == [
        ("DEADBEEF", None),
        ("04A2B3C4", card.rfid),
    ]
    assert unknown_tags.reversed_uid("VIRTUAL1") == ""


class TestAdopting:
    @pytest.fixture
    def row(self, reporter: Reporter) -> UnknownTag:
        reporter.report(authorization.decide_tag, "deadbeef")
        return UnknownTag.objects.get()

    def test_a_tag_becomes_an_allowed_card(self, row: UnknownTag) -> None:
        user = User.objects.create_user("ana")
        card = unknown_tags.adopt(row, user)
        assert (card.rfid, card.user, card.allowed) == ("DEADBEEF", user, True)
        assert not UnknownTag.objects.exists()

    def test_it_needs_no_user(self, row: UnknownTag) -> None:
        assert unknown_tags.adopt(row).user is None

    @pytest.mark.parametrize("tag", ["VIRTUAL1", "ABC", "04A2B3C4D5"])
    def test_what_is_no_uid_is_refused_in_plain_words(self, row: UnknownTag, tag: str) -> None:
        row.tag = tag
        with pytest.raises(Invalid, match=f"“{tag}” is not the number of a card"):
            unknown_tags.adopt(row)
        assert not RFID.objects.exists()
        assert UnknownTag.objects.exists()

    def test_one_that_has_become_a_card_meanwhile_is_in_no_inbox(self, row: UnknownTag) -> None:
        RFID.objects.bulk_create([RFID(rfid="DEADBEEF")])
        assert tags() == []
        with pytest.raises(NotFound):
            unknown_tags.find(row.pk)
        with pytest.raises(Conflict, match="DEADBEEF is a card already"):
            unknown_tags.adopt(row)

    def test_it_is_back_when_the_card_is_deleted_and_seen_again(
        self, row: UnknownTag, reporter: Reporter
    ) -> None:
        unknown_tags.adopt(row).delete()
        reporter.report(authorization.decide_tag, "DEADBEEF", now=LATER)
        assert UnknownTag.objects.get().first_seen == LATER

    def test_ignored_it_stays_so_when_it_is_seen_again(
        self, row: UnknownTag, reporter: Reporter
    ) -> None:
        unknown_tags.ignore(row)
        reporter.report(authorization.decide_tag, "DEADBEEF", now=LATER)
        found = unknown_tags.find(row.pk)
        assert (found.ignored, found.times) == (True, 2)
        unknown_tags.ignore(found, ignored=False)
        assert not unknown_tags.find(row.pk).ignored
