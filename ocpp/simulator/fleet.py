"""Several simulated charge points in one event loop."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ocpp.simulator.charge_point import ChargePointSimulator
from ocpp.simulator.config import SimulatorConfig
from ocpp.simulator.errors import ErrorKind, SimulatorError
from ocpp.simulator.phase import Phase


@dataclass(frozen=True)
class Outcome:
    """What became of one charge point; without `error` it did all that was asked of it."""

    identity: str
    error: SimulatorError | None
    sessions: int
    energy_wh: int


@dataclass(frozen=True)
class Progress:
    """A moment of the fleet, in numbers."""

    count: int
    online: int
    charging: int
    finished: int
    failed: int
    sessions: int
    energy_wh: int
    messages: int
    #: Calls that got a CALLERROR where the session could go on.
    refused: int


class Fleet:
    """Runs one charge point for each of `configs`, connecting them one after the other."""

    def __init__(
        self,
        configs: Sequence[SimulatorConfig],
        *,
        connects_per_s: float = 15,
        stop_limit_s: float = 20,
    ) -> None:
        """`stop_limit_s`: how long `stop` leaves them to confirm their StopTransaction."""
        self.points = [ChargePointSimulator(config) for config in configs]
        self.outcomes: list[Outcome] = []
        self._pause_s = 1 / connects_per_s
        self._stop_limit_s = stop_limit_s
        self._stopping = asyncio.Event()

    async def run(self) -> list[Outcome]:
        """Run them all to their end, or until `stop`; never raises for one that fails."""
        tasks: list[asyncio.Task[None]] = []
        stopped = asyncio.create_task(self._stopping.wait())
        try:
            for point in self.points:
                if self._stopping.is_set():
                    break
                tasks.append(asyncio.create_task(self._one(point)))
                await asyncio.wait({stopped}, timeout=self._pause_s)
            everyone: asyncio.Future[Any] = asyncio.gather(*tasks, return_exceptions=True)
            either: set[asyncio.Future[Any]] = {everyone, stopped}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({everyone}, timeout=self._stop_limit_s)
        finally:
            for task in [*tasks, stopped]:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                raise end
        return self.outcomes

    @property
    def stopping(self) -> bool:
        """Whether `stop` was called."""
        return self._stopping.is_set()

    def stop(self) -> None:
        """Have every charge point end its transaction and go offline."""
        self._stopping.set()
        for point in self.points:
            point.stop()

    def progress(self) -> Progress:
        """Where the fleet is now."""
        failed = sum(outcome.error is not None for outcome in self.outcomes)
        phases = [point.phase for point in self.points]
        offline = (Phase.OFFLINE, Phase.CONNECTING, Phase.BOOTING)
        return Progress(
            count=len(self.points),
            online=sum(phase not in offline for phase in phases),
            charging=phases.count(Phase.CHARGING),
            finished=len(self.outcomes) - failed,
            failed=failed,
            sessions=sum(point.sessions for point in self.points),
            energy_wh=sum(point.energy_wh for point in self.points),
            messages=sum(point.counters.sent + point.counters.received for point in self.points),
            refused=sum(point.counters.refused for point in self.points),
        )

    async def _one(self, point: ChargePointSimulator) -> None:
        error: SimulatorError | None = None
        try:
            await point.run()
        except SimulatorError as reason:
            error = reason
        except asyncio.CancelledError:
            error = SimulatorError(
                ErrorKind.NO_ANSWER, f"StopTransaction, {self._stop_limit_s:g} s"
            )
            raise
        finally:
            self.outcomes.append(
                Outcome(point.config.identity, error, point.sessions, point.energy_wh)
            )
