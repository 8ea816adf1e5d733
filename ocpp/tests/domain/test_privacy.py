"""A person's data: handed out, and erased; energy and money go on adding up."""

import json
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.domain import balance, privacy, roles, tokens
from accounts.models import RFID, Account, Address, Credit, User, Vehicle
from audit.models import Record
from ocpp.choices import ReservationState, TransactionState
from ocpp.domain import privacy as charging_privacy
from ocpp.models import Charger, Message, Reservation, Transaction
from ocpp.tests.factories import NOON, TAG, make_driver

pytestmark = pytest.mark.django_db

VIN = "1M8GDM9AXKP042788"


@pytest.fixture
def ana(charger: Charger) -> User:
    """A driver with everything that a driver can have."""
    account = make_driver("ana")
    user = account.user
    user.first_name, user.email, user.phone_number = "Anastasia", "ana@x.example", "+52 81 1234"
    user.address = Address.objects.create(
        street="Mina", number="1", municipality="Monterrey", state="NL", postal_code="64000"
    )
    user.save()
    vehicle = Vehicle.objects.create(account=account, brand="B", model="M", VIN=VIN)
    tokens.create(user, "phone")
    Transaction.objects.create(
        charger=charger,
        connector_id=1,
        state=TransactionState.COMPLETED,
        id_tag=TAG,
        stop_id_tag=TAG,
        rfid=RFID.objects.get(),
        account=account,
        vehicle=vehicle,
        meter_start=0,
        energy_wh=1500,
        billed_wh=1500,
        start_time=NOON,
        start_raw="x",
        start_received=NOON,
    )
    balance.settle(account.pk, 1500)
    return user


def everything_of(user: User) -> str:
    """All tables of people and charging as text, but the audit, which knows numbers only."""
    out = StringIO()
    call_command("dumpdata", "accounts", "ocpp", "audit", "admin", stdout=out)
    return out.getvalue()


def test_what_is_handed_out(ana: User) -> None:
    told = json.loads(json.dumps(privacy.export(ana)))
    assert told["person"]["email"] == "ana@x.example"
    assert told["person"]["account"]["balance_kwh"] == "98.500"
    assert told["person"]["account"]["vehicles"][0]["VIN"] == VIN
    assert told["person"]["cards"][0]["rfid"] == TAG
    (session,) = told["charging"]["sessions"]
    assert (session["charger"], session["energy_wh"], session["id_tag"]) == ("CP1", 1500, TAG)
    assert Record.objects.filter(deed="person.exported", subject_pk=str(ana.pk)).exists()


def test_others_are_not_in_it(ana: User) -> None:
    other = make_driver("bob", tag="BEEF0001").user
    told = json.dumps(privacy.export(other))
    for mark in (TAG, "Anastasia", VIN, "ana@x.example"):
        assert mark not in told


def test_nothing_of_the_person_is_left(ana: User, admin_client: Client) -> None:
    admin_client.post(f"/admin/accounts/user/{ana.pk}/password/", {})
    privacy.erase(ana)
    left = everything_of(ana)
    for mark in ("Anastasia", "ana@x.example", "+52 81 1234", VIN, TAG, "Mina", '"ana"', 'phone"'):
        assert mark not in left, mark
    erased = User.objects.get(pk=ana.pk)
    assert erased.username == f"erased-{ana.pk}"
    assert not erased.is_active
    assert not erased.has_usable_password()
    assert privacy.is_erased(erased)
    assert Record.objects.filter(deed="person.erased", subject_pk=str(ana.pk)).exists()


def test_energy_and_money_stay(ana: User) -> None:
    before = balance.of(ana.account)
    privacy.erase(ana)
    session = Transaction.objects.get()
    assert (session.energy_wh, session.rfid, session.vehicle) == (1500, None, None)
    assert session.id_tag == session.stop_id_tag == f"erased-{ana.pk}"
    account = Account.objects.get(user=ana.pk)
    assert session.account == account
    assert balance.of(account) == before
    assert Credit.objects.get().amount_kwh == Decimal(100)


def test_others_stay_as_they_are(ana: User) -> None:
    other = make_driver("bob", tag="BEEF0001").user
    User.objects.filter(pk=other.pk).update(address=ana.address)
    privacy.erase(ana)
    other.refresh_from_db()
    assert other.address is not None
    assert other.address.street == "Mina"
    assert RFID.objects.get().rfid == "BEEF0001"


