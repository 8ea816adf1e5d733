"""A driver reads and changes what is their own; what is another's is not there for them."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import RFID, Account, ApiToken, Credit, Vehicle
from accounts.tests.api.conftest import allow, client_of

LISTS = ["/accounts/", "/accounts/cards/", "/accounts/credits/", "/accounts/vehicles/"]


@pytest.mark.parametrize("url", [*LISTS, "/accounts/tokens/", "/accounts/me/"])
def test_visitors_get_401(db: None, url: str) -> None:
    assert Client().get(url).status_code == 401


@pytest.mark.parametrize("url", LISTS)
def test_lists_hold_what_is_ones_own(ana: Account, luis: Account, driver: Client, url: str) -> None:
    items = driver.get(url).json()["items"]
    assert [item["user"] for item in items] == ["ana"]


@pytest.mark.parametrize("url", LISTS)
def test_staff_without_the_permission_see_their_own_only(ana: Account, clerk, url: str) -> None:
    assert client_of(clerk).get(url).json()["items"] == []


@pytest.mark.parametrize("url", LISTS)
def test_staff_with_the_permission_see_all(ana: Account, luis: Account, clerk, url: str) -> None:
    names = ("view_account", "view_rfid", "view_credit", "view_vehicle")
    items = allow(clerk, *names).get(url).json()["items"]
    assert {item["user"] for item in items} == {"ana", "luis"}


def test_anothers_is_not_there(luis: Account, driver: Client) -> None:
    card, vehicle = RFID.objects.get(user=luis.user), luis.vehicles.get()
    token = ApiToken.objects.exclude(user__username="ana")
    client_of(luis.user)
    for method, url in [
        ("GET", f"/accounts/{luis.pk}/"),
        ("GET", f"/accounts/{luis.pk}/statements/"),
        ("GET", f"/accounts/{luis.pk}/statements/2026-05/"),
        ("GET", f"/accounts/cards/{card.pk}/"),
        ("POST", f"/accounts/cards/{card.pk}/lost/"),
        ("GET", f"/accounts/vehicles/{vehicle.pk}/"),
        ("DELETE", f"/accounts/vehicles/{vehicle.pk}/"),
        ("DELETE", f"/accounts/tokens/{token.get().pk}/"),
    ]:
        assert driver.generic(method, url).status_code == 404, url
    body = {"model": "Mine"}
    url = f"/accounts/vehicles/{vehicle.pk}/"
    assert driver.patch(url, body, content_type="application/json").status_code == 404
    vehicle.refresh_from_db()
    assert vehicle.model == "X"
    assert RFID.objects.get(pk=card.pk).allowed
    assert token.get().revoked is None


def test_a_driver_changes_nothing_that_is_for_staff(ana: Account, driver: Client) -> None:
    card = RFID.objects.get(user=ana.user)
    for method, url, body in [
        ("POST", "/accounts/", {"user": "ana"}),
        ("PATCH", f"/accounts/{ana.pk}/", {"service_account": True}),
        ("POST", f"/accounts/{ana.pk}/credits/", {"amount_kwh": "100"}),
        ("POST", "/accounts/cards/", {"rfid": "CAFE0009"}),
        ("PATCH", f"/accounts/cards/{card.pk}/", {"allowed": True}),
    ]:
        answer = getattr(driver, method.lower())(url, body, content_type="application/json")
        assert answer.status_code == 403, url
    assert Credit.objects.count() == 1
    assert not Account.objects.get(pk=ana.pk).service_account


def test_a_drivers_card_is_told_by_its_last_digits_and_can_be_reported(
    ana: Account, driver: Client
) -> None:
    (card,) = driver.get("/accounts/cards/").json()["items"]
    assert card["rfid"] == "…0001"
    assert driver.get(f"/accounts/cards/{card['id']}/").json()["rfid"] == "…0001"
    told = driver.post(f"/accounts/cards/{card['id']}/lost/").json()
    assert (told["allowed"], told["rfid"]) == (False, "…0001")
    assert b"0001" in driver.get("/accounts/cards/?format=csv").content
    assert b"CAFE" not in driver.get("/accounts/cards/?format=csv").content


def test_who_asks(ana: Account, driver: Client) -> None:
    told = driver.get("/accounts/me/").json()
    assert (told["username"], told["is_staff"], told["permissions"]) == ("ana", False, [])
    assert told["account"]["balance_kwh"] == "20.000"
    assert told["account"]["can_authorize"] is True


def test_own_vehicles_are_added_changed_and_removed(ana: Account, driver: Client) -> None:
    body = {"brand": "Nissan", "model": "Leaf", "VIN": "1n4az0cp8dc000001"}
    made = driver.post("/accounts/vehicles/", body, content_type="application/json")
    assert made.status_code == 201
    assert made.json()["VIN"] == "1N4AZ0CP8DC000001"
    url = f"/accounts/vehicles/{made.json()['id']}/"
    changed = driver.patch(url, {"model": "Ariya"}, content_type="application/json")
    assert (changed.json()["brand"], changed.json()["model"]) == ("Nissan", "Ariya")
    again = driver.post("/accounts/vehicles/", body, content_type="application/json")
    assert again.status_code == 409
    wrong = driver.patch(url, {"VIN": "short"}, content_type="application/json")
    assert wrong.status_code == 400
    assert wrong.json()["detail"].startswith("VIN: A VIN has 17 letters")
    assert driver.delete(url).status_code == 204
    assert Vehicle.objects.filter(account=ana).count() == 1


def test_a_driver_adds_no_vehicle_to_anothers_account(luis: Account, driver: Client) -> None:
    body = {"brand": "B", "model": "M", "VIN": "1N4AZ0CP8DC000001", "account": luis.pk}
    answer = driver.post("/accounts/vehicles/", body, content_type="application/json")
    assert answer.status_code == 404
    assert luis.vehicles.count() == 1


def test_tokens_are_shown_once_and_revoked(ana: Account, driver: Client) -> None:
    body = {"name": "Billing", "scope": "read"}
    made = driver.post("/accounts/tokens/", body, content_type="application/json").json()
    assert made["token"].startswith(f"{made['prefix']}.")
    listed = driver.get("/accounts/tokens/").json()["items"]
    assert [one["name"] for one in listed] == ["Billing", "test"]
    assert all("token" not in one for one in listed)
    program = Client(headers={"Authorization": f"Bearer {made['token']}"})
    assert program.get("/accounts/me/").json()["username"] == "ana"
    refused = program.post("/accounts/tokens/", body, content_type="application/json")
    assert refused.status_code == 403
    assert driver.delete(f"/accounts/tokens/{made['id']}/").status_code == 204
    assert program.get("/accounts/me/").status_code == 401


def test_a_token_of_the_past_is_not_made(driver: Client) -> None:
    body = {"name": "x", "expires": "2020-01-01T00:00:00Z"}
    answer = driver.post("/accounts/tokens/", body, content_type="application/json")
    assert answer.status_code == 400
    assert ApiToken.objects.count() == 1


def test_a_token_outlives_not_the_one_that_made_it(ana: Account) -> None:
    last = timezone.now() + timedelta(days=1)
    client = client_of(ana.user, expires=last)

    def make(expires: str | None) -> int:
        body = {"name": "x", "expires": expires}
        answer = client.post("/accounts/tokens/", body, content_type="application/json")
        return answer.status_code

    assert make(None) == 400
    assert make((last + timedelta(seconds=2)).isoformat()) == 400
    assert make((last - timedelta(hours=1)).isoformat()) == 201


def test_by_a_session_with_its_csrf_token(ana: Account) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ana.user)
    body = {"name": "x"}
    refused = browser.post("/accounts/tokens/", body, content_type="application/json")
    assert refused.status_code == 403
    browser.get("/api/docs")
    browser.defaults["HTTP_X_CSRFTOKEN"] = browser.cookies["csrftoken"].value
    made = browser.post("/accounts/tokens/", body, content_type="application/json")
    assert made.status_code == 201
