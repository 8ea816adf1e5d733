"""`POST /ocpp/charger-command/<cid>/`."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from ocpp.models import Charger, Command
from ocpp.tests.commanding import make_charger

PATH = "/ocpp/charger-command/CP1/"


@pytest.fixture
def charger(db: None) -> Charger:
    return make_charger()


def clerk(*permissions: str) -> Client:
    user = User.objects.create_user("clerk", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    ("form", "action", "payload"),
    [
        ({"deed": "restart"}, "reset", {"type": "Soft"}),
        ({"deed": "restart_at_once"}, "reset", {"type": "Hard"}),
        ({"deed": "unlock", "connector_id": "2"}, "unlock", {"connector_id": 2}),
        ({"deed": "stop", "transaction_id": "7"}, "remote_stop", {"transaction_id": 7}),
        (
            {"deed": "ask_status"},
            "trigger_message",
            {"requested_message": "StatusNotification", "connector_id": None},
        ),
    ],
)
def test_a_button_queues_its_command_and_the_page_follows(
    charger: Charger, form: dict[str, str], action: str, payload: dict[str, object]
) -> None:
    answer = clerk("change_charger").post(PATH, form)
    assert (answer.status_code, answer["Location"]) == (302, "/ocpp/charger/CP1/#commands")
    command = Command.objects.get()
    assert (command.action, command.payload) == (action, payload)
    assert command.created_by is not None
    assert command.created_by.username == "clerk"


def test_what_is_refused_is_told_on_the_page(charger: Charger) -> None:
    client = clerk("add_command")
    answer = client.post(PATH, {"deed": "stop"}, follow=True)
    assert "has no active transaction" in answer.content.decode()
    answer = client.post(PATH, {"deed": "unlock"}, follow=True)
    assert "is required" in answer.content.decode()
    assert not Command.objects.exists()


def test_who_may_not_command_is_refused(charger: Charger, driver: Client, visitor: Client) -> None:
    for client in (driver, visitor):
        answer = client.post(PATH, {"deed": "restart"})
        assert answer["Location"].startswith("/admin/login/")
    client = clerk("view_charger")
    assert client.post(PATH, {"deed": "restart"}).status_code == 403
    assert client.get(PATH).status_code == 405
    assert not Command.objects.exists()


def test_other_sites_cannot_send_it(charger: Charger) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("boss"))
    assert client.post(PATH, {"deed": "restart"}).status_code == 403


@pytest.mark.parametrize(
    ("path", "deed"), [(PATH, "explode"), (PATH, ""), ("/ocpp/charger-command/CP9/", "restart")]
)
def test_what_there_is_not_is_404(charger: Charger, path: str, deed: str) -> None:
    assert clerk("change_charger").post(path, {"deed": deed}).status_code == 404
