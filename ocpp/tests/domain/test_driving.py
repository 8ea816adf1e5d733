"""May a driver start a session from a page, with which card, where; and which are their own."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from django.utils.translation import override

from accounts.models import RFID, Account, Credit, User
from ocpp.choices import ReservationState
from ocpp.domain import driving, reservations
from ocpp.domain.driving import Choice, Standing
from ocpp.domain.errors import Conflict, NotFound
from ocpp.models import Charger, ChargerGroup, Command, Connector, Reservation
from ocpp.tests.commanding import make_charger
from ocpp.tests.factories import TAG, Reporter, make_driver

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    return make_driver(credit_kwh=12)


@pytest.fixture
def charger() -> Charger:
    """A connected charger that asks for cards, with two free connectors."""
    made = make_charger(require_rfid=True)
    for number in (0, 1, 2):
        Connector.objects.create(charger=made, connector_id=number, status="Available")
    return made


def standing(account: Account, charger: Charger) -> Standing:
    now = timezone.now()
    return driving.standing(account.user, charger, reservations.active_at(charger, now), now)


def choose(account: Account, charger: Charger, connector: int | None = None) -> Choice:
    return driving.choose(account.user, charger, connector, timezone.now())


def say(number: int, status: str) -> None:
    Connector.objects.filter(connector_id=number).update(status=status)


def keep(charger: Charger, tag: str, connector: int = 1, parent: str = "") -> None:
    Reservation.objects.create(
        charger=charger,
        connector_id=connector,
        id_tag=tag,
        parent_id_tag=parent,
        state=ReservationState.ACTIVE,
        expires=timezone.now() + timedelta(hours=1),
    )


def test_a_driver_in_credit_starts_with_their_card(account: Account, charger: Charger) -> None:
    at = standing(account, charger)
    assert (at.refusal, at.account) == ("", account)
    assert at.card is not None
    assert at.card.rfid == TAG
    assert at.balance is not None
    assert at.balance.balance_kwh == Decimal("12.000")


def test_without_an_account_the_reason_says_whom_to_ask(charger: Charger) -> None:
    nobody = User.objects.create_user("nobody")
    RFID.objects.create(rfid="BEEF0001", user=nobody)
    at = driving.standing(nobody, charger, [], timezone.now())
    assert (at.account, at.card) == (None, None)
    assert "no energy account" in at.refusal


@pytest.mark.parametrize(
    "change",
    [{"allowed": False}, {"expires": timezone.now() - timedelta(days=1)}, {"user": None}],
)
def test_a_card_that_authorises_nothing_is_none(
    account: Account, charger: Charger, change: dict[str, object]
) -> None:
    RFID.objects.update(**change)
    at = standing(account, charger)
    assert at.card is None
    assert "None of your cards may charge" in at.refusal


def test_what_staff_wrote_of_a_blocked_card_is_not_told(account: Account, charger: Charger) -> None:
    RFID.objects.update(allowed=False, block_reason="suspected thief")
    assert "thief" not in standing(account, charger).refusal


def test_a_blocked_card_does_not_stand_in_the_way_of_another(
    account: Account, charger: Charger
) -> None:
    RFID.objects.update(allowed=False)
    RFID.objects.create(rfid="BEEF0002", user=account.user)
    at = standing(account, charger)
    assert at.card is not None
    assert at.card.rfid == "BEEF0002"


def test_without_credit_the_rule_of_the_accounts_is_told_in_the_readers_language(
    account: Account, charger: Charger
) -> None:
    Credit.objects.create(account=account, amount_kwh=Decimal(-13))
    assert standing(account, charger).refusal == "No credit left: -1.000 kWh."
    with override("es"):
        assert standing(account, charger).refusal == "Sin crédito: -1.000 kWh."
    charger.require_rfid = False
    charger.save()
    assert standing(account, charger).refusal == ""


def test_what_another_session_holds_is_told(account: Account, charger: Charger) -> None:
    RFID.objects.create(rfid="BEEF0003", user=account.user)
    Credit.objects.create(account=account, amount_kwh=Decimal("-11.999"))
    Reporter(charger).start(tag="BEEF0003", now=timezone.now())
    assert standing(account, charger).refusal == "All that is left is held: 0.001 kWh."


def test_outside_of_the_hours_of_the_charger(account: Account, charger: Charger) -> None:
    today = timezone.localtime().strftime("%a")[:2]
    others = ",".join(day for day in ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su") if day != today)
    group = ChargerGroup.objects.create(name="Plaza", allowed_hours=f"{others} 12:00-12:01")
    group.chargers.add(charger)
    assert "Outside of the allowed hours of Plaza" in standing(account, charger).refusal


def test_a_card_with_as_many_sessions_as_it_may_have(account: Account, charger: Charger) -> None:
    RFID.objects.update(max_concurrent=1)
    Reporter(charger).start(connector=1)
    assert "charging elsewhere" in standing(account, charger).refusal


def test_the_card_of_a_reservation_goes_first(account: Account, charger: Charger) -> None:
    RFID.objects.create(rfid="BEEF0004", user=account.user, parent="FLEET")
    keep(charger, "beef0004")
    say(1, "Reserved")
    assert choose(account, charger, 1).card.rfid == "BEEF0004"


# --- where --------------------------------------------------------------------------------------


def test_one_of_several_free_connectors_has_to_be_named(account: Account, charger: Charger) -> None:
    assert choose(account, charger, 2).connector_id == 2
    with pytest.raises(Conflict, match="Choose one"):
        choose(account, charger)


def test_the_connector_is_found_by_itself_where_only_one_can_be_meant(
    account: Account, charger: Charger
) -> None:
    say(2, "Preparing")
    assert choose(account, charger).connector_id == 2
    say(2, "Charging")
    assert choose(account, charger).connector_id == 1


@pytest.mark.parametrize("status", ["Charging", "Faulted", "Unavailable", "Reserved", "Finishing"])
def test_a_connector_that_is_not_free_is_refused(
    account: Account, charger: Charger, status: str
) -> None:
    say(1, status)
    with pytest.raises(Conflict, match="No session can begin there"):
        choose(account, charger, 1)


@pytest.mark.parametrize("connector", [0, 3, 99])
def test_a_connector_that_is_none(account: Account, charger: Charger, connector: int) -> None:
    with pytest.raises(Conflict):
        choose(account, charger, connector)


def test_a_charger_that_is_down_as_a_whole(account: Account, charger: Charger) -> None:
    say(0, "Faulted")
    with pytest.raises(Conflict):
        choose(account, charger, 1)


def test_what_is_kept_for_others_is_not_free_though_the_charger_says_so(
    account: Account, charger: Charger
) -> None:
    keep(charger, "DEAD0001")
    with pytest.raises(Conflict):
        choose(account, charger, 1)
    assert choose(account, charger).connector_id == 2


def test_what_is_kept_for_the_group_of_a_card_is_theirs(account: Account, charger: Charger) -> None:
    RFID.objects.update(parent="FLEET")
    keep(charger, "DEAD0002", parent="fleet")
    assert choose(account, charger, 1).connector_id == 1


def test_a_charger_is_not_asked_twice_at_a_time(account: Account, charger: Charger) -> None:
    asked = Command.objects.create(
        charger=charger,
        action="remote_start",
        created_by=account.user,
        expires=timezone.now() + timedelta(minutes=1),
    )
    with pytest.raises(Conflict, match="being asked already"):
        choose(account, charger, 1)
    # Another driver does not have to wait for that.
    other = make_driver("bob", tag="BEEF0005")
    assert choose(other, charger, 1).connector_id == 1
    Command.objects.filter(pk=asked.pk).update(state="answered")
    assert choose(account, charger, 1).connector_id == 1


def test_where_one_is_charging_one_does_not_start_again(account: Account, charger: Charger) -> None:
    Reporter(charger).start(connector=1)
    with pytest.raises(Conflict, match="already"):
        choose(account, charger, 1)


# --- whose --------------------------------------------------------------------------------------


def test_only_sessions_of_ones_own_account_are_found(account: Account, charger: Charger) -> None:
    mine, _ = Reporter(charger).start(connector=1)
    other = make_driver("bob", tag="BEEF0006")
    theirs, _ = Reporter(charger).start(tag="BEEF0006", connector=2)
    assert driving.own_session(account.user, mine.pk) == mine
    assert list(driving.own_sessions(other)) == [theirs]
    for user, number in ((account.user, theirs.pk), (other.user, mine.pk)):
        with pytest.raises(NotFound):
            driving.own_session(user, number)
        with pytest.raises(NotFound):
            driving.charger_of(user, number)


@pytest.mark.parametrize("number", [0, 2**31, 10**30, 12345])
def test_a_number_that_is_no_session(account: Account, number: int) -> None:
    with pytest.raises(NotFound):
        driving.own_session(account.user, number)


def test_one_that_has_ended_cannot_be_ended(account: Account, charger: Charger) -> None:
    started, _ = Reporter(charger).start()
    Reporter(charger).stop(started.pk)
    with pytest.raises(Conflict, match="ended already"):
        driving.own_session(account.user, started.pk)
    assert driving.charger_of(account.user, started.pk) == charger
