"""The form of a charger's configuration keys."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from ocpp.choices import Registration
from ocpp.domain import commands, snapshots
from ocpp.models import Charger, Command
from ocpp.tests.admin.conftest import clerk
from ocpp.tests.commanding import make_charger
from ocpp.tests.factories import NOON

pytestmark = pytest.mark.django_db

CONFIG: dict[str, dict[str, Any]] = {
    "HeartbeatInterval": {"value": "300", "readonly": False},
    "LocalPreAuthorize": {"value": "TRUE", "readonly": False},
    "NumberOfConnectors": {"value": "2", "readonly": True},
    "AuthorizationKey": {"value": None, "readonly": False},
    "Vendor.<b>Key": {"value": '<script>alert("1")</script>', "readonly": False},
    "MeterValuesSampledData": {"value": None, "readonly": False},
}


@pytest.fixture
def charger(db: None) -> Charger:
    return make_charger(config=CONFIG)


def url(charger: Charger, rest: str = "") -> str:
    return f"/admin/ocpp/charger/{charger.pk}/configuration/{rest}"


def page(client: Client, charger: Charger, rest: str = "") -> str:
    answer = client.get(url(charger, rest))
    assert answer.status_code == 200
    return answer.content.decode()


def as_loaded(**changed: str) -> dict[str, str]:
    """What a browser posts when only these values were changed."""
    fields = {"action": "save", "new_key": "", "new_value": ""}
    for key, entry in CONFIG.items():
        value = str(entry["value"] or "")
        if not entry["readonly"]:
            fields[f"v:{key}"] = changed.get(key, value)
            if key != "AuthorizationKey":
                fields[f"w:{key}"] = value
    return fields | {name: changed[name] for name in ("new_key", "new_value") if name in changed}


def told() -> list[dict[str, Any]]:
    rows = Command.objects.filter(action="change_configuration").order_by("pk")
    return list(rows.values_list("payload", flat=True))


def answer(charger: Charger, **response: Any) -> None:
    now = timezone.now()
    command = commands.claim_next(charger.pk, charger.epoch, now)
    assert command is not None
    assert commands.answered(command.pk, charger.epoch, response, now)


def test_what_is_shown(boss: Client, charger: Charger) -> None:
    text = page(boss, charger)
    assert "After how much silence the charger sends a heartbeat." in text
    assert "whole number (s)" in text
    assert 'name="v:HeartbeatInterval" value="300"' in text
    assert 'inputmode="numeric"' in text
    # A boolean is chosen, in the spelling of the charger.
    assert '<option value="TRUE" selected>TRUE</option>' in text
    assert '<option value="false">false</option>' in text
    # What is read-only has no field.
    assert "v:NumberOfConnectors" not in text
    assert "read-only" in text
    assert 'type="password"' in text
    assert "<script>alert" not in text
    assert "<b>Key" not in text


def test_the_charger_links_to_it(boss: Client, charger: Charger) -> None:
    assert url(charger) in boss.get(f"/admin/ocpp/charger/{charger.pk}/change/").content.decode()


def test_secrets_are_never_shown(boss: Client, charger: Charger) -> None:
    charger.config = {"AuthorizationKey": {"value": "c0ffee", "readonly": False}}
    charger.save(update_fields=["config"])
    assert "c0ffee" not in page(boss, charger)
    failed = boss.post(url(charger), {"v:AuthorizationKey": "5ecret", "new_value": "x"})
    assert failed.status_code == 200
    assert "5ecret" not in failed.content.decode()
    assert told() == []


def test_only_what_was_changed_is_sent(boss: Client, charger: Charger) -> None:
    changed = {
        "HeartbeatInterval": "60",
        "LocalPreAuthorize": "false",
        "AuthorizationKey": "k" * 20,
    }
    done = boss.post(url(charger), as_loaded(**changed))
    assert sorted(payload["key"] for payload in told()) == sorted(changed)
    numbers = ",".join(str(n) for n in Command.objects.order_by("pk").values_list("pk", flat=True))
    assert done["Location"] == f"{url(charger)}?commands={numbers}"
    asked_by = {c.created_by for c in Command.objects.select_related("created_by")}
    assert {user.username for user in asked_by if user} == {"boss"}


def test_what_the_charger_changed_meanwhile_is_not_put_back(boss: Client, charger: Charger) -> None:
    loaded = as_loaded(LocalPreAuthorize="false")
    charger.config = CONFIG | {"HeartbeatInterval": {"value": "900", "readonly": False}}
    charger.save(update_fields=["config"])
    boss.post(url(charger), loaded)
    assert told() == [{"key": "LocalPreAuthorize", "value": "false"}]


def test_nothing_changed_is_nothing_sent(boss: Client, charger: Charger) -> None:
    done = boss.post(url(charger), as_loaded(), follow=True)
    assert "Nothing was changed." in done.content.decode()
    assert told() == []


def test_a_key_that_is_not_listed(boss: Client, charger: Charger) -> None:
    boss.post(url(charger), as_loaded(new_key=" Hidden.Key ", new_value="x"))
    assert told() == [{"key": "Hidden.Key", "value": "x"}]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"HeartbeatInterval": "soon"}, "must be a whole number from 0 on; “soon” is none."),
        ({"LocalPreAuthorize": "maybe"}, "must be true or false"),
        ({"Vendor.<b>Key": "x" * 501}, "has 501 characters"),
        ({"new_key": "heartbeatinterval", "new_value": "x"}, "must be a whole number"),
        ({"new_key": "NumberOfConnectors", "new_value": "3"}, "is read-only."),
        ({"new_key": "x" * 51}, "has 51 characters"),
        ({"new_value": "x"}, "Write the name of the key."),
        ({"new_key": "a\x00", "new_value": "x"}, "holds a character that is not allowed."),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_sent(
    boss: Client, charger: Charger, changed: dict[str, str], said: str
) -> None:
    good = {"MeterValuesSampledData": "Power.Active.Import"}
    done = boss.post(url(charger), as_loaded(**(good | changed)))
    text = done.content.decode()
    assert said in text
    assert "Nothing was sent." in text
    # What was typed is still there.
    assert 'value="Power.Active.Import"' in text
    assert not Command.objects.exists()


def test_a_read_only_key_is_not_sent_by_a_forged_form(boss: Client, charger: Charger) -> None:
    done = boss.post(url(charger), as_loaded() | {"v:NumberOfConnectors": "3"})
    assert "is read-only." in done.content.decode()
    assert told() == []


def test_the_results_arrive_one_by_one(boss: Client, charger: Charger) -> None:
    changed = as_loaded(HeartbeatInterval="60", LocalPreAuthorize="false", new_key="A")
    changed["MeterValuesSampledData"] = ""
    query = boss.post(url(charger), changed)["Location"].partition("?")[2]
    text = page(boss, charger, f"?{query}")
    assert "data-poll" in text

    def results() -> list[Any]:
        found = boss.get(url(charger, f"results/?{query}")).json()["results"]
        return [(one["what"], one["finished"], one["good"], one["told"]) for one in found]

    waits = "The command waits to be sent to CP1."
    assert results() == [
        ("HeartbeatInterval", False, False, waits),
        ("LocalPreAuthorize", False, False, waits),
        ("A", False, False, waits),
    ]
    answer(charger, status="Accepted")
    answer(charger, status="RebootRequired")
    answer(charger, status="NotSupported")
    assert results() == [
        ("HeartbeatInterval", True, True, "Accepted"),
        ("LocalPreAuthorize", True, True, "Accepted; in effect after a restart"),
        ("A", True, False, "The charger does not know this key"),
    ]
    text = page(boss, charger, f"?{query}")
    assert "data-poll" not in text
    assert "In effect only after a restart:" in text
    assert "LocalPreAuthorize" in text.partition("In effect only after")[2][:100]
    # It has restarted: nothing waits for it any more.
    Charger.objects.update(last_boot=timezone.now() + timedelta(seconds=1))
    assert "In effect only after a restart:" not in page(boss, charger)


def test_restart_and_reading_again(boss: Client, charger: Charger) -> None:
    asked = boss.post(url(charger), {"action": "restart"}).content.decode()
    assert "Running sessions are ended first." in asked
    assert f'href="{url(charger)}"' in asked
    assert not Command.objects.exists()
    boss.post(url(charger), {"action": "restart", "confirmed": "True"})
    boss.post(url(charger), {"action": "refresh"})
    found = list(Command.objects.order_by("pk").values_list("action", "payload"))
    assert found == [("reset", {"type": "Soft"}), ("get_configuration", {"keys": None})]
    numbers = ",".join(str(command.pk) for command in Command.objects.order_by("pk"))
    text = page(boss, charger, f"?commands={numbers}")
    assert "Restart" in text
    assert "Read all keys" in text


def test_one_that_is_offline_is_told_nothing(boss: Client, charger: Charger) -> None:
    Charger.objects.update(owner="")
    assert "The charger is not connected" in page(boss, charger)
    done = boss.post(url(charger), as_loaded(HeartbeatInterval="60"), follow=True)
    text = done.content.decode()
    assert "CP1 is not connected. Try again when it is online." in text
    assert "Not sent: HeartbeatInterval." in text


def test_what_no_longer_fits_the_queue_is_named(
    boss: Client, charger: Charger, settings: Settings
) -> None:
    settings.OCPP_COMMAND_QUEUE = 1
    changed = as_loaded(HeartbeatInterval="60", LocalPreAuthorize="false")
    text = boss.post(url(charger), changed, follow=True).content.decode()
    assert "Not sent: LocalPreAuthorize." in text
    assert len(told()) == 1


def test_a_secret_is_not_told_to_one_that_waits(boss: Client, charger: Charger) -> None:
    Charger.objects.update(registration=Registration.PENDING)
    done = boss.post(url(charger), as_loaded(AuthorizationKey="k" * 20), follow=True)
    assert "waits for approval" in done.content.decode()
    assert told() == []


def test_how_it_has_changed(boss: Client, charger: Charger) -> None:
    assert "Nothing was read yet." in page(boss, charger)
    snapshots.take(charger.pk, NOON)
    assert "The first that is known." in page(boss, charger)
    charger.config = CONFIG | {
        "HeartbeatInterval": {"value": "60", "readonly": False},
        "New": {"value": "<i>1</i>", "readonly": False},
    }
    charger.config.pop("NumberOfConnectors")
    charger.save(update_fields=["config"])
    snapshots.take(charger.pk, NOON + timedelta(hours=1))
    text = page(boss, charger)
    assert "300 → 60" in text
    assert "added: &lt;i&gt;1&lt;/i&gt;" in text
    assert "removed; it was: 2 (R)" in text
    newest = charger.snapshots.all()[0]
    path = f"/admin/ocpp/configurationsnapshot/{newest.pk}/change/"
    facts = boss.get(path).content.decode()
    assert "300 → 60" in facts
    assert "<i>1" not in facts
    assert boss.get("/admin/ocpp/configurationsnapshot/").status_code == 200


@pytest.mark.parametrize("query", ["?commands=x,,9,99999999999999999999999", "?commands="])
def test_nonsense_in_the_address_is_no_error(boss: Client, charger: Charger, query: str) -> None:
    assert page(boss, charger, query)
    assert boss.get(url(charger, "results/" + query)).json() == {"results": []}


def test_another_chargers_commands_are_not_shown(boss: Client, charger: Charger) -> None:
    other = commands.queue(make_charger("CP2"), "clear_cache", {})
    mine = commands.queue(charger, "clear_cache", {})
    query = f"results/?commands={other.pk},{mine.pk}"
    assert boss.get(url(charger, query)).json() == {"results": []}


def test_who_may(charger: Charger) -> None:
    looks = clerk("view_charger")
    text = page(looks, charger)
    assert 'name="v:' not in text
    assert "Restart now" not in text
    for body in (as_loaded(HeartbeatInterval="60"), {"action": "restart"}, {"action": "refresh"}):
        assert looks.post(url(charger), body).status_code == 403
    assert not Command.objects.exists()
    assert Client().get(url(charger)).status_code == 302


def test_who_may_not_even_look(charger: Charger) -> None:
    client = clerk("view_command")
    assert client.get(url(charger)).status_code == 403
    assert client.get(url(charger, "results/")).status_code == 403


def test_it_is_protected_against_other_sites(boss: Client, charger: Charger) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = boss.cookies
    assert strict.post(url(charger), as_loaded(HeartbeatInterval="60")).status_code == 403


def test_there_is_none_of_a_charger_that_is_not(boss: Client, charger: Charger) -> None:
    assert boss.get(f"/admin/ocpp/charger/{charger.pk + 1}/configuration/").status_code == 404
    assert boss.get(f"/admin/ocpp/charger/{2**70}/configuration/").status_code == 404


def test_a_charger_with_very_many_keys(boss: Client, charger: Charger) -> None:
    """More than a form may have fields: the rest is only shown."""
    charger.config = {f"Key{n:04}": {"value": "1", "readonly": False} for n in range(700)}
    charger.save(update_fields=["config"])
    text = page(boss, charger)
    assert "Key0699" in text
    assert text.count('name="v:') == 450
