"""RFID cards."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.db.models.functions import Lower

from accounts.models import RFID, User

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
