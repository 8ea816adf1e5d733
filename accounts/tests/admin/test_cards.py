"""RFID cards in the admin."""

import html
import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.domain import balance
from accounts.models import RFID, Credit, User

pytestmark = pytest.mark.django_db

LIST = reverse("admin:accounts_rfid_changelist")
IMPORT = reverse("admin:accounts_rfid_import")
PROCESS = reverse("admin:accounts_rfid_process_import")
EXPORT = reverse("admin:accounts_rfid_export")


def preview(client: Client, text: str | bytes) -> Any:
    data = text.encode() if isinstance(text, str) else text
    file = SimpleUploadedFile("cards.csv", data, content_type="text/csv")
    return client.post(IMPORT, {"import_file": file, "format": "0"})


def confirm(client: Client, previewed: Any) -> Any:
    form = previewed.context["confirm_form"].initial
    return client.post(PROCESS, form, follow=True)


def text_of(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def client_with(*permissions: str) -> Client:
    user = User.objects.create_user("clerk", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(codename__in=[f"{name}_rfid" for name in permissions])
    )
    client = Client()
    client.force_login(user)
    return client


class TestImport:
    def test_a_good_file_is_shown_then_imported(self, admin_client: Client, driver: User) -> None:
        RFID.objects.create(rfid="0A0A0A0A", user=driver)
        table = "rfid,user,allowed\n0a:0a:0a:0a,ana,0\n0B0B0B0B,,1\n"
        previewed = preview(admin_client, table)
        assert "Confirm import" in text_of(previewed)
        assert RFID.objects.count() == 1
        done = confirm(admin_client, previewed)
        assert "Import finished: 1 new, 1 updated" in text_of(done)
        assert set(RFID.objects.values_list("rfid", "user__username", "allowed")) == {
            ("0A0A0A0A", "ana", False),
            ("0B0B0B0B", None, True),
        }
        assert LogEntry.objects.count() == 2

    def test_bad_rows_are_named_by_line_and_reason(self, admin_client: Client) -> None:
        page = preview(admin_client, "rfid,user\n0A0A0A0A,\n0B0B,eva\n")
        assert "confirm_form" not in page.context
        assert re.findall(r"<li>(Line .*?)</li>", text_of(page)) == [
            "Line 3: rfid “0B0B”: A card identifier has 8, 14 or 20 hexadecimal digits "
            "(0-9, A-F).; there is no user “eva”."
        ]
        assert "Nothing was imported" in text_of(page)
        assert not RFID.objects.exists()

    def test_a_wrong_column_is_named_without_a_traceback(self, admin_client: Client) -> None:
        page = text_of(preview(admin_client, "rfid,alowed\n0A0A0A0A,0\n"))
        assert "Line 1: there is no column “alowed”." in page
        assert "Traceback" not in page

    def test_what_changed_since_the_preview_stops_all_of_it(
        self, admin_client: Client, driver: User
    ) -> None:
        previewed = preview(admin_client, "rfid,user\n0A0A0A0A,\n0B0B0B0B,ana\n")
        driver.delete()
        page = text_of(confirm(admin_client, previewed))
        assert "Nothing was imported." in page
        assert "Line 3: there is no user “ana”." in page
        assert not RFID.objects.exists()
        assert not LogEntry.objects.exists()

    def test_text_in_another_encoding_is_an_error_of_the_form(self, admin_client: Client) -> None:
        page = preview(admin_client, "rfid,user\n0A0A0A0A,josé\n".encode("latin-1"))
        assert "save CSV as “CSV UTF-8”" in text_of(page)
        assert not RFID.objects.exists()

    def test_it_takes_the_right_to_add_and_to_change(self) -> None:
        clerk = client_with("view", "add")
        assert clerk.get(IMPORT).status_code == 403
        assert clerk.post(PROCESS).status_code == 403
        assert IMPORT not in text_of(clerk.get(LIST))

    def test_with_both_it_is_offered(self) -> None:
        clerk = client_with("view", "add", "change")
        assert clerk.get(IMPORT).status_code == 200
        assert IMPORT in text_of(clerk.get(LIST))


class TestExport:
    def test_csv_with_quoted_formulas(self, admin_client: Client) -> None:
        user = User.objects.create_user("@ana")
        RFID.objects.create(rfid="0A0A0A0A", user=user, allowed=False)
        answer = admin_client.post(
            EXPORT,
            {
                "format": "0",
                "rfidresource_rfid": "on",
                "rfidresource_user": "on",
                "rfidresource_allowed": "on",
            },
        )
        assert answer.content.decode() == "rfid,user,allowed\r\n0A0A0A0A,'@ana,0\r\n"

    def test_it_takes_the_right_to_view(self) -> None:
        assert client_with("add").get(EXPORT).status_code == 403


def test_the_page_says_what_a_card_may_do(admin_client: Client, driver: User) -> None:
    card = RFID.objects.create(rfid="04A2B3C4", user=driver)
    url = reverse("admin:accounts_rfid_change", args=[card.pk])
    assert "May not charge. The user of the card has no account." in text_of(admin_client.get(url))
    Credit.objects.create(account=balance.open_account(driver), amount_kwh=4)
    assert "May charge. 4.000 kWh left." in text_of(admin_client.get(url))


def test_cards_are_entered_as_people_write_them(admin_client: Client) -> None:
    add = reverse("admin:accounts_rfid_add")
    admin_client.post(add, {"rfid": " 04:a2:b3:c4:d5:e6:f7:08:09:0a ", "allowed": "on"})
    assert RFID.objects.get().rfid == "04A2B3C4D5E6F708090A"
    page = text_of(admin_client.post(add, {"rfid": "04-A2-B3-C4-D5-E6-F7-08-09-0A"}))
    assert "already exists" in page
    page = text_of(admin_client.post(add, {"rfid": "04A2B3CX"}))
    assert "8, 14 or 20 hexadecimal digits" in page


def test_cards_are_blocked_and_allowed_together(admin_client: Client) -> None:
    RFID.objects.create(rfid="0A0A0A0A")
    RFID.objects.create(rfid="0B0B0B0B", allowed=False)
    everything = list(RFID.objects.values_list("pk", flat=True))
    form = {"action": "block", "_selected_action": everything, "confirmed": "True"}
    assert "1 card blocked." in text_of(admin_client.post(LIST, form, follow=True))
    assert RFID.objects.filter(blacklisted=True).count() == 2
    form["action"] = "allow"
    assert "2 cards allowed." in text_of(admin_client.post(LIST, form, follow=True))
    assert RFID.objects.filter(allowed=True).count() == 2
    assert LogEntry.objects.count() == 3


def test_who_may_only_look_blocks_nothing() -> None:
    card = RFID.objects.create(rfid="0A0A0A0A")
    clerk = client_with("view")
    clerk.post(LIST, {"action": "block", "_selected_action": [card.pk], "confirmed": "True"})
    card.refresh_from_db()
    assert card.allowed


class TestFacts:
    def test_group_expiry_limit_and_reason_are_kept(self, admin_client: Client) -> None:
        card = RFID.objects.create(rfid="0A0A0A0A")
        page = reverse("admin:accounts_rfid_change", args=[card.pk])
        form = {
            "rfid": "0A0A0A0A",
            "block_reason": "reported stolen",
            "parent": " fleet ",
            "max_concurrent": "2",
            "expires_0": "2027-01-31",
            "expires_1": "18:00",
        }
        assert admin_client.post(page, form).status_code == 302
        card.refresh_from_db()
        assert (card.allowed, card.block_reason, card.parent) == (False, "reported stolen", "FLEET")
        assert card.max_concurrent == 2
        assert str(card.expires) == "2027-02-01 00:00:00+00:00"
        assert "May not charge. The card is not allowed: reported stolen" in text_of(
            admin_client.get(page)
        )

    @pytest.mark.parametrize(
        ("field", "value"), [("parent", "x" * 21), ("parent", "ñ"), ("max_concurrent", "0")]
    )
    def test_what_is_wrong_is_named(self, admin_client: Client, field: str, value: str) -> None:
        add = reverse("admin:accounts_rfid_add")
        answer = admin_client.post(add, {"rfid": "0A0A0A0A", "allowed": "on", field: value})
        assert field in answer.context["adminform"].form.errors

    def test_a_card_that_is_allowed_again_has_no_reason_any_more(
        self, admin_client: Client
    ) -> None:
        card = RFID.objects.create(rfid="0A0A0A0A", allowed=False, block_reason="lost")
        admin_client.post(LIST, {"action": "allow", "_selected_action": [card.pk]})
        card.refresh_from_db()
        assert (card.allowed, card.block_reason) == (True, "")