def test_not_while_a_session_runs(ana: User) -> None:
    Transaction.objects.update(state=TransactionState.ACTIVE)
    with pytest.raises(privacy.CannotErase, match="runs at CP1"):
        privacy.erase(ana)
    ana.refresh_from_db()
    assert ana.is_active
    assert RFID.objects.filter(user=ana).exists()


def test_not_while_a_reservation_is_open(ana: User, charger: Charger) -> None:
    Reservation.objects.create(
        charger=charger,
        connector_id=1,
        id_tag=TAG,
        account=ana.account,
        state=ReservationState.ACTIVE,
        expires=NOON,
    )
    with pytest.raises(privacy.CannotErase, match="cancel it"):
        privacy.erase(ana)


def test_no_staff(ana: User) -> None:
    roles.give(ana, "viewer")
    with pytest.raises(privacy.CannotErase, match="is staff"):
        privacy.erase(ana)


def test_the_commands(ana: User) -> None:
    out = StringIO()
    call_command("export_person", "ana", stdout=out)
    assert json.loads(out.getvalue())["person"]["first_name"] == "Anastasia"
    for arguments in (["nobody", "--confirm", "nobody"], ["ana", "--confirm", "anna"]):
        with pytest.raises(CommandError):
            call_command("erase_person", *arguments)
    assert User.objects.get(pk=ana.pk).first_name == "Anastasia"
    call_command("erase_person", "ana", "--confirm", "ana", stdout=out)
    assert User.objects.get(pk=ana.pk).first_name == ""


def test_the_actions_of_the_admin(ana: User, admin_client: Client) -> None:
    url = "/admin/accounts/user/"
    chosen = {"_selected_action": [ana.pk]}
    answer = admin_client.post(url, {"action": "export_data", **chosen})
    assert json.loads(answer.content)[0]["person"]["first_name"] == "Anastasia"
    asked = admin_client.post(url, {"action": "erase_data", **chosen}).content.decode()
    assert 'name="confirmed"' in asked
    assert User.objects.get(pk=ana.pk).first_name == "Anastasia"
    done = admin_client.post(url, {"action": "erase_data", "confirmed": 1, **chosen}, follow=True)
    assert [str(message) for message in done.context["messages"]] == ["ana is erased."]
    assert User.objects.get(pk=ana.pk).first_name == ""


def test_only_administrators(ana: User, client: Client) -> None:
    operator = User.objects.create_user("operator")
    roles.give(operator, "operator")
    client.force_login(User.objects.get(pk=operator.pk))
    form = {"action": "erase_data", "confirmed": 1, "_selected_action": [ana.pk]}
    client.post("/admin/accounts/user/", form)
    assert User.objects.get(pk=ana.pk).first_name == "Anastasia"


def test_the_message_log_forgets_the_cards(ana: User, charger: Charger) -> None:
    def told(request: str, answer: str = "") -> Message:
        return Message.objects.create(
            charger=charger, direction="in", request=request, answer=answer, time=NOON
        )

    theirs = told(f'[2,"1","Authorize",{{"idTag":"{TAG.lower()}"}}]')
    answered = told("[]", f'[3,"1",{{"idTag":"{TAG}","more":"{TAG}"}}]')
    longer = told(f'{{"idTag":"{TAG}0102"}}')
    others = told('{"idTag":"BEEF0001"}')
    privacy.erase(ana)
    for row in (theirs, answered, longer, others):
        row.refresh_from_db()
    name = privacy.erased_name(ana)
    assert theirs.request == f'[2,"1","Authorize",{{"idTag":"{name}"}}]'
    assert answered.answer == f'[3,"1",{{"idTag":"{name}","more":"{name}"}}]'
    assert TAG in longer.request, "another's card that begins alike"
    assert others.request == '{"idTag":"BEEF0001"}'


def test_a_long_message_log_is_gone_through_in_pieces(
    ana: User, charger: Charger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(charging_privacy, "_LOG_PIECE", 2)
    for number in range(7):
        Message.objects.create(
            charger=charger, direction="in", request=f'["{TAG}",{number}]', time=NOON
        )
    privacy.erase(ana)
    assert not Message.objects.filter(request__contains=TAG).exists()
    assert Message.objects.filter(request__contains=privacy.erased_name(ana)).count() == 7
