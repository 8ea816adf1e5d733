"""Reservations in the admin: true states, nothing to edit, and cancelling."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ocpp.choices import ReservationState
from ocpp.models import Charger, Command, Reservation
from ocpp.tests.admin.conftest import clerk
from ocpp.tests.commanding import make_charger
from ocpp.tests.factories import TAG, Reporter, make_driver

LIST = reverse("admin:ocpp_reservation_changelist")


@pytest.fixture
def charger(db: None) -> Charger:
    return make_charger()


def _make(charger: Charger, **fields: Any) -> Reservation:
    values = {
        "connector_id": 1,
        "id_tag": TAG,
        "state": ReservationState.ACTIVE,
        "expires": timezone.now() + timedelta(hours=1),
    }
    return Reservation.objects.create(charger=charger, **(values | fields))


def _page(made: Reservation) -> str:
    return reverse("admin:ocpp_reservation_change", args=[made.pk])


def test_the_list_and_its_filter_are_true(admin_client: Client, charger: Charger) -> None:
    over = _make(charger, id_tag="OVER", expires=timezone.now() - timedelta(seconds=1))
    _make(charger, id_tag="LASTS")
    expired = admin_client.get(LIST, {"state__exact": "expired"}).content.decode()
    assert "OVER" in expired
    assert "LASTS" not in expired
    active = admin_client.get(LIST, {"state__exact": "active"}).content.decode()
    assert "OVER" not in active
    assert "LASTS" in active
    over.refresh_from_db()
    assert over.state == ReservationState.EXPIRED


def test_a_page_tells_who_and_what_used_it(admin_client: Client, charger: Charger) -> None:
    account = make_driver()
    started, _ = Reporter(charger).start()
    made = _make(
        charger,
        account=account,
        rfid=account.user.rfids.get(),
        transaction=started,
        state=ReservationState.USED,
    )
    page = admin_client.get(_page(made)).content.decode()
    for model, pk in (("ocpp_transaction", started.pk), ("accounts_account", account.pk)):
        assert reverse(f"admin:{model}_change", args=[pk]) in page
    assert "Used" in page
    assert 'name="_save"' not in page


def test_a_page_judges_by_time(admin_client: Client, charger: Charger) -> None:
    made = _make(charger, expires=timezone.now() - timedelta(seconds=1))
    assert "Expired" in admin_client.get(_page(made)).content.decode()


def test_it_is_found_by_card_and_by_charger(admin_client: Client, charger: Charger) -> None:
    _make(charger, id_tag="CARDONE")
    _make(make_charger("CP2"), id_tag="CARDTWO")
    for words in ("CARDONE", "CP1"):
        found = admin_client.get(LIST, {"q": words}).content.decode()
        assert "CARDONE" in found
        assert "CARDTWO" not in found


def _cancel(client: Client, *chosen: Reservation) -> str:
    keys = [one.pk for one in chosen]
    data = {"action": "cancel", "confirmed": "on", "_selected_action": keys}
    return client.post(LIST, data, follow=True).content.decode()


def test_it_is_asked_first(admin_client: Client, charger: Charger) -> None:
    data = {"action": "cancel", "_selected_action": [_make(charger).pk]}
    assert 'name="confirmed"' in admin_client.post(LIST, data).content.decode()
    assert not Command.objects.exists()


@pytest.mark.usefixtures("without_waiting")
def test_selected_ones_are_cancelled(admin_client: Client, charger: Charger) -> None:
    active = _make(charger)
    used = _make(charger, state=ReservationState.USED)
    page = _cancel(admin_client, active, used)
    command = Command.objects.get()
    assert (command.action, command.payload) == (
        "cancel_reservation",
        {"reservation_id": active.pk},
    )
    assert command.created_by is not None
    assert f"See command {command.pk}" in page
    assert f"Reservation {used.pk} of CP1 cannot be cancelled: Used." in page


def test_who_may_only_look_cannot_cancel(charger: Charger) -> None:
    made = _make(charger)
    _cancel(clerk("view_reservation"), made)
    assert not Command.objects.exists()


@pytest.mark.usefixtures("without_waiting")
def test_who_may_change_chargers_can(charger: Charger) -> None:
    made = _make(charger)
    _cancel(clerk("view_reservation", "change_charger"), made)
    assert Command.objects.count() == 1


def test_nothing_can_be_added_or_deleted(admin_client: Client, charger: Charger) -> None:
    made = _make(charger)
    assert admin_client.get(reverse("admin:ocpp_reservation_add")).status_code == 403
    url = reverse("admin:ocpp_reservation_delete", args=[made.pk])
    assert admin_client.post(url, {"post": "yes"}).status_code == 403
