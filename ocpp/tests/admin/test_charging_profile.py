"""Charging profiles in the admin: what was sent, what became of it, clearing, and connectors."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from ocpp import operations
from ocpp.choices import ProfileState
from ocpp.models import Charger, ChargingProfile, Command, Connector
from ocpp.tests.admin.conftest import clerk
from ocpp.tests.commanding import make_charger

LIST = reverse("admin:ocpp_chargingprofile_changelist")


@pytest.fixture
def charger(db: None) -> Charger:
    return make_charger()


@pytest.fixture
def profile(charger: Charger) -> ChargingProfile:
    arguments: dict[str, Any] = {
        "connector_id": 1,
        "purpose": "TxDefaultProfile",
        "kind": "Relative",
        "unit": "A",
        "periods": [{"start": 0, "limit": 16.5}, {"start": 3600, "limit": 6, "phases": 1}],
    }
    operations.OPERATIONS["set_charging_profile"].run(charger, arguments, None)
    return ChargingProfile.objects.get()


def test_the_list_tells_what_is_installed(admin_client: Client, profile: ChargingProfile) -> None:
    assert "16.5 A" in admin_client.get(LIST).content.decode()
    installed = {"state__exact": ProfileState.INSTALLED}
    assert "16.5 A" not in admin_client.get(LIST, installed).content.decode()
    ChargingProfile.objects.update(state=ProfileState.INSTALLED)
    assert "16.5 A" in admin_client.get(LIST, installed).content.decode()


def test_a_page_shows_every_period_and_its_command(
    admin_client: Client, profile: ChargingProfile
) -> None:
    url = reverse("admin:ocpp_chargingprofile_change", args=[profile.pk])
    page = admin_client.get(url).content.decode()
    assert "<tr><td>0</td><td>16.5 A</td><td>–</td></tr>" in page
    assert "<tr><td>3600</td><td>6.0 A</td><td>1</td></tr>" in page
    assert reverse("admin:ocpp_command_change", args=[Command.objects.get().pk]) in page
    assert 'name="_save"' not in page


def _clear(client: Client, profile: ChargingProfile) -> str:
    data = {"action": "clear", "confirmed": "on", "_selected_action": [profile.pk]}
    return client.post(LIST, data, follow=True).content.decode()


@pytest.mark.usefixtures("without_waiting")
def test_selected_ones_are_cleared(admin_client: Client, profile: ChargingProfile) -> None:
    page = _clear(admin_client, profile)
    command = Command.objects.get(action="clear_charging_profile")
    assert command.payload["profile_id"] == profile.profile_id
    assert f"See command {command.pk}" in page


def test_it_is_asked_first(admin_client: Client, profile: ChargingProfile) -> None:
    data = {"action": "clear", "_selected_action": [profile.pk]}
    assert 'name="confirmed"' in admin_client.post(LIST, data).content.decode()
    assert not Command.objects.filter(action="clear_charging_profile").exists()


def test_who_may_only_look_cannot_clear(profile: ChargingProfile) -> None:
    _clear(clerk("view_chargingprofile"), profile)
    assert not Command.objects.filter(action="clear_charging_profile").exists()


@pytest.mark.usefixtures("without_waiting")
def test_a_connector_is_asked_for_its_schedule(admin_client: Client, charger: Charger) -> None:
    connector = Connector.objects.create(charger=charger, connector_id=2, status="Available")
    data = {"action": "composite_schedule", "_selected_action": [connector.pk]}
    admin_client.post(reverse("admin:ocpp_connector_changelist"), data, follow=True)
    command = Command.objects.get()
    assert (command.action, command.payload) == (
        "get_composite_schedule",
        {"connector_id": 2, "duration": 86400, "unit": None},
    )
