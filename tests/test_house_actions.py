"""The actions of all lists of the admin: which ask before they do anything, and which need not.

A new action belongs into one of the two tables. What ends, blocks, deletes or bills something, or
takes away what protects it, asks; whatever can be undone in the same list, or only fetches, need
not.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.messages import get_messages
from django.db.models import Model
from django.forms.models import model_to_dict
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts import asking
from accounts.models import RFID, User
from tests.test_house_admin import made

#: Actions that show a page first. Django's own asks too, and names all that goes with it.
ASK = {
    "accounts.apitoken revoke",
    "accounts.rfid block",
    "accounts.user erase_data",
    "accounts.user take_second_factor",
    "ocpp.certificate revoke",
    "ocpp.certificaterequest reject",
    "ocpp.charger command_selected",
    "ocpp.charger install_certificate",
    "ocpp.charger put_off",
    "ocpp.charger reject",
    "ocpp.charger remote_stop",
    "ocpp.charger reset_hard",
    "ocpp.charger reset_soft",
    "ocpp.charger set_inoperative",
    "ocpp.charger signed_update_firmware",
    "ocpp.charger unlock",
    "ocpp.charger update_firmware",
    "ocpp.chargingprofile clear",
    "ocpp.connector set_inoperative",
    "ocpp.connector unlock",
    "ocpp.installedcertificate delete_certificate",
    "ocpp.reservation cancel",
    "ocpp.review accept",
    "ocpp.transaction accept_energy",
    "ocpp.transaction close_orphans",
    "ocpp.transaction remote_stop",
    "subscriptions.subscription cancel",
    "subscriptions.subscription renew_now",
}
_READS = "it only has the charger tell something"
_CARDS = "the charger gets the cards that hold here; it can be done again at any time"
_MAKES = "it makes what can be changed or deleted"
_SOONER = "it only happens sooner what happens anyway"
HARMLESS = {
    "accounts.rfid allow": "“Block” takes it back",
    "accounts.user export_data": "a file; the audit has who took it",
    "accounts.user open_accounts": "an empty account pays nothing",
    "audit.record export_csv": "a file; the audit has who took it",
    "events.delivery replay": "who receives an event twice knows it by its id",
    "mailer.email cancel": "“Try again” takes it back",
    "mailer.email try_again": _SOONER,
    "nodes.node register_current": _MAKES,
    "ocpp.certificate renew": "the old certificate is good until the new one is there",
    "ocpp.certificaterequest approve": "“Revoke” takes it back",
    "ocpp.certificaterequest retry": "what was approved already",
    "ocpp.charger accept": "“Reject” takes it back",
    "ocpp.charger clear_cache": "the charger asks about each card again",
    "ocpp.charger get_configuration": _READS,
    "ocpp.charger get_diagnostics": _READS,
    "ocpp.charger get_diagnostics_log": _READS,
    "ocpp.charger get_local_list_version": _READS,
    "ocpp.charger get_security_log": _READS,
    "ocpp.charger list_central_system_roots": _READS,
    "ocpp.charger list_manufacturer_roots": _READS,
    "ocpp.charger print_labels": "a page",
    "ocpp.charger renew_certificate": "the old certificate is good until the new one is there",
    "ocpp.charger secure": "one click: the old key is good until the charger takes the new one",
    "ocpp.charger send_all_cards": _CARDS,
    "ocpp.charger send_changed_cards": _CARDS,
    "ocpp.charger set_operative": "“Take out of service” takes it back",
    "ocpp.charger trigger_boot": _READS,
    "ocpp.charger trigger_status": _READS,
    "ocpp.connector composite_schedule": _READS,
    "ocpp.connector set_operative": "“Take out of service” takes it back",
    "ocpp.connector trigger_status": _READS,
    "ocpp.simulator start": "“Stop” takes it back",
    "ocpp.simulator stop": "“Start” takes it back; nobody's vehicle stands there",
    "ocpp.tariffversion copy": _MAKES,
    "ocpp.unknowntag adopt": "a card of nobody opens nothing where cards are required",
    "ocpp.unknowntag ignore": "“Show again” takes it back",
    "ocpp.unknowntag take_back": "“Ignore” takes it back",
    "odoo.instance synchronise": _SOONER,
    "odoo.instance test_connection": "it logs in and changes nothing",
    "odoo.pushedsession try_again": _SOONER,
    "qrcodes.qrlink download": "a file",
    "qrcodes.qrlink keep": "the form of a code takes it back",
    "qrcodes.qrlink print_labels": "a file",
    "schedules.schedule run_now": _SOONER,
}
#: Their answer comes from another machine, or from a process that this test would begin.
ELSEWHERE = {"ocpp.simulator start", "odoo.instance test_connection"}


@pytest.fixture
def boss(db: None) -> User:
    return User.objects.create_superuser("boss")


@pytest.fixture
def client_of_boss(boss: User) -> Client:
    client = Client()
    client.force_login(boss)
    return client


def actions_of(request: HttpRequest) -> Iterator[str]:
    """All actions of all lists but Django's own."""
    for model, model_admin in admin.site._registry.items():
        for name in model_admin.get_actions(request):
            if name != "delete_selected":
                yield f"{model._meta.label_lower} {name}"


