"""One operation on many chargers: each has its own end, and nothing is asked twice."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from ocpp import operations
from ocpp.choices import CommandState, TargetState
from ocpp.domain import commands
from ocpp.domain.charging_rates import Period
from ocpp.domain.errors import Conflict, Invalid
from ocpp.models import BulkCommand, BulkTarget, Charger, Command
from ocpp.operations import Outcome, bulk
from ocpp.tests.commanding import make_charger

pytestmark = pytest.mark.django_db


def selected(*ids: str) -> BulkCommand:
    for name in ids:
        make_charger(name)
    return bulk.select(Charger.objects.all(), None)


def sentences(row: BulkCommand) -> dict[str, str]:
    told = bulk.told(bulk.progress(row).keys())
    return {one.charger.charger_id: f"{one.outcome.value}: {one.sentence}" for one in told}


def end(command: Command, **response: Any) -> None:
    charger = command.charger
    claimed = commands.claim_next(charger.pk, charger.epoch, timezone.now())
    assert claimed is not None
    commands.answered(claimed.pk, charger.epoch, response, timezone.now())


def test_each_charger_has_its_own_command_and_its_own_end() -> None:
    make_charger("AWAY", connected=False)
    row = selected("BAD", "GOOD", "MUTE", "NO", "OPEN")
    bulk.start(row, operations.reset, {"type": "Soft"})
    asked = {command.charger.charger_id: command for command in Command.objects.all()}
    assert set(asked) == {"BAD", "GOOD", "MUTE", "NO", "OPEN"}
    end(asked["GOOD"], status="Accepted")
    end(asked["NO"], status="Rejected")
    now = timezone.now()
    for name in ("BAD", "MUTE"):
        commands.claim_next(asked[name].charger_id, 1, now)
    commands.refused(asked["BAD"].pk, 1, "NotSupported", "", now)
    commands.timed_out(asked["MUTE"].pk, 1, now)
    assert sentences(row) == {
        "AWAY": "failed: AWAY is not connected. Try again when it is online.",
        "BAD": "failed: BAD refused: NotSupported",
        "GOOD": "done: GOOD answered: Accepted.",
        "MUTE": "failed: MUTE did not answer within 30 s.",
        "NO": "declined: NO answered: Rejected.",
        "OPEN": "waiting: The command waits to be sent to OPEN.",
    }
    progress = bulk.look(row)
    assert (progress.total, progress.ended, progress.finished) == (6, 5, False)
    commands.answered_late(asked["MUTE"].pk, 1, {"status": "Accepted"}, now)
    end(asked["OPEN"], status="Accepted")
    progress = bulk.look(row)
    assert progress.finished
    assert {one.value: count for one, count in progress.counts.items()} == {
        "waiting": 0,
        "sent": 0,
        "done": 3,
        "declined": 1,
        "failed": 2,
    }
    again = bulk.retry(row, None)
    assert again.retry_of == row
    assert {target.charger.charger_id for target in again.targets.all()} == {"AWAY", "BAD", "NO"}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"type": "Warm"}, "type"),
        ({"speed": 9}, "speed"),
    ],
)
def test_wrong_arguments_reach_nobody(given: dict[str, Any], field: str) -> None:
    row = selected("CP1", "CP2")
    with pytest.raises(Invalid) as caught:
        bulk.start(row, operations.reset, given)
    assert caught.value.field == field
    row.refresh_from_db()
    assert row.started is None
    assert not Command.objects.exists()


def test_what_the_operation_itself_refuses_reaches_nobody() -> None:
    row = selected("CP1", "CP2")
    with pytest.raises(Invalid, match="minutes"):
        bulk.start(row, operations.reserve, {"id_tag": "A"})
    assert not Command.objects.exists()


def test_what_one_charger_cannot_do_does_not_stop_the_others() -> None:
    limited = {"ChargeProfileMaxStackLevel": {"value": "1", "readonly": True}}
    make_charger("CP0", config=limited)
    row = selected("CP1")
    given = {
        "connector_id": 1,
        "purpose": "TxDefaultProfile",
        "kind": "Relative",
        "unit": "A",
        "stack_level": 5,
        "periods": [Period(0, Decimal("16.3"), 3), Period(60, Decimal(10))],
        "valid_to": timezone.now() + timedelta(days=1),
    }
    bulk.start(row, operations.set_charging_profile, given)
    assert "stack_level: is at most 1 for CP0" in sentences(row)["CP0"]
    command = Command.objects.get()
    assert command.charger.charger_id == "CP1"
    assert command.payload["periods"][0] == {"start": 0, "limit": "16.3", "phases": 3}


def test_it_is_started_once() -> None:
    row = selected("CP1")
    other = BulkCommand.objects.get(pk=row.pk)
    bulk.start(row, operations.clear_cache, {})
    with pytest.raises(Conflict, match="commanded already"):
        bulk.start(other, operations.reset, {})
    assert Command.objects.get().action == "clear_cache"


def test_another_process_goes_on_where_one_was_killed() -> None:
    row = selected("CP1", "CP2", "CP3")
    bulk.start(row, operations.clear_cache, {})
    left = row.targets.get(charger__charger_id="CP2")
    assert left.command is not None
    left.command.delete()
    BulkTarget.objects.filter(pk=left.pk).update(state=TargetState.WAITING)
    assert sentences(row)["CP2"] == "waiting: It waits to be queued."
    bulk.look(BulkCommand.objects.get(pk=row.pk))
    bulk.look(row)
    assert sorted(c.charger.charger_id for c in Command.objects.all()) == ["CP1", "CP2", "CP3"]


def test_what_was_left_for_too_long_is_not_asked_any_more() -> None:
    row = selected("CP1")
    BulkCommand.objects.update(
        operation="reset", started=timezone.now(), expires=timezone.now() - timedelta(seconds=1)
    )
    row.refresh_from_db()
    assert bulk.look(row).finished
    assert sentences(row) == {"CP1": "failed: It was not queued in time."}
    assert not Command.objects.exists()


def test_overdue_commands_end_when_somebody_looks() -> None:
    row = selected("CP1")
    bulk.start(row, operations.clear_cache, {})
    Command.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert bulk.look(row).finished
    assert Command.objects.get().state == CommandState.EXPIRED


def test_secrets_are_forgotten_once_all_are_queued() -> None:
    row = selected("CP1", "CP2")
    given = {"key": "AuthorizationKey", "value": "c0ffee"}
    bulk.start(row, operations.change_configuration, given)
    row.refresh_from_db()
    assert row.arguments == {"key": "AuthorizationKey", "value": "***"}
    assert [c.payload["value"] for c in Command.objects.all()] == ["***", "***"]
    assert [c.sealed_value for c in Command.objects.all()] == ["c0ffee", "c0ffee"]


def test_a_failure_of_ours_for_one_charger_does_not_stop_the_others(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    row = selected("CP1", "CP2")
    run = operations.clear_cache.run
    BulkCommand.objects.update(operation="clear_cache", started=timezone.now())
    row.refresh_from_db()

    class Broken:
        def run(self, charger: Charger, *rest: Any) -> Command:
            if charger.charger_id == "CP1":
                raise ZeroDivisionError
            return run(charger, *rest)

    monkeypatch.setattr(bulk, "OPERATIONS", {"clear_cache": Broken()})
    while bulk.carry_on(row):
        pass
    assert sentences(row)["CP1"] == "failed: Something went wrong here. It has been logged."
    assert "clear_cache for 'CP1' failed" in caplog.text
    assert Command.objects.get().charger.charger_id == "CP2"


def test_nobody_and_too_many_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Invalid, match="at least one"):
        bulk.select(Charger.objects.none(), None)
    monkeypatch.setattr(bulk, "MOST", 1)
    with pytest.raises(Invalid, match="at most 1"):
        selected("CP1", "CP2")


def test_a_selection_that_nobody_commands_is_forgotten() -> None:
    old = selected("CP1")
    BulkCommand.objects.update(created=timezone.now() - timedelta(days=2))
    bulk.select(Charger.objects.all(), None)
    assert not BulkCommand.objects.filter(pk=old.pk).exists()


def test_a_look_costs_the_same_for_a_thousand(settings: Settings) -> None:
    def queries(row: BulkCommand) -> int:
        with CaptureQueriesContext(connection) as captured:
            progress = bulk.look(row)
            bulk.told(progress.keys()[:50])
        return len(captured)

    few = selected("X1")
    bulk.start(few, operations.clear_cache, {})
    expected = queries(few)
    Charger.objects.bulk_create(
        Charger(charger_id=f"CP{n}", id_key=f"cp{n}", owner="x/1/y", epoch=1) for n in range(999)
    )
    many = bulk.select(Charger.objects.all(), None)
    bulk.start(many, operations.clear_cache, {})
    progress = bulk.progress(many)
    assert (progress.total, progress.counts[Outcome.WAITING]) == (1000, 1000)
    assert queries(many) == expected
    assert expected <= 4
