"""What is known of a simulator's run, in a form that every process can read and act on.

A run is claimed with a conditional UPDATE and carries an id of its own. The process that runs
it gives a sign of life every `BEAT_S`; whoever finds none for `LEASE` may claim anew, and the
old run, should it still live, finds its id gone and ends. Another process stops a run by a
mark in its row, which the next sign of life reads.
"""

import os
import socket
import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from ocpp.models.simulator import LEASE, Simulator, SimulatorPhase, SimulatorState
from ocpp.simulator import SimulatorConfig

#: Seconds between two signs of life.
BEAT_S = 2.0


class AlreadyRunning(Exception):
    """Somebody runs this simulator now; the message says who."""


@dataclass(frozen=True)
class Report:
    """What a run tells of itself."""

    phase: str
    sessions: int
    energy_wh: int
    register_wh: int


def config_of(simulator: Simulator) -> SimulatorConfig:
    """What the simulated charge point is to do; raises ValueError for what it cannot."""
    return SimulatorConfig(
        host=simulator.host,
        ws_port=simulator.ws_port,
        cp_path=simulator.cp_path,
        rfid=simulator.rfid,
        connector_id=simulator.connector_id,
        duration_s=simulator.duration_s,
        interval_s=simulator.interval_s,
        power_kw=float(simulator.power_kw),
        pre_charge_delay_s=simulator.pre_charge_delay_s,
        repeat=simulator.repeat,
        autostart=simulator.autostart,
        username=simulator.username,
        password=simulator.password,
        ssl=simulator.ssl,
        register_wh=simulator.register_wh,
    )


def claim(simulator: Simulator, now: datetime) -> uuid.UUID:
    """Take the simulator for this process; the id of the run.

    Raises AlreadyRunning when a live run has it. Of two that claim at once one wins.
    """
    run = uuid.uuid4()
    alive = Q(run_state=SimulatorState.RUNNING, beat_at__gt=now - LEASE)
    claimed = (
        Simulator.objects.filter(pk=simulator.pk)
        .exclude(alive)
        .update(
            run=run,
            run_by=f"{socket.gethostname()[:80]}, {os.getpid()}",
            run_state=SimulatorState.RUNNING,
            phase=SimulatorPhase.CONNECTING,
            stop_requested=False,
            started_at=now,
            beat_at=now,
            ended_at=None,
            sessions=0,
            energy_wh=0,
            error_kind="",
            error_detail="",
        )
    )
    simulator.refresh_from_db()
    if not claimed:
        raise AlreadyRunning(simulator.run_by)
    return run


def beat(run: uuid.UUID, report: Report, now: datetime) -> bool:
    """Give a sign of life; False when the run is to end.

    That is: somebody asked for it, another process has claimed the simulator, or the row is
    deleted.
    """
    written = _live(run).update(
        beat_at=now,
        phase=report.phase,
        sessions=report.sessions,
        energy_wh=report.energy_wh,
        register_wh=report.register_wh,
    )
    return bool(written) and not _live(run).filter(stop_requested=True).exists()


def finish(
    run: uuid.UUID, report: Report, now: datetime, error_kind: str = "", error_detail: str = ""
) -> None:
    """The run has ended: as it should, or with an error."""
    _live(run).update(
        run_state=SimulatorState.FAILED if error_kind else SimulatorState.FINISHED,
        phase=SimulatorPhase.OFFLINE,
        ended_at=now,
        beat_at=now,
        sessions=report.sessions,
        energy_wh=report.energy_wh,
        register_wh=report.register_wh,
        error_kind=error_kind,
        error_detail=error_detail.replace("\x00", "")[:2000],
    )


def request_stop(simulator: Simulator, now: datetime) -> bool:
    """Mark the run to be stopped, wherever it is; False when it is not running."""
    marked = Simulator.objects.filter(
        pk=simulator.pk, run_state=SimulatorState.RUNNING, beat_at__gt=now - LEASE
    ).update(stop_requested=True)
    simulator.refresh_from_db()
    return bool(marked)


def _live(run: uuid.UUID) -> QuerySet[Simulator]:
    return Simulator.objects.filter(run=run, run_state=SimulatorState.RUNNING)
