"""One's own cards, vehicles, contact data and password; and nobody else's."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts.domain import balance, own
from accounts.models import RFID, Account, Address, User, Vehicle
from accounts.models.cards import cards_changed

pytestmark = pytest.mark.django_db

VIN = "1M8GDM9AXKP042788"
CARDS = "/accounts/me/cards/"
VEHICLES = "/accounts/me/vehicles/"
CONTACT = "/accounts/me/contact/"
PASSWORD = "/accounts/me/password/"


@pytest.fixture
def ana(driver: User, account: Account) -> Client:
    client = Client()
    client.force_login(driver)
    return client


@pytest.fixture
def bob() -> User:
    return User.objects.create_user("bob", password="other")


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def done(client: Client, path: str, data: Mapping[str, object] | None = None) -> str:
    """Post a form; the page that it leads to."""
    answer = client.post(path, data or {}, follow=True)
    assert answer.redirect_chain, answer.content.decode()
    return answer.content.decode()


@pytest.mark.parametrize(
    "path",
    [
        *(CARDS, CARDS + "1/lost/", VEHICLES, VEHICLES + "add/", VEHICLES + "1/"),
        *(VEHICLES + "1/remove/", CONTACT, PASSWORD),
    ],
)
def test_one_has_to_log_in(client: Client, path: str) -> None:
    ask: list[Callable[[str], Any]]
    ask = [client.get] if path in (CARDS, VEHICLES) else [client.get, client.post]
    for answer in (one(path) for one in ask):
        assert (answer.status_code, answer["Location"]) == (302, f"/login/?next={path}")


# --- cards --------------------------------------------------------------------------------------


def test_cards_are_told_by_their_last_digits(ana: Client, driver: User, bob: User) -> None:
    assert "You have no card" in text(ana, CARDS)
    RFID.objects.create(rfid="CAFE0001", user=driver)
    RFID.objects.create(rfid="CAFE0002", user=driver, allowed=False, block_reason="thief?")
    RFID.objects.create(rfid="CAFE0003", user=driver, expires=timezone.now())
    RFID.objects.create(rfid="CAFE9999", user=bob)
    page = text(ana, CARDS)
    for shown in ("ends in 0001", "ends in 0002", "May charge.", "Blocked", "Expired on"):
        assert shown in page
    for hidden in ("CAFE", "9999", "thief"):
        assert hidden not in page


def test_a_lost_card_is_blocked_after_a_second_question(ana: Client, driver: User) -> None:
    card = RFID.objects.create(rfid="CAFE0001", user=driver)
    changes: list[object] = []

    def changed(**kwargs: object) -> None:
        changes.append(kwargs["sender"])

    cards_changed.connect(changed)
    try:
        assert "Block this card" in text(ana, f"{CARDS}{card.pk}/lost/")
        assert RFID.objects.get().allowed
        assert "Only the operator can allow it again" in done(ana, f"{CARDS}{card.pk}/lost/")
    finally:
        cards_changed.disconnect(changed)
    card = RFID.objects.get()
    assert not card.allowed
    assert card.block_reason.startswith("Reported as lost by its user, 20")
    # Chargers that know cards while offline are told.
    assert changes == [RFID]
    assert "blocked already" in done(ana, f"{CARDS}{card.pk}/lost/")
    assert RFID.objects.get().block_reason == card.block_reason


def test_what_staff_wrote_of_a_blocked_card_stays(driver: User) -> None:
    card = RFID.objects.create(rfid="CAFE0001", user=driver, allowed=False, block_reason="unpaid")
    assert not own.report_lost(card, timezone.now())
    assert RFID.objects.get().block_reason == "unpaid"


def test_nobody_reports_the_card_of_another(ana: Client, bob: User) -> None:
    theirs = RFID.objects.create(rfid="CAFE0009", user=bob)
    nobodys = RFID.objects.create(rfid="CAFE0008")
    for card in (theirs, nobodys):
        for answer in (ana.get(f"{CARDS}{card.pk}/lost/"), ana.post(f"{CARDS}{card.pk}/lost/")):
            assert answer.status_code == 404
    assert RFID.objects.filter(allowed=True).count() == 2


# --- vehicles -----------------------------------------------------------------------------------


def test_a_vehicle_is_added_changed_and_removed(ana: Client, account: Account) -> None:
    data = {"brand": "Marca", "model": "Uno", "VIN": "1m8gdm9a xkp042788"}
    assert "Marca Uno" in done(ana, VEHICLES + "add/", data)
    vehicle = Vehicle.objects.get()
    assert (vehicle.account, vehicle.VIN) == (account, VIN)
    assert "Marca Dos" in done(ana, f"{VEHICLES}{vehicle.pk}/", data | {"model": "Dos"})
    assert "Remove a vehicle" in text(ana, f"{VEHICLES}{vehicle.pk}/remove/")
    assert Vehicle.objects.exists()
    assert "You have told of no vehicle" in done(ana, f"{VEHICLES}{vehicle.pk}/remove/")


@pytest.mark.parametrize("vin", ["", "123", "1M8GDM9AXKP04278O", "1M8GDM9AXKP0427888"])
def test_a_vin_that_is_none_is_refused(ana: Client, vin: str) -> None:
    answer = ana.post(VEHICLES + "add/", {"brand": "Marca", "model": "Uno", "VIN": vin})
    assert answer.status_code == 200
    assert "VIN" in answer.context["form"].errors
    assert not Vehicle.objects.exists()


def test_a_vin_that_is_registered_already(ana: Client, bob: User) -> None:
    theirs = balance.open_account(bob)
    Vehicle.objects.create(account=theirs, brand="Otra", model="Tres", VIN=VIN)
    answer = ana.post(VEHICLES + "add/", {"brand": "Marca", "model": "Uno", "VIN": VIN})
    page = answer.content.decode()
    assert "registered already" in page
    assert "Otra" not in page
    assert Vehicle.objects.count() == 1


def test_two_that_are_added_at_the_same_moment(account: Account) -> None:
    first = Vehicle(account=account, brand="Marca", model="Uno", VIN=VIN)
    second = Vehicle(account=account, brand="Marca", model="Dos", VIN=VIN)
    own.save_vehicle(first)
    with pytest.raises(own.Refused, match="just been added"):
        own.save_vehicle(second)
    assert Vehicle.objects.get() == first


def test_so_many_vehicles_and_no_more(ana: Client, account: Account) -> None:
    for number in range(own.MOST_VEHICLES):
        vin = f"1M8GDM9AXKP0{number:05}"
        Vehicle.objects.create(account=account, brand="Marca", model="Uno", VIN=vin)
    data = {"brand": "Marca", "model": "Uno", "VIN": VIN}
    assert "You have 20 vehicles already" in ana.post(VEHICLES + "add/", data).content.decode()
    # Those that are there can be changed.
    vehicle = Vehicle.objects.first()
    assert vehicle is not None
    done(ana, f"{VEHICLES}{vehicle.pk}/", data)


def test_nobody_touches_the_vehicle_of_another(ana: Client, bob: User) -> None:
    theirs = Vehicle.objects.create(
        account=balance.open_account(bob), brand="Otra", model="Tres", VIN=VIN
    )
    assert "Otra" not in text(ana, VEHICLES)
    data = {"brand": "Marca", "model": "Uno", "VIN": VIN}
    for path in (f"{VEHICLES}{theirs.pk}/", f"{VEHICLES}{theirs.pk}/remove/"):
        assert ana.get(path).status_code == 404
        assert ana.post(path, data).status_code == 404
    theirs.refresh_from_db()
    assert theirs.brand == "Otra"


def test_the_account_is_not_taken_from_the_form(ana: Client, account: Account, bob: User) -> None:
    theirs = balance.open_account(bob)
    data = {"brand": "Marca", "model": "Uno", "VIN": VIN, "account": theirs.pk}
    done(ana, VEHICLES + "add/", data)
    assert Vehicle.objects.get().account == account


def test_without_an_account_there_are_no_vehicles(bob: User) -> None:
    client = Client()
    client.force_login(bob)
    assert "no energy account" in text(client, VEHICLES)
    assert client.get(VEHICLES + "add/").status_code == 404


# --- contact data -------------------------------------------------------------------------------

PERSON = {
    "first_name": "Ana",
    "last_name": "García",
    "email": "ana@example.com",
    "phone_number": "+52 81 1234 5678",
}
HOME = {
    "address-street": "Calle Uno",
    "address-number": "12",
    "address-state": "NL",
    "address-municipality": "Monterrey",
    "address-postal_code": "64000",
}
NO_HOME = dict.fromkeys(HOME, "")


def test_contact_data_is_changed(ana: Client, driver: User) -> None:
    assert "García" in done(ana, CONTACT, PERSON | HOME)
    driver.refresh_from_db()
    assert (driver.last_name, driver.phone_number) == ("García", "+52 81 1234 5678")
    assert str(driver.address) == "Calle Uno 12, Monterrey, Nuevo León"
    first = driver.address_id
    done(ana, CONTACT, PERSON | HOME | {"address-number": "14"})
    driver.refresh_from_db()
    assert (driver.address_id, Address.objects.get().number) == (first, "14")


def test_an_address_can_be_left_out(ana: Client, driver: User) -> None:
    done(ana, CONTACT, PERSON | HOME)
    User.objects.update(has_charger=True)
    done(ana, CONTACT, PERSON | NO_HOME)
    driver.refresh_from_db()
    assert (driver.address, driver.has_charger) == (None, False)


def test_an_address_that_others_share_stays_theirs(ana: Client, driver: User, bob: User) -> None:
    done(ana, CONTACT, PERSON | HOME)
    driver.refresh_from_db()
    bob.address = driver.address
    bob.save()
    done(ana, CONTACT, PERSON | HOME | {"address-street": "Calle Dos"})
    driver.refresh_from_db()
    bob.refresh_from_db()
    assert driver.address is not None
    assert bob.address is not None
    assert (driver.address.street, bob.address.street) == ("Calle Dos", "Calle Uno")


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "nobody"},
        {"phone_number": "call me"},
        {"address-street": ""},
        {"address-postal_code": "1"},
        {"address-municipality": "Saltillo"},
        {"address-state": "XX"},
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_changed(
    ana: Client, driver: User, wrong: dict[str, str]
) -> None:
    answer = ana.post(CONTACT, PERSON | HOME | wrong)
    assert answer.status_code == 200
    assert "invalid-feedback" in answer.content.decode()
    driver.refresh_from_db()
    assert (driver.last_name, driver.address) == ("", None)


def test_nobody_makes_themselves_staff(ana: Client, driver: User) -> None:
    done(ana, CONTACT, PERSON | NO_HOME | {"is_staff": "on", "is_superuser": "on", "username": "x"})
    driver.refresh_from_db()
    assert (driver.username, driver.is_staff, driver.is_superuser) == ("ana", False, False)


# --- password -----------------------------------------------------------------------------------

NEW = {"old_password": "secret", "new_password1": "Xk3-long-one", "new_password2": "Xk3-long-one"}


def test_the_password_is_changed_and_other_sessions_end(ana: Client, driver: User) -> None:
    elsewhere = Client()
    elsewhere.force_login(driver)
    assert "Your password is changed" in done(ana, PASSWORD, NEW)
    driver.refresh_from_db()
    assert driver.check_password("Xk3-long-one")
    assert ana.get(PASSWORD).status_code == 200
    assert elsewhere.get(PASSWORD).status_code == 302


@pytest.mark.parametrize(
    "wrong", [{"old_password": "x"}, {"new_password2": "other"}, {"new_password1": "1"}]
)
def test_a_password_that_is_not_taken(ana: Client, driver: User, wrong: dict[str, str]) -> None:
    assert "invalid-feedback" in ana.post(PASSWORD, NEW | wrong).content.decode()
    driver.refresh_from_db()
    assert driver.check_password("secret")


def test_guesses_at_the_old_password_are_limited(ana: Client, settings: Settings) -> None:
    settings.PASSWORD_FAILURES_PER_15_MINUTES = 2
    # What is wrong with the new one is no guess.
    for _ in range(3):
        assert ana.post(PASSWORD, NEW | {"new_password2": "other"}).status_code == 200
    for _ in range(2):
        assert ana.post(PASSWORD, NEW | {"old_password": "x"}).status_code == 200
    answer = ana.post(PASSWORD, NEW)
    assert answer.status_code == 429
    assert "Too many failed logins" in answer.content.decode()


def test_a_user_with_a_card_only_is_told_so(ana: Client, driver: User) -> None:
    driver.set_unusable_password()
    driver.save()
    ana.force_login(driver)
    assert "you log in with a card" in text(ana, PASSWORD)


# ------------------------------------------------------------------------------------------------


def test_the_number_of_queries(
    ana: Client,
    driver: User,
    account: Account,
    django_assert_num_queries: Callable[[int], CaptureQueriesContext],
) -> None:
    for number in range(5):
        RFID.objects.create(rfid=f"CAFE000{number}", user=driver)
        vin = f"1M8GDM9AXKP0{number:05}"
        Vehicle.objects.create(account=account, brand="Marca", model="Uno", VIN=vin)
    for path, count in ((CARDS, 3), (VEHICLES, 4), (CONTACT, 2), (PASSWORD, 2)):
        with django_assert_num_queries(count):
            text(ana, path)
