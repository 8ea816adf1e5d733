"""Users and addresses in the admin."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import RFID, Account, Address, User

pytestmark = pytest.mark.django_db

ADD_USER = reverse("admin:accounts_user_add")


def user_form(user: User, **changes: object) -> dict[str, object]:
    """What the browser would send for this user."""
    return {
        "username": user.username,
        "is_active": "on",
        "rfids-TOTAL_FORMS": 0,
        "rfids-INITIAL_FORMS": 0,
        **changes,
    }


def change_url(user: User) -> str:
    return reverse("admin:accounts_user_change", args=[user.pk])


@pytest.fixture
def clerk_client(db: None) -> Client:
    """Staff who may do everything with users, but no superuser."""
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(content_type__model="user"))
    client = Client()
    client.force_login(clerk)
    return client


def test_the_contact_section(admin_client: Client, driver: User) -> None:
    page = admin_client.get(change_url(driver)).content.decode()
    section = re.search(r"<fieldset[^>]*>\s*<h2[^>]*>\s*Contact.*?</fieldset>", page, re.DOTALL)
    assert section is not None
    for name in ("phone_number", "address", "has_charger"):
        assert f'name="{name}"' in section[0]


def test_contact_is_saved(admin_client: Client, driver: User) -> None:
    home = Address.objects.create(
        street="Juárez", number="1", municipality="Saltillo", state="CO", postal_code="25000"
    )
    changes = {"phone_number": "844 123 4567", "address": home.pk, "has_charger": "on"}
    admin_client.post(change_url(driver), user_form(driver, **changes))
    driver.refresh_from_db()
    assert (driver.phone_number, driver.address, driver.has_charger) == (
        "844 123 4567",
        home,
        True,
    )


def test_a_charger_without_address_is_refused(admin_client: Client, driver: User) -> None:
    answer = admin_client.post(change_url(driver), user_form(driver, has_charger="on"))
    assert "Choose the address" in answer.content.decode()


def test_a_user_who_is_added_has_an_account(admin_client: Client) -> None:
    admin_client.post(
        ADD_USER,
        {
            "username": "eva",
            "usable_password": "true",
            "password1": "Correct-Horse-9",
            "password2": "Correct-Horse-9",
        },
    )
    account = Account.objects.get(user__username="eva")
    page = admin_client.get(change_url(account.user)).content.decode()
    assert reverse("admin:accounts_account_change", args=[account.pk]) in page


def test_accounts_are_opened_for_those_who_have_none(
    admin_client: Client, driver: User, account: Account
) -> None:
    eva = User.objects.create_user("eva")
    assert "Open an account" in admin_client.get(change_url(eva)).content.decode()
    answer = admin_client.post(
        reverse("admin:accounts_user_changelist"),
        {"action": "open_accounts", "_selected_action": [driver.pk, eva.pk]},
        follow=True,
    )
    assert "1 account opened." in answer.content.decode()
    assert Account.objects.filter(user=eva).exists()


def test_cards_are_entered_with_their_user(admin_client: Client, driver: User) -> None:
    admin_client.post(
        change_url(driver),
        user_form(
            driver,
            **{
                "rfids-TOTAL_FORMS": 1,
                "rfids-0-rfid": "04:a2:b3:c4:d5:e6:f7:08:09:0a",
                "rfids-0-allowed": "on",
                "rfids-0-user": driver.pk,
            },
        ),
    )
    assert RFID.objects.get(user=driver).rfid == "04A2B3C4D5E6F708090A"
    found = admin_client.get(reverse("admin:accounts_user_changelist"), {"q": "04a2b3c4d5"})
    assert "1 user" in found.content.decode()


def test_only_a_superuser_grants_rights(clerk_client: Client, driver: User) -> None:
    page = clerk_client.get(change_url(driver)).content.decode()
    assert 'name="is_superuser"' not in page
    clerk_client.post(
        change_url(driver), user_form(driver, last_name="X", is_staff="on", is_superuser="on")
    )
    driver.refresh_from_db()
    assert driver.last_name == "X"
    assert not driver.is_staff
    assert not driver.is_superuser


def test_only_a_superuser_touches_a_superuser(clerk_client: Client, admin_user: User) -> None:
    password = reverse("admin:auth_user_password_change", args=[admin_user.pk])
    taken_over = {"password1": "Correct-Horse-9", "password2": "Correct-Horse-9"}
    assert clerk_client.post(password, taken_over).status_code == 403
    changed = clerk_client.post(change_url(admin_user), user_form(admin_user, username="x"))
    assert changed.status_code == 403
    deleted = reverse("admin:accounts_user_delete", args=[admin_user.pk])
    assert clerk_client.post(deleted, {"post": "yes"}).status_code == 403
    clerk_client.post(
        reverse("admin:accounts_user_changelist"),
        {"action": "delete_selected", "_selected_action": [admin_user.pk], "post": "yes"},
    )
    admin_user.refresh_from_db()
    assert admin_user.check_password("password")


class TestAddress:
    def send(self, client: Client, **changes: str) -> str:
        answer = client.post(
            reverse("admin:accounts_address_add"),
            {
                "street": "Hidalgo",
                "number": "5",
                "state": "NL",
                "municipality": "Monterrey",
                "postal_code": "64000",
                **changes,
            },
        )
        return answer.content.decode()

    def test_municipalities_are_grouped_by_state(self, admin_client: Client) -> None:
        page = admin_client.get(reverse("admin:accounts_address_add")).content.decode()
        groups = re.findall(r'<optgroup label="([^"]+)">(.*?)</optgroup>', page, re.DOTALL)
        assert [(name, body.count("<option")) for name, body in groups] == [
            ("Coahuila", 38),
            ("Nuevo León", 51),
        ]

    def test_an_address_is_saved(self, admin_client: Client) -> None:
        self.send(admin_client)
        assert Address.objects.get().municipality == "Monterrey"

    def test_the_other_states_municipality_is_refused(self, admin_client: Client) -> None:
        page = self.send(admin_client, municipality="Saltillo")
        assert "Saltillo is in Coahuila, not in Nuevo León." in page
        assert not Address.objects.exists()

    def test_a_name_of_both_states_is_selected_in_its_own(self, admin_client: Client) -> None:
        place = Address.objects.create(
            street="Hidalgo", number="5", state="NL", municipality="Juárez", postal_code="67250"
        )
        url = reverse("admin:accounts_address_change", args=[place.pk])
        page = admin_client.get(url).content.decode()
        groups = re.findall(r'<optgroup label="([^"]+)">(.*?)</optgroup>', page, re.DOTALL)
        assert [name for name, body in groups if "selected" in body] == ["Nuevo León"]
