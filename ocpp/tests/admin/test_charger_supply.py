"""What a charger is fed with, in its form."""

import pytest
from django.test import Client
from django.urls import reverse

from ocpp.models import Charger
from ocpp.tests.commanding import make_charger

ADD = reverse("admin:ocpp_charger_add")


@pytest.fixture
def charger(db: None) -> Charger:
    return make_charger()


def _save(client: Client, charger: Charger, **fields: str) -> str:
    url = reverse("admin:ocpp_charger_change", args=[charger.pk])
    inline = {"connectors-TOTAL_FORMS": "0", "connectors-INITIAL_FORMS": "0"}
    settings = {"registration": "Accepted", "local_list_upkeep": "auto"}
    return client.post(url, settings | inline | fields).content.decode()


def test_it_is_kept(admin_client: Client, charger: Charger) -> None:
    _save(admin_client, charger, phases="1", voltage="127")
    charger.refresh_from_db()
    assert (charger.phases, charger.voltage) == (1, 127)
    _save(admin_client, charger, phases="", voltage="")
    charger.refresh_from_db()
    assert (charger.phases, charger.voltage) == (None, None)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"phases": "4"}, "less than or equal to 3"),
        ({"phases": "0"}, "greater than or equal to 1"),
        ({"voltage": "1001"}, "less than or equal to 1000"),
    ],
)
def test_nonsense_is_refused(
    admin_client: Client, charger: Charger, fields: dict[str, str], said: str
) -> None:
    assert said in _save(admin_client, charger, **fields)
    charger.refresh_from_db()
    assert (charger.phases, charger.voltage) == (None, None)


def test_a_new_charger_can_have_it(admin_client: Client) -> None:
    assert 'name="voltage"' in admin_client.get(ADD).content.decode()
