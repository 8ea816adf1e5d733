"""The security of a charger in the admin: shown without its key, changed by those who may."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ocpp.choices import CertificateKind, CredentialState
from ocpp.domain import credentials
from ocpp.models import Certificate, Charger, Command, Credential
from ocpp.tests.admin.conftest import make_charger
from ocpp.tests.commanding import answers, session_of

KEY = "00112233445566778899aabbccddeeff00112233"

pytestmark = pytest.mark.django_db


@pytest.fixture
def charger() -> Charger:
    charger = make_charger(1, owner="somewhere/1/x", epoch=1, over_tls=True)
    Command.objects.all().delete()
    return charger


def page(client: Client, charger: Charger) -> str:
    return client.get(reverse("admin:ocpp_charger_change", args=[charger.pk])).content.decode()


def press(client: Client, charger: Charger, button: str, **sent: str) -> Any:
    place = reverse(f"admin:ocpp_charger_{button}", args=[charger.pk])
    assert client.get(place).status_code == 405
    return client.post(place, sent, follow=True)


def save(client: Client, charger: Charger, **fields: str) -> str:
    inline = {"connectors-TOTAL_FORMS": "0", "connectors-INITIAL_FORMS": "0"}
    url = reverse("admin:ocpp_charger_change", args=[charger.pk])
    needed = {
        "registration": "Accepted",
        "local_list_upkeep": "auto",
        "read_after_boot": "on",
        "pings": "on",
    }
    return client.post(url, needed | inline | fields).content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("by", ["button", "action"])
def test_secured_in_one_click(boss: Client, charger: Charger, by: str) -> None:
    assert "Secure this charger" in page(boss, charger)
    with session_of(charger, answers({"status": "Accepted"})) as session:
        if by == "button":
            answer = press(boss, charger, "secure")
        else:
            data = {"action": "secure", "_selected_action": charger.pk}
            answer = boss.post("/admin/ocpp/charger/", data, follow=True)
    html = answer.content.decode()
    assert "CP1 answered: Accepted." in html
    (told,) = session.taken
    key = told.payload["value"]
    assert re.fullmatch("[0-9a-f]{40}", key)
    assert key not in html + page(boss, charger)
    charger.refresh_from_db()
    assert charger.security_profile == 2
    assert "Key in use, made at" in page(boss, charger)
    assert "by boss." in page(boss, charger)
    assert LogEntry.objects.filter(change_message__contains="A new key is sent.").count() == 1
    command = Command.objects.get()
    shown = boss.get(reverse("admin:ocpp_command_change", args=[command.pk])).content.decode()
    assert key not in shown
    assert "***" in shown


def test_one_that_is_away_is_not_secured(boss: Client, charger: Charger) -> None:
    Charger.objects.update(owner="")
    assert "is not connected" in press(boss, charger, "secure").content.decode()
    assert not Credential.objects.exists()
    assert not LogEntry.objects.exists()


def test_a_key_to_type_in_is_shown_once(boss: Client, charger: Charger) -> None:
    answer = press(boss, charger, "key")
    assert "no-store" in answer.headers["Cache-Control"]
    (key,) = re.findall(r'<code class="new-key">([0-9a-f]{40})</code>', answer.content.decode())
    html = page(boss, charger)
    assert key not in html
    assert "not used yet" in html
    found = credentials.find(charger, key.encode())
    assert found is not None
    assert found.created_by is not None
    assert key not in str(LogEntry.objects.values())
    for _ in range(credentials.MOST - 1):
        press(boss, charger, "key")
    assert "has 5 keys already" in press(boss, charger, "key").content.decode()


def test_keys_are_deleted(boss: Client, charger: Charger) -> None:
    html = page(boss, charger)
    assert "Delete unused keys" not in html
    assert "Delete all its keys" not in html
    credentials.keep(charger, KEY)
    Credential.objects.update(state=CredentialState.ACTIVE)
    credentials.keep(charger, "aa" * 20)
    Charger.objects.update(security_profile=1)
    html = page(boss, charger)
    assert "Delete unused keys" in html
    assert "Delete all its keys" in html
    for button in ("forget", "forget_unused"):
        asked = press(boss, charger, button).content.decode()
        assert 'name="confirmed"' in asked
        assert reverse("admin:ocpp_charger_change", args=[charger.pk]) in asked
    assert Credential.objects.count() == 2
    html = press(boss, charger, "forget_unused", confirmed="True").content.decode()
    assert "1 key was deleted." in html
    assert "cannot connect" not in html
    assert Credential.objects.get().state == CredentialState.ACTIVE
    html = press(boss, charger, "forget", confirmed="True").content.decode()
    assert "1 key was deleted." in html
    assert "cannot connect until it has a key again" in html
    assert not Credential.objects.exists()
    assert "It has no key." in html


@pytest.mark.parametrize("button", ["secure", "key", "forget", "forget_unused"])
def test_who_may_only_look_presses_nothing(viewer: Client, charger: Charger, button: str) -> None:
    credentials.keep(charger, KEY)
    place = reverse(f"admin:ocpp_charger_{button}", args=[charger.pk])
    assert viewer.post(place, {"confirmed": "True"}).status_code == 403
    assert Client().post(place, {"confirmed": "True"}).status_code == 302
    assert Credential.objects.count() == 1
    assert not Command.objects.exists()
    html = page(viewer, charger)
    assert "not used yet" in html
    assert place not in html


def test_a_button_without_its_token_is_refused(boss: Client, charger: Charger) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = boss.cookies
    place = reverse("admin:ocpp_charger_key", args=[charger.pk])
    assert strict.post(place).status_code == 403
    assert boss.post(reverse("admin:ocpp_charger_key", args=[999])).status_code == 404


def test_everything_that_is_known_is_told(boss: Client, charger: Charger) -> None:
    credential = credentials.keep(charger, KEY)
    Credential.objects.update(reboot_required=True)
    Charger.objects.update(wanted_profile=2)
    soon = timezone.now() + timedelta(days=1)
    facts: dict[str, Any] = {"charger": charger, "kind": CertificateKind.CHARGE_POINT}
    for number, revoked in (("abc", None), ("def", soon)):
        Certificate.objects.create(
            serial_number=number,
            fingerprint=number,
            valid_from=soon,
            valid_until=soon,
            revoked=revoked,
            **facts,
        )
    html = page(boss, charger)
    assert "reboot required." in html
    assert "2: key, over TLS: that will hold from when it first does so" in html
    assert "It is connected over TLS." in html
    assert "Client certificate abc, valid until" in html
    assert "Client certificate def" not in html
    assert credential.digest not in html
    assert credential.salt not in html
    Charger.objects.update(over_tls=False)
    assert "It is connected without TLS." in page(boss, charger)
    Charger.objects.update(owner="")
    assert "It is not connected." in page(boss, charger)


# --- the profile in the form ---------------------------------------------------------------------


def profiles(charger: Charger) -> tuple[int, int | None]:
    charger.refresh_from_db()
    return charger.security_profile, charger.wanted_profile


def test_staff_set_the_profile(boss: Client, charger: Charger) -> None:
    credentials.keep(charger, KEY)
    Charger.objects.update(wanted_profile=3)
    for profile in (1, 2, 3, 0):
        shown = str(charger.security_profile)
        chosen = {"initial-security_profile": shown, "security_profile": str(profile)}
        save(boss, charger, **chosen)
        assert profiles(charger) == (profile, None)


@pytest.mark.parametrize("profile", ["1", "2"])
def test_a_profile_with_a_key_needs_one(boss: Client, charger: Charger, profile: str) -> None:
    chosen = {"initial-security_profile": "0", "security_profile": profile}
    assert "It has no key yet" in save(boss, charger, **chosen)
    assert profiles(charger) == (0, None)


def test_a_page_that_was_opened_before_does_not_lower_it(boss: Client, charger: Charger) -> None:
    assert 'name="initial-security_profile" value="0"' in page(boss, charger)
    Charger.objects.update(security_profile=2, wanted_profile=3)
    save(boss, charger, **{"initial-security_profile": "0", "security_profile": "0"}, name="N")
    assert profiles(charger) == (2, 3)
    assert charger.name == "N"


def test_the_states_of_a_key_have_words() -> None:
    credential = Credential(charger=Charger(charger_id="CP1"), state=CredentialState.ACTIVE)
    assert str(credential) == "CP1 (In use)"
