"""What rows tell of runs, whatever became of the process."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core import serializers
from django.db import connection
from django.utils import translation

from ocpp.domain.simulators import AlreadyRunning, config_of, explain, rows
from ocpp.models import Simulator
from ocpp.models.simulator import LEASE, SimulatorPhase, SimulatorState
from ocpp.simulator import ErrorKind, Phase

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
REPORT = rows.Report(phase="charging", sessions=1, energy_wh=500, register_wh=12_500)


@pytest.fixture(autouse=True)
def clock():
    """Noon of the first of March."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def test_a_new_row_has_not_started(make_row):
    row = make_row()
    assert (row.state, row.running) == (SimulatorState.IDLE, False)


def test_a_claimed_row_runs(make_row):
    row = make_row()
    run = rows.claim(row, NOW)
    assert (row.state, row.run, row.phase) == (
        SimulatorState.RUNNING,
        run,
        SimulatorPhase.CONNECTING,
    )


def test_only_one_run_at_a_time(make_row):
    row = make_row()
    rows.claim(row, NOW)
    with pytest.raises(AlreadyRunning, match=r", \d+$"):
        rows.claim(row, NOW + LEASE - timedelta(seconds=1))


def test_without_a_sign_of_life_it_is_lost(make_row, clock):
    """So a row that says running, of a server that was killed, is shown as not running."""
    row = make_row()
    rows.claim(row, NOW)
    clock.shift(LEASE)
    assert row.running
    clock.shift(1)
    assert (row.state, row.running) == (SimulatorState.LOST, False)
    assert not rows.request_stop(row, NOW + LEASE + timedelta(seconds=1))


def test_signs_of_life_keep_it_running(make_row, clock):
    row = make_row()
    run = rows.claim(row, NOW)
    clock.shift(LEASE)
    assert rows.beat(run, REPORT, NOW + LEASE)
    clock.shift(LEASE)
    row.refresh_from_db()
    assert row.running
    assert (row.phase, row.sessions, row.energy_wh, row.register_wh) == ("charging", 1, 500, 12_500)


def test_a_lost_run_can_be_claimed_and_then_learns_of_it(make_row):
    row = make_row()
    old = rows.claim(row, NOW)
    later = NOW + LEASE
    new = rows.claim(row, later)
    assert not rows.beat(old, REPORT, later)
    rows.finish(old, REPORT, later, "refused", "127.0.0.1:1")
    row.refresh_from_db()
    assert (row.run, row.state, row.error_kind) == (new, SimulatorState.RUNNING, "")


def test_a_deleted_row_ends_its_run(make_row):
    row = make_row()
    run = rows.claim(row, NOW)
    row.delete()
    assert not rows.beat(run, REPORT, NOW)


def test_a_stop_is_seen_by_the_next_sign_of_life(make_row):
    row = make_row()
    run = rows.claim(row, NOW)
    assert rows.beat(run, REPORT, NOW)
    assert rows.request_stop(row, NOW)
    assert row.state is SimulatorState.STOPPING
    assert not rows.beat(run, REPORT, NOW)
    rows.finish(run, REPORT, NOW)
    row.refresh_from_db()
    assert (row.state, row.phase, row.ended_at) == ("finished", "offline", NOW)
    assert not rows.request_stop(row, NOW)


def test_an_error_stays_until_the_next_start(make_row):
    row = make_row()
    run = rows.claim(row, NOW)
    rows.finish(run, REPORT, NOW, "card", "CAFE\x00: Invalid" + "x" * 3000)
    row.refresh_from_db()
    assert (row.state, row.error_kind) == (SimulatorState.FAILED, "card")
    assert row.error_detail.startswith("CAFE: Invalidx")
    rows.claim(row, NOW)
    assert (row.error_kind, row.error_detail, row.energy_wh) == ("", "", 0)
    # The meter counts on.
    assert row.register_wh == 12_500


def test_everything_of_the_row_reaches_the_charge_point(make_row):
    row = make_row(
        host="csms.example",
        ws_port=9000,
        cp_path="ws/ocpp/CP7",
        ssl=True,
        username="u",
        password="p",
        rfid="CAFE0001",
        connector_id=2,
        autostart=False,
        pre_charge_delay_s=3,
        duration_s=4,
        interval_s=5,
        power_kw=Decimal("7.40"),
        repeat=True,
    )
    config = config_of(Simulator.objects.get(pk=row.pk))
    assert config.url == "wss://csms.example:9000/ws/ocpp/CP7"
    assert (config.username, config.password) == ("u", "p")
    assert (config.rfid, config.connector_id, config.autostart) == ("CAFE0001", 2, False)
    assert (config.pre_charge_delay_s, config.duration_s, config.interval_s) == (3, 4, 5)
    assert (config.power_w, config.repeat) == (7_400, True)


def test_phases_are_those_of_the_simulator():
    assert {phase.value for phase in Phase} == set(SimulatorPhase.values)


def test_every_error_has_words_in_the_readers_language():
    with translation.override("en"):
        for kind in ErrorKind:
            words = explain(kind, "the detail")
            assert "the detail" in words
            assert not words.startswith("The simulator broke down")
        assert explain("broken", "KeyError('x')") == "The simulator broke down: KeyError('x')."
    assert explain("", "") == ""


def stored_password(row):
    """What the database holds, unopened."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT password FROM ocpp_simulator WHERE id = %s", [row.pk])
        return cursor.fetchone()[0]


def test_the_password_is_sealed_in_the_database_and_absent_from_dumps(make_row):
    row = make_row(password="día secreto")
    assert Simulator.objects.get(pk=row.pk).password == "día secreto"
    assert "secreto" not in stored_password(row)
    assert "secreto" not in serializers.serialize("json", [row])
    assert stored_password(make_row(name="Other")) == ""


def test_a_changed_secret_key_opens_with_its_fallback_only(make_row, settings, caplog):
    row = make_row(password="secret")
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another"
    assert Simulator.objects.get(pk=row.pk).password == ""
    assert "SECRET_KEY has changed" in caplog.text
    settings.SECRET_KEY_FALLBACKS = [old]
    assert Simulator.objects.get(pk=row.pk).password == "secret"
