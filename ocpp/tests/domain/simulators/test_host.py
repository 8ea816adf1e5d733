"""Simulators that run in threads of this process, against a central system."""

import threading

import pytest
from django.db import transaction

from ocpp.domain import simulators
from ocpp.domain.simulators import rows
from ocpp.models import Simulator
from ocpp.models.simulator import SimulatorState
from ocpp.tests.domain.simulators.conftest import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """A sign of life each tenth of a second."""
    monkeypatch.setattr(rows, "BEAT_S", 0.1)


def state(row):
    """What the row tells now."""
    row.refresh_from_db()
    return row.state


def test_start_and_stop(threaded_central, make_row):
    row = make_row(ws_port=threaded_central.port, register_wh=1_000)
    simulators.start(row)
    assert row.state is SimulatorState.RUNNING
    until(lambda: threaded_central.sent("MeterValues"))
    until(lambda: state(row) and row.phase == "charging" and row.energy_wh > 0)
    with pytest.raises(simulators.AlreadyRunning):
        simulators.start(row)

    assert simulators.stop(row)
    assert row.state is SimulatorState.STOPPING
    until(lambda: state(row) is SimulatorState.FINISHED)
    (stop,) = threaded_central.sent("StopTransaction")
    assert stop["reason"] == "Local"
    assert (row.sessions, row.phase, row.register_wh) == (1, "offline", stop["meterStop"])
    assert row.energy_wh == stop["meterStop"] - 1_000
    assert not simulators.stop(row)


def test_the_meter_counts_on_in_the_next_run(threaded_central, make_row):
    row = make_row(ws_port=threaded_central.port, duration_s=1, power_kw=900)
    for _ in range(2):
        simulators.start(row)
        until(lambda: state(row) is SimulatorState.FINISHED)
    first, second = threaded_central.sent("StartTransaction")
    assert second["meterStart"] == threaded_central.sent("StopTransaction")[0]["meterStop"] > 0
    assert first["meterStart"] == 0


def test_a_refused_card_is_told(threaded_central, make_row):
    threaded_central.say("Authorize", {"idTagInfo": {"status": "Blocked"}})
    row = make_row(ws_port=threaded_central.port)
    simulators.start(row)
    until(lambda: state(row) is SimulatorState.FAILED)
    assert (row.error_kind, row.error_detail) == ("card", "FFFFFFFF: Blocked")


def test_a_refused_connection_is_told(threaded_central, make_row):
    threaded_central.refuse = 403
    row = make_row(ws_port=threaded_central.port)
    simulators.start(row)
    until(lambda: state(row) is SimulatorState.FAILED)
    assert (row.error_kind, row.error_detail) == ("handshake", "403 Forbidden")


def test_a_stop_marked_by_another_process_is_obeyed(threaded_central, make_row):
    row = make_row(ws_port=threaded_central.port)
    simulators.start(row)
    until(lambda: threaded_central.sent("MeterValues"))
    Simulator.objects.filter(pk=row.pk).update(stop_requested=True)
    until(lambda: state(row) is SimulatorState.FINISHED)
    assert len(threaded_central.sent("StopTransaction")) == 1


def test_a_deleted_row_stops_its_charge_point(threaded_central, make_row):
    row = make_row(ws_port=threaded_central.port)
    simulators.start(row)
    until(lambda: threaded_central.sent("MeterValues"))
    row.delete()
    until(lambda: threaded_central.sent("StopTransaction"))


def test_shutdown_stops_the_transactions(threaded_central, make_row):
    many = [
        make_row(name=f"S{n}", cp_path=f"S{n}", ws_port=threaded_central.port) for n in range(5)
    ]
    before = threading.active_count()
    for row in many:
        simulators.start(row)
    # One loop and one keeper, however many run.
    assert threading.active_count() == before + 2
    until(lambda: len({p["transactionId"] for p in threaded_central.sent("MeterValues")}) == 5)
    simulators.shutdown()
    assert threading.active_count() == before
    assert {state(row) for row in many} == {SimulatorState.FINISHED}
    assert len(threaded_central.sent("StopTransaction")) == 5


def test_shutdown_does_not_wait_for_a_silent_server(threaded_central, make_row):
    threaded_central.say("StopTransaction", None)
    row = make_row(ws_port=threaded_central.port)
    simulators.start(row)
    until(lambda: threaded_central.sent("MeterValues"))
    simulators.shutdown(0.2)
    assert (state(row), row.error_kind) == (SimulatorState.FAILED, "ended")
    assert simulators.explain(row.error_kind, row.error_detail).startswith("The server process")


def test_nothing_runs_when_the_claim_is_rolled_back(threaded_central, make_row):
    row = make_row(ws_port=threaded_central.port)
    with transaction.atomic():
        simulators.start(row)
        transaction.set_rollback(True)
    assert state(row) is SimulatorState.IDLE
    assert threaded_central.identities == []


def test_an_impossible_row_is_refused_and_not_claimed(make_row):
    row = make_row(cp_path="///")
    with pytest.raises(ValueError, match="cp_path"):
        simulators.start(row)
    assert state(row) is SimulatorState.IDLE


def test_a_fault_of_our_own_is_told_and_logged(threaded_central, make_row, monkeypatch, caplog):
    def broken(*_: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr("ocpp.simulator.connector.Connector.start_request", broken)
    row = make_row(ws_port=threaded_central.port)
    simulators.start(row)
    until(lambda: state(row) is SimulatorState.FAILED)
    assert row.error_kind == "broken"
    assert "KeyError" in caplog.text
