"""The page that follows a command, and the part of it that is asked for again."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from model_bakery import baker

from ocpp.choices import CommandState
from ocpp.domain import commands
from ocpp.models import Charger, ChargingProfile, Command
from ocpp.tests.admin.conftest import NOON, clerk
from ocpp.tests.commanding import make_charger

pytestmark = pytest.mark.django_db


@pytest.fixture
def charger(db: None) -> Charger:
    return make_charger()


def queued(charger: Charger, action: str = "reset", **payload: Any) -> Command:
    return commands.queue(charger, action, payload)


def sent(charger: Charger, action: str = "reset", **payload: Any) -> Command:
    queued(charger, action, **payload)
    claimed = commands.claim_next(charger.pk, charger.epoch, timezone.now())
    assert claimed is not None
    return claimed


def page(client: Client, command: Command) -> str:
    answer = client.get(f"/admin/ocpp/command/{command.pk}/live/")
    assert answer.status_code == 200
    return answer.content.decode()


def part(client: Client, command: Command, have: str = "") -> dict[str, Any]:
    answer = client.get(f"/admin/ocpp/command/{command.pk}/live/part/?have={have}")
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    told: dict[str, Any] = answer.json()
    return told


def test_it_follows_a_command_until_it_is_answered(boss: Client, charger: Charger) -> None:
    command = queued(charger, type="Soft")
    first = part(boss, command)
    assert not first["final"]
    assert "waits to be sent" in first["html"]
    assert part(boss, command, first["digest"]) == {"final": False, "digest": first["digest"]}
    claimed = commands.claim_next(charger.pk, charger.epoch, timezone.now())
    assert claimed is not None
    assert "has not answered yet" in part(boss, command, first["digest"])["html"]
    html = page(boss, command)
    assert '<noscript><meta http-equiv="refresh"' in html
    assert "data-final" not in html
    commands.answered(command.pk, charger.epoch, {"status": "Accepted"}, timezone.now())
    last = part(boss, command)
    assert last["final"]
    assert "CP1 answered: Accepted." in last["html"]
    html = page(boss, command)
    assert "http-equiv" not in html
    assert "data-final" in html


def test_every_end_is_told(boss: Client, charger: Charger) -> None:
    now = timezone.now()
    refused = sent(charger)
    commands.refused(refused.pk, charger.epoch, "NotSupported", "<b>no</b>", now)
    html = page(boss, refused)
    assert "NotSupported" in html
    assert "<b>no</b>" not in html
    lost = sent(charger)
    commands.connection_lost(charger.pk, charger.epoch, now)
    assert "was lost before it answered" in page(boss, lost)
    over = queued(charger)
    Command.objects.filter(pk=over.pk).update(expires=now - timedelta(seconds=1))
    assert part(boss, over)["final"]  # nobody else has noticed
    assert "could not be sent" in page(boss, over)


def test_a_late_answer_is_awaited_and_shown(boss: Client, charger: Charger) -> None:
    mute = sent(charger)
    commands.timed_out(mute.pk, charger.epoch, timezone.now())
    told = part(boss, mute)
    assert "did not answer within 30 s" in told["html"]
    assert not told["final"]
    commands.answered_late(mute.pk, charger.epoch, {"status": "Accepted"}, timezone.now())
    told = part(boss, mute)
    assert "answered too late: Accepted." in told["html"]
    assert told["final"]
    gone = sent(charger)
    commands.timed_out(gone.pk, charger.epoch, timezone.now() - timedelta(hours=1))
    assert part(boss, gone)["final"]


def test_a_configuration_is_a_table_without_secrets(boss: Client, charger: Charger) -> None:
    command = sent(charger, "get_configuration", keys=["a", "b"])
    keys = {
        "HeartbeatInterval": {"value": "300", "readonly": False},
        "AuthorizationKey": {"value": "c0ffee", "readonly": True},
    }
    outcome = {"configuration": keys, "unknown_keys": ["b"]}
    commands.answered(command.pk, charger.epoch, outcome, timezone.now())
    html = page(boss, command)
    assert "<th>HeartbeatInterval</th><td>300</td>" in html
    assert "<th>AuthorizationKey</th><td>***</td><td>read only</td>" in html
    assert "c0ffee" not in html
    assert "<th>Keys</th><td>a, b</td>" in html


SCHEDULE = {
    "status": "Accepted",
    "connector_id": 1,
    "start": "2026-03-01T12:00:00Z",
    "unit": "A",
    "duration": 7200,
    "min_rate": None,
    "periods": [
        {"start": 0, "limit": 16.5, "phases": 3},
        {"start": 3600, "limit": 10.0, "phases": None},
    ],
}


def answered(charger: Charger, **more: Any) -> Command:
    command = sent(charger, "get_composite_schedule", connector_id=1, duration=7200, unit="A")
    commands.answered(command.pk, charger.epoch, SCHEDULE | more, timezone.now())
    return command


def test_a_composite_schedule_is_a_plot_with_a_table(boss: Client, charger: Charger) -> None:
    html = page(boss, answered(charger))
    assert '<svg class="plot"' in html
    assert "2 limits from 10.0 to 16.5 A." in html
    assert "<td>03/01/2026 7 a.m.</td><td>10.0 A</td>" in html or "<td>10.0 A</td>" in html


@pytest.mark.parametrize(
    "odd",
    [
        {"periods": []},
        {"periods": [{"start": -1, "limit": 5}]},
        {"periods": [{"start": 2**80, "limit": 5}, {"start": 0, "limit": 1e300}]},
        {"start": "never"},
        {"start": "9999-12-31T23:59:59Z"},
        {"start": None, "duration": None},
        {"unit": "<b>"},
        {"duration": -5},
        {"min_rate": 6.0},
    ],
)
def test_whatever_schedule_is_answered_has_a_page(
    boss: Client, charger: Charger, odd: dict[str, Any]
) -> None:
    html = page(boss, answered(charger, **odd))
    assert "<b>" not in html


def test_a_charging_profile_is_drawn_on_its_page(boss: Client, charger: Charger) -> None:
    row = baker.make(
        ChargingProfile,
        charger=charger,
        profile_id=7,
        kind="Absolute",
        unit="W",
        schedule_start=NOON,
        periods=[{"start": 0, "limit": "11000.0", "phases": 3}],
    )
    html = boss.get(f"/admin/ocpp/chargingprofile/{row.pk}/change/").content.decode()
    assert "<svg" in html
    assert "Limits of charging profile 7" in html
    assert "The last limit holds without an end." in html


def test_the_charger_page_shows_what_goes_on(boss: Client, charger: Charger) -> None:
    queued(charger, type="Soft")
    baker.make(
        "ocpp.Reservation",
        charger=charger,
        connector_id=2,
        id_tag="04A2<b>",
        state="active",
        expires=timezone.now() + timedelta(hours=1),
    )
    Charger.objects.update(firmware_status="Downloading", diagnostics_status="UploadFailed")
    told = boss.get(f"/admin/ocpp/charger/{charger.pk}/now/").json()
    assert not told["final"]
    for text in (
        "Connector 2 reserved for 04A2&lt;b&gt;",
        '<strong>Firmware update</strong>: Downloading <progress max="100" value="20"',
        "<strong>Diagnostics</strong>: UploadFailed</p>",
        ">reset</a>: Queued",
    ):
        assert text in told["html"], text
    Charger.objects.update(firmware_status="Installed", diagnostics_status="Idle")
    html = boss.get(f"/admin/ocpp/charger/{charger.pk}/now/?have={told['digest']}").json()["html"]
    assert 'value="100"' in html
    assert "Diagnostics" not in html
    assert "Reserved" not in html
    whole = boss.get(f"/admin/ocpp/charger/{charger.pk}/change/").content.decode()
    assert f'data-live="/admin/ocpp/charger/{charger.pk}/now/"' in whole


def test_who_may_see_it(viewer: Client, charger: Charger) -> None:
    command = queued(charger, type="Soft")
    assert "Again" not in page(viewer, command)
    other = clerk("view_transaction")
    for path in ("live/", "live/part/"):
        assert other.get(f"/admin/ocpp/command/{command.pk}/{path}").status_code == 403
        assert Client().get(f"/admin/ocpp/command/{command.pk}/{path}").status_code == 302
    assert other.get(f"/admin/ocpp/charger/{charger.pk}/now/").status_code == 403
    assert viewer.get("/admin/ocpp/command/999999/live/").status_code == 404
    assert Command.objects.get().state == CommandState.QUEUED
