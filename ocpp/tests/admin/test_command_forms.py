"""The form of every operation: what is right is queued, what is wrong is said at its field.

Operations are walked through as they are listed, so a new one is tried here by itself.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from model_bakery import baker

from ocpp import operations
from ocpp.admin.command_forms import CommandForm, groups
from ocpp.admin.command_forms.catalogue import OTHER
from ocpp.domain.charging_rates import Period
from ocpp.models import (
    Charger,
    ChargingProfile,
    Command,
    Connector,
    FirmwareFile,
    Reservation,
    Transaction,
)
from ocpp.tests.admin.conftest import clerk
from ocpp.tests.commanding import make_charger

pytestmark = pytest.mark.django_db

SOON = timezone.localtime() + timedelta(days=1)
#: What the rules of an operation ask for beyond those of each argument.
RIGHT: dict[str, dict[str, str]] = {
    "reserve": {"id_tag": "04A2", "connector_id": "1", "minutes": "30", "expires": ""},
    "remote_start": {"id_tag": "04A2", "connector_id": "1"},
    "set_charging_profile": {
        "connector_id": "1",
        "purpose": "TxDefaultProfile",
        "kind": "Relative",
        "unit": "A",
        "periods-0-start": "0",
        "periods-0-limit": "16.5",
        "periods-0-phases": "3",
        "periods-1-start": "",
        "periods-1-limit": "",
        "periods-1-phases": "",
        "periods-2-start": "3600",
        "periods-2-limit": "10",
        "periods-2-phases": "",
    },
    "update_firmware": {"location": "https://files.example/v2.bin"},
    "remote_stop": {"transaction_id": "987654"},
}


@pytest.fixture
def charger(db: None) -> Charger:
    made = make_charger()
    for number in (0, 1, 2):
        baker.make(Connector, charger=made, connector_id=number, status="Available")
    return made


def right(name: str) -> dict[str, str]:
    """What somebody types into the form of an operation."""
    given = dict(RIGHT.get(name, {}))
    if given:
        return given
    for argument in operations.OPERATIONS[name].arguments.values():
        if argument.required:
            given |= _typed(argument.name, argument.rule.schema())
    return given


def _typed(name: str, schema: dict[str, Any]) -> dict[str, str]:
    if "enum" in schema:
        return {name: schema["enum"][0]}
    if schema.get("format") == "date-time":
        return {name: SOON.strftime("%Y-%m-%dT%H:%M")}
    if schema.get("format") == "uri":
        return {name: "https://files.example/x"}
    if schema["type"] in ("integer", "number"):
        return {name: str(max(1, schema.get("minimum", 1)))}
    if schema["type"] == "array":
        return {f"{name}-0-value": "x"}
    if schema["type"] == "boolean":
        return {name: "true"}
    return {name: "{}" if schema["type"] == "object" else "x"}


def url(charger: Charger, name: str) -> str:
    return f"/admin/ocpp/charger/{charger.pk}/command/{name}/"


#: Operations that go out as another order.
AS_ORDER = {"secure": "change_configuration"}


@pytest.mark.parametrize("name", operations.OPERATIONS)
def test_what_is_right_is_queued(boss: Client, charger: Charger, name: str) -> None:
    assert boss.get(url(charger, name)).status_code == 200
    answer = boss.post(url(charger, name), right(name))
    if answer.status_code == 200 and name not in RIGHT:
        # A rule of the operation's own refuses these values: it says so, and queues nothing.
        assert "errorlist" in answer.content.decode()
        assert not Command.objects.exists()
        return
    command = Command.objects.get()
    assert (command.action, command.charger) == (AS_ORDER.get(name, name), charger)
    assert command.created_by is not None
    assert answer.headers["Location"] == f"/admin/ocpp/command/{command.pk}/live/"
    assert boss.get(answer.headers["Location"]).status_code == 200


OURS = [
    *("change_availability", "change_configuration", "clear_cache", "clear_charging_profile"),
    *("data_transfer", "extended_trigger_message", "get_composite_schedule", "get_configuration"),
    *("get_diagnostics", "get_local_list_version", "get_log", "cancel_reservation", "reset"),
    *("send_local_list", "trigger_message", "unlock"),
]


@pytest.mark.parametrize("name", [*OURS, *RIGHT])
def test_these_need_no_more_than_their_arguments(charger: Charger, name: str) -> None:
    form = CommandForm(operations.OPERATIONS[name], charger, right(name))
    assert form.is_valid(), form.errors
    assert operations.OPERATIONS[name].run(charger, form.arguments, None).action == name


def _wrong() -> list[tuple[str, str]]:
    return [
        (name, argument.name)
        for name, operation in operations.OPERATIONS.items()
        for argument in operation.arguments.values()
        if argument.rule.schema()["type"] != "object"
    ]


@pytest.mark.parametrize(("name", "argument"), _wrong())
def test_what_is_wrong_is_said_at_its_field(
    boss: Client, charger: Charger, name: str, argument: str
) -> None:
    schema = operations.OPERATIONS[name].arguments[argument].rule.schema()
    given = right(name)
    wrong = {argument: "\x00" * 40_000}
    if schema["type"] == "array":
        cells = schema["items"].get("properties", {"value": {}})
        wrong = {f"{argument}-0-{cell}": "x" * 5000 for cell in cells}
    elif schema["type"] != "string" or "enum" in schema or "format" in schema:
        wrong = {argument: "wrong"}
    answer = boss.post(url(charger, name), given | wrong)
    assert answer.status_code == 200
    place = re.search(
        rf'<div class="form-row errors field-{argument}">\s*<ul class="errorlist"',
        answer.content.decode(),
    )
    assert place is not None
    assert not Command.objects.exists()


def test_every_operation_of_ours_is_sorted() -> None:
    sorted_in = {entry.name: group for group, entries in groups() for entry in entries}
    assert sorted_in.keys() == operations.OPERATIONS.keys()
    assert all(sorted_in[name] is not OTHER for name in [*OURS, *RIGHT])


def test_rows_become_periods_and_empty_ones_do_not_count(charger: Charger) -> None:
    operation = operations.set_charging_profile
    form = CommandForm(operation, charger, right("set_charging_profile"))
    assert form.is_valid()
    first, second = form.arguments["periods"]
    assert (first.start, str(first.limit), first.phases) == (0, "16.5", 3)
    assert second == Period(3600, second.limit, None)


def test_a_wrong_row_is_named(charger: Charger) -> None:
    given = right("set_charging_profile") | {"periods-2-limit": "16.55"}
    form = CommandForm(operations.set_charging_profile, charger, given)
    assert not form.is_valid()
    assert form.errors["periods"] == ["Row 2, limit: has more than one decimal."]
    form = CommandForm(operations.set_charging_profile, charger, given | {"periods-2-start": "y"})
    assert form.errors["periods"] == ["Row 2, From (s): Enter a whole number."]


def test_a_rule_between_arguments_is_said_at_its_field(boss: Client, charger: Charger) -> None:
    given = right("set_charging_profile") | {"kind": "Recurring"}
    html = boss.post(url(charger, "set_charging_profile"), given).content.decode()
    assert re.search(r"errors field-recurrency.*?is required for a Recurring profile", html, re.S)
    assert 'value="16.5"' in html  # what was typed is still there
    assert not ChargingProfile.objects.exists()


def test_more_rows_can_be_had_without_scripts(boss: Client, charger: Charger) -> None:
    given = {"keys-0-value": "a", "keys-1-value": "b", "keys-2-value": "c", "_more": "keys"}
    html = boss.post(url(charger, "get_configuration"), given).content.decode()
    assert html.count('name="keys-') == 6
    assert 'value="c"' in html
    assert "errorlist" not in html
    assert not Command.objects.exists()


def test_times_are_those_of_the_site(boss: Client, charger: Charger, settings: Any) -> None:
    assert settings.TIME_ZONE == "America/Monterrey"
    html = boss.get(url(charger, "update_firmware")).content.decode()
    assert 'type="datetime-local"' in html
    assert "America/Monterrey" in html
    given = right("update_firmware") | {"retrieve_date": "2026-05-01T06:00"}
    boss.post(url(charger, "update_firmware"), given)
    assert Command.objects.get().payload["retrieve_date"] == "2026-05-01T12:00:00Z"


# --- what is offered ------------------------------------------------------------------------------


def offered(charger: Charger, name: str) -> str:
    return str(CommandForm(operations.OPERATIONS[name], charger))


def test_connectors_are_chosen_with_their_state(charger: Charger) -> None:
    html = offered(charger, "unlock")
    assert '<option value="2">Connector 2: Available</option>' in html
    assert 'value="0"' not in html
    assert '<option value="0" selected>Whole charger</option>' in offered(charger, "reserve")
    unknown = make_charger("CP2")
    assert 'type="number"' in offered(unknown, "unlock")


def test_what_is_there_is_offered(boss: Client, charger: Charger) -> None:
    running = baker.make(Transaction, charger=charger, connector_id=2, id_tag="AA", meter_start=0)
    baker.make(
        ChargingProfile,
        charger=charger,
        profile_id=77,
        purpose="TxDefaultProfile",
        state="installed",
        periods=[],
    )
    kept = baker.make(
        Reservation,
        charger=charger,
        connector_id=1,
        id_tag="BB",
        state="active",
        expires=timezone.now() + timedelta(hours=1),
    )
    Charger.objects.update(
        config={
            "HeartbeatInterval": {"value": "300", "readonly": False},
            "AuthorizationKey": {"value": "c0ffee", "readonly": False},
        }
    )
    baker.make(FirmwareFile, file_name="v2.bin", note="new")
    for name, text in [
        ("remote_stop", f'<option value="{running.pk}">connector 2, AA</option>'),
        ("clear_charging_profile", '<option value="77">TxDefaultProfile, connector'),
        ("cancel_reservation", f'<option value="{kept.pk}">connector 1, BB</option>'),
        ("change_configuration", '<option value="HeartbeatInterval">300</option>'),
        ("change_configuration", '<option value="AuthorizationKey">***</option>'),
        ("get_configuration", '<option value="HeartbeatInterval">300</option>'),
        ("update_firmware", ">v2.bin new</option>"),
    ]:
        html = boss.get(url(charger, name)).content.decode()
        assert text in html, name
        assert "c0ffee" not in html


def test_the_value_of_a_secret_key_is_not_shown(boss: Client, charger: Charger) -> None:
    html = boss.get(url(charger, "change_configuration") + "?key=AuthorizationKey").content.decode()
    assert re.search(r'<input type="password" name="value"[^>]*autocomplete="new-password"', html)
    wrong = {"key": "AuthorizationKey", "value": "s3cret" * 100}
    html = boss.post(url(charger, "change_configuration"), wrong).content.decode()
    assert "s3cret" not in html
    boss.post(url(charger, "change_configuration"), {"key": "AuthorizationKey", "value": "s3cret"})
    command = Command.objects.get()
    assert command.payload["value"] == "***"
    assert command.sealed_value == "s3cret"  # it still has to be sent
    assert "s3cret" not in boss.get(f"/admin/ocpp/command/{command.pk}/live/").content.decode()


def test_again_begins_with_the_same_arguments_but_for_secrets(
    boss: Client, charger: Charger
) -> None:
    boss.post(url(charger, "set_charging_profile"), right("set_charging_profile"))
    first = Command.objects.get()
    html = boss.get(url(charger, "set_charging_profile") + f"?again={first.pk}").content.decode()
    for text in ('value="16.5"', 'value="3600"', '<option value="Relative" selected>'):
        assert text in html
    secret = baker.make(
        Command,
        charger=charger,
        action="change_configuration",
        payload={"key": "AuthorizationKey", "value": "***"},
        expires=datetime(2026, 1, 1, tzinfo=UTC),
    )
    html = boss.get(url(charger, "change_configuration") + f"?again={secret.pk}").content.decode()
    assert 'value="AuthorizationKey"' in html
    assert 'value="***"' not in html
    for odd in ("x", "9" * 30, "-1", str(secret.pk)):
        assert boss.get(url(charger, "reset") + f"?again={odd}").status_code == 200


def test_an_empty_value_of_a_key_may_be_sent(charger: Charger) -> None:
    form = CommandForm(operations.change_configuration, charger, {"key": "k", "value": ""})
    assert form.is_valid()
    assert form.arguments == {"key": "k", "value": ""}


# --- who, and where -------------------------------------------------------------------------------


def test_all_operations_are_listed(boss: Client, charger: Charger) -> None:
    page = f"/admin/ocpp/charger/{charger.pk}/command/"
    html = boss.get(page).content.decode()
    for name in operations.OPERATIONS:
        assert f'href="{url(charger, name)}"' in html
    assert page in boss.get("/admin/ocpp/charger/").content.decode()
    assert page in boss.get(f"/admin/ocpp/charger/{charger.pk}/change/").content.decode()


@pytest.mark.parametrize("permission", ["change_charger", "add_command"])
def test_either_permission_lets_command(charger: Charger, permission: str) -> None:
    client = clerk(permission)
    answer = client.post(url(charger, "reset"), {"type": "Soft"}, follow=True)
    assert answer.status_code == 200
    assert Command.objects.get().action == "reset"


def test_who_may_only_look_cannot_command(viewer: Client, charger: Charger) -> None:
    for path in (url(charger, "reset"), f"/admin/ocpp/charger/{charger.pk}/command/"):
        assert viewer.get(path).status_code == 403
        assert viewer.post(path, {"type": "Soft"}).status_code == 403
    assert not Command.objects.exists()


def test_what_is_not_there_is_not_found(boss: Client, charger: Charger) -> None:
    assert boss.get(url(charger, "explode")).status_code == 404
    assert boss.get("/admin/ocpp/charger/999999/command/").status_code == 404


def test_what_is_not_connected_is_told_nothing(boss: Client) -> None:
    away = make_charger("AWAY", connected=False)
    html = boss.get(url(away, "reset")).content.decode()
    assert "AWAY is not connected" in html
    html = boss.post(url(away, "reset"), {"type": "Soft"}).content.decode()
    assert "AWAY is not connected. Try again when it is online." in html
    assert not Command.objects.exists()


def test_what_a_charger_is_called_is_escaped(boss: Client) -> None:
    charger = make_charger("CP9", name="<script>x</script>")
    baker.make(Transaction, charger=charger, connector_id=1, id_tag="<b>&\"'", meter_start=0)
    html = boss.get(url(charger, "remote_stop")).content.decode()
    assert "<script>x" not in html
    assert '<b>&"' not in html
