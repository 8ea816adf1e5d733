"""What the audit is told of charging: what people ask of chargers, and the keys of chargers."""

import pytest

from accounts.models import User
from audit import domain as audit
from audit.models import Record
from ocpp.domain import commands, credentials
from ocpp.tests.commanding import make_charger

pytestmark = pytest.mark.django_db


def test_a_command_of_somebody(admin_user: User) -> None:
    charger = make_charger()
    payload = {"key": "AuthorizationKey", "value": "00112233445566778899"}
    command = commands.queue(charger, "change_configuration", payload, user=admin_user)
    made = Record.objects.get()
    assert (made.deed, made.user_pk) == ("charger.commanded", admin_user.pk)
    assert (made.subject_type, made.subject_pk) == ("ocpp.command", str(command.pk))
    assert made.after is not None
    assert made.after["action"] == "change_configuration"
    assert "00112233445566778899" not in str(made.after)


def test_a_command_from_the_command_line_has_no_user() -> None:
    with audit.acting(audit.command("ocpp_command")):
        commands.queue(make_charger(), "reset", {"type": "Soft"})
    made = Record.objects.get()
    assert (made.door, made.origin, made.user_pk) == ("command", "ocpp_command", None)


def test_what_the_node_asks_by_itself_is_not_recorded() -> None:
    commands.queue(make_charger(), "get_configuration", {"keys": None})
    assert not Record.objects.exists()


def test_keys(admin_user: User) -> None:
    charger = make_charger()
    key = credentials.make_key(charger, admin_user)
    credentials.delete_keys(charger)
    credentials.delete_keys(charger)
    deeds = list(Record.objects.order_by("pk").values_list("deed", flat=True))
    assert deeds == ["charger.key_made", "charger.keys_deleted"]
    assert key not in str(list(Record.objects.values()))
