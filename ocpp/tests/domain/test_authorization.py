"""May this id tag charge here, and if not, why."""

import pytest
from django.utils.translation import override

from accounts.models import RFID, User
from ocpp.domain.authorization import decide
from ocpp.models import Charger
from ocpp.tests.factories import TAG, make_driver


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