def list_of(label: str) -> str:
    """Where the list is that has an action."""
    return reverse(f"admin:{label.split()[0].replace('.', '_')}_changelist")


def choose(client: Client, label: str, rows: list[Model], **more: Any) -> Any:
    """Choose an action for rows, as the list does."""
    chosen = {"action": label.split()[1], ACTION_CHECKBOX_NAME: [row.pk for row in rows], **more}
    return client.post(list_of(label), chosen)


def row_for(label: str) -> Model:
    model: type[Model] = next(
        one for one in admin.site._registry if one._meta.label_lower == label.split()[0]
    )
    return made(model)


def test_each_action_asks_or_has_a_reason_not_to(boss: User) -> None:
    request = RequestFactory().get("/admin/")
    request.user = boss
    assert sorted(actions_of(request)) == sorted([*ASK, *HARMLESS])
    assert HARMLESS.keys() >= ELSEWHERE


@pytest.mark.parametrize("label", sorted(ASK))
def test_nothing_is_done_before_the_answer(client_of_boss: Client, label: str) -> None:
    row = row_for(label)
    choose(client_of_boss, f"{label.split()[0]} nothing", [row])  # the list itself finds what ended
    row.refresh_from_db()
    before = model_to_dict(row)
    answer = choose(client_of_boss, label, [row])
    if answer.status_code == 302:
        assert "/bulkcommand/" in answer["Location"], "done at once"
        assert client_of_boss.get(answer["Location"]).status_code == 200
    else:
        assert answer.status_code == 200
        page = answer.content.decode()
        assert f'name="action" value="{label.split()[1]}"' in page
        assert str(answer.context["title"])
        assert f'href="{list_of(label)}"' in page, "there is no way out"
    row.refresh_from_db()
    assert model_to_dict(row) == before


@pytest.mark.parametrize("label", sorted(HARMLESS.keys() - ELSEWHERE))
def test_each_action_tells_what_it_has_done(client_of_boss: Client, label: str) -> None:
    answer = choose(client_of_boss, label, [row_for(label)])
    if answer.status_code == 200 or "/labels/" in answer["Location"]:
        return  # a page or a file
    told = [str(one) for one in get_messages(answer.wsgi_request)]
    assert told, "nothing was said"


def test_many_are_asked_about_by_number(client_of_boss: Client) -> None:
    """All cards that the list finds, also those of its other pages, and not one field for each."""

    RFID.objects.bulk_create(RFID(rfid=f"{n:08X}") for n in range(asking.NAMED + 20))
    label = "accounts.rfid block"
    first = list(RFID.objects.all()[:1])
    answer = choose(client_of_boss, label, list(first), select_across="1", index="0")
    page = answer.content.decode()
    assert page.count(f'name="{ACTION_CHECKBOX_NAME}"') == 1
    assert "and 20 more" in page
    choose(client_of_boss, label, list(first), select_across="1", index="0", confirmed="True")
    assert not RFID.objects.filter(allowed=True).exists()
