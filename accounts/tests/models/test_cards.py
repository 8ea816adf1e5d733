"""RFID cards."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.db.models.functions import Lower

from accounts.models import RFID, User
from accounts.models.cards import cards_changed

pytestmark = pytest.mark.django_db


def stored() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rfid FROM accounts_rfid ORDER BY rfid")
        return [row[0] for row in cursor.fetchall()]


def test_every_way_to_the_database_stores_upper_case() -> None:
    saved = RFID(rfid="04:a2:b3:c4")
    saved.save()
    assert saved.rfid == "04A2B3C4"
    assert RFID.objects.create(rfid="0a0a0a0a").rfid == "0A0A0A0A"
    RFID.objects.bulk_create([RFID(rfid="0b0b0b0b0b0b0b")])
    RFID.objects.filter(rfid="0A0A0A0A").update(rfid="0c0c0c0c0c0c0c0c0c0c")
    RFID.objects.get_or_create(rfid="04-A2-b3-C4")
    assert stored() == ["04A2B3C4", "0B0B0B0B0B0B0B", "0C0C0C0C0C0C0C0C0C0C"]


def test_a_look_up_ignores_case_and_separators() -> None:
    card = RFID.objects.create(rfid="04A2B3C4")
    assert RFID.objects.get(rfid="04:a2:b3:c4") == card
    assert RFID.objects.get(rfid__in=["04a2b3c4"]) == card
    assert RFID.objects.get(rfid__iregex=r"\A04a\d") == card


@pytest.mark.parametrize("wrong", ["", "04A2B3C", "04A2B3C4D5", "04A2B3CX", "04A2ﬀﬀ"])
def test_what_is_no_uid_is_refused_by_form_and_database(wrong: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        RFID(rfid=wrong).full_clean()
    assert "rfid" in refusal.value.message_dict
    with pytest.raises(IntegrityError), transaction.atomic():
        RFID(rfid=wrong).save()


def test_the_database_refuses_lower_case_that_comes_as_an_expression() -> None:
    card = RFID.objects.create(rfid="0A0A0A0A")
    with pytest.raises(IntegrityError), transaction.atomic():
        RFID.objects.filter(pk=card.pk).update(rfid=Lower(F("rfid")))
    card.rfid = Lower(F("rfid"))
    with pytest.raises(IntegrityError), transaction.atomic():
        card.save()


def test_two_spellings_of_one_uid_are_one_card() -> None:
    RFID.objects.create(rfid="04A2B3C4")
    with pytest.raises(ValidationError):
        RFID(rfid="04:a2:b3:c4").full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        RFID.objects.create(rfid="04a2b3c4")


def test_a_card_is_allowed_unless_said_otherwise() -> None:
    card = RFID.objects.create(rfid="04A2B3C4")
    assert card.allowed
    assert not card.blacklisted


def test_blacklisted_is_allowed_from_the_other_side_and_no_column() -> None:
    good = RFID.objects.create(rfid="04A2B3C4")
    bad = RFID.objects.create(rfid="0A0A0A0A", blacklisted=True)
    bad.refresh_from_db()
    assert bad.blacklisted
    assert not bad.allowed
    assert list(RFID.objects.filter(blacklisted=True)) == [bad]
    assert list(RFID.objects.filter(blacklisted=False)) == [good]
    assert list(RFID.objects.order_by("blacklisted")) == [good, bad]
    assert RFID.objects.count() == 2
    assert [card.blacklisted for card in RFID.objects.defer("allowed").order_by("rfid")] == [
        False,
        True,
    ]
    good.blacklisted = True
    good.save()
    assert RFID.objects.filter(allowed=False).count() == 2
    assert "blacklisted" not in {field.column for field in RFID._meta.concrete_fields}


def test_a_users_cards_stay_when_the_user_goes() -> None:
    user = User.objects.create_user("ana")
    card = RFID.objects.create(rfid="04A2B3C4", user=user)
    assert list(user.rfids.filter(blacklisted=False)) == [card]  # type: ignore[misc]
    user.delete()
    card.refresh_from_db()
    assert card.user is None


class TestGroups:
    @pytest.mark.parametrize(
        ("typed", "kept"), [("fleet 7", "FLEET 7"), (" a:b ", "A:B"), ("", "")]
    )
    def test_case_and_blanks_around_do_not_count(self, typed: str, kept: str) -> None:
        card = RFID(rfid="04A2B3C4", parent=typed)
        card.full_clean()
        card.save()
        assert RFID.objects.get(parent=typed.lower()).parent == kept

    @pytest.mark.parametrize("wrong", ["x" * 21, "ñandú", "a\nb"])
    def test_what_a_charge_point_cannot_be_told_is_refused(self, wrong: str) -> None:
        with pytest.raises(ValidationError) as refusal:
            RFID(rfid="04A2B3C4", parent=wrong).full_clean()
        assert "parent" in refusal.value.message_dict


@pytest.mark.parametrize("count", [0, -1])
def test_a_card_for_no_transaction_at_all_is_refused(count: int) -> None:
    with pytest.raises(ValidationError, match="max_concurrent"):
        RFID(rfid="04A2B3C4", max_concurrent=count).full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        RFID.objects.create(rfid="04A2B3C4", max_concurrent=count)


class TestAnnouncements:
    @pytest.fixture
    def heard(self) -> Iterator[list[bool]]:
        """One entry for each announcement: whether it came within a transaction."""
        heard: list[bool] = []

        def listen(**kwargs: Any) -> None:
            heard.append(connection.in_atomic_block)

        cards_changed.connect(listen)
        yield heard
        cards_changed.disconnect(listen)

    def test_each_way_to_change_cards_is_announced_once(self, heard: list[bool]) -> None:
        card = RFID.objects.create(rfid="04A2B3C4")
        card.save()
        RFID.objects.bulk_create([RFID(rfid=f"0000000{n}") for n in range(5)])
        RFID.objects.update(allowed=False)
        RFID.objects.get_or_create(rfid="0A0A0A0A")
        card.delete()
        RFID.objects.all().delete()
        assert heard == [True] * 7

    def test_so_is_a_change_of_many(self, heard: list[bool]) -> None:
        cards = RFID.objects.bulk_create([RFID(rfid=f"0000000{n}") for n in range(5)])
        RFID.objects.bulk_update(cards, ["parent"])
        assert heard == [True, True]

    def test_what_changes_nothing_is_not(self, heard: list[bool]) -> None:
        RFID.objects.update(allowed=True)
        RFID.objects.all().delete()
        RFID.objects.bulk_create([])
        assert heard == []

    def test_all_are_not_deleted_by_a_slip(self) -> None:
        assert not hasattr(RFID.objects, "delete")

    def test_what_fails_is_not(self, heard: list[bool]) -> None:
        RFID.objects.create(rfid="04A2B3C4")
        with pytest.raises(IntegrityError), transaction.atomic():
            RFID.objects.create(rfid="04A2B3C4")
        assert heard == [True]
