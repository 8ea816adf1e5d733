"""A fleet: its points, its clock, its turns to connect, and its end."""

import asyncio
import gc
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime

from ocpp.simulator.swarm import behaviours
from ocpp.simulator.swarm.day import FLAT, HOUR_S, SHAPE, Day, Dice
from ocpp.simulator.swarm.line import Line
from ocpp.simulator.swarm.options import SwarmOptions
from ocpp.simulator.swarm.point import Point
from ocpp.simulator.swarm.presence import Presence
from ocpp.simulator.swarm.statistics import Statistics
from ocpp.simulator.swarm.timers import Timers
from ocpp.simulator.swarm.wire import Wire

#: Between two turns of the timers (s).
TURN_S = 0.01
#: How long sessions have to be confirmed, and connections to be closed, at the end (s).
LEAVE_S, CLOSE_S = 30.0, 10.0


class Swarm:
    """Ten thousand charge points in one event loop, and one turn of it every 10 ms.

    A test may give a `clock` and what opens connections (`connect`), and call `turn` itself.
    """

    def __init__(
        self,
        options: SwarmOptions,
        *,
        clock: Callable[[], float] = time.monotonic,
        connect: Callable[[Presence], None] | None = None,
    ) -> None:
        self.options = options
        self.clock = clock
        self.statistics = Statistics()
        self.began = clock()
        self.timers = Timers(self.began)
        self.day = Day(options.busy, FLAT if options.flat else SHAPE, options.session_s)
        self.moment = ""
        self._connect = connect or self._open
        self._wanting: deque[Presence] = deque()
        self._expected: deque[tuple[float, Line, int]] = deque()
        self._allowed = 1.0
        self._last = self.began
        self._known: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False
        kinds = behaviours.assign(options.count, options.shares)
        Dice(options.seed).shuffle(kinds)
        self.points = [Point(self, number, kind) for number, kind in enumerate(kinds, 1)]
        if options.storm_every_s:
            self.timers.after(options.storm_every_s, self._storm_again)
        self._tell_time()

    # --- for callers --------------------------------------------------------------------------

    async def run(self, seconds: float | None = None) -> Statistics:
        """Run for so long, or until `stop`; then end every session and connection in order."""
        gc.collect()
        # What lives for the whole run need not be looked at again and again.
        gc.freeze()
        try:
            self.start()
            await self.until(lambda: self._stopping, seconds)
            await self.end()
        finally:
            self._abandon()
            gc.unfreeze()
        return self.statistics

    async def until(self, done: Callable[[], bool], seconds: float | None = None) -> bool:
        """Run until something is so; False when the time was over before."""
        end = None if seconds is None else self.clock() + seconds
        while not done():
            if end is not None and self.clock() >= end:
                return False
            self.turn()
            await asyncio.sleep(TURN_S)
        return True

    async def end(self) -> None:
        """End every session, wait for the answers, and close every connection."""
        self._stopping = True
        self._wanting.clear()
        for point in self.points:
            point.leave()
        await self.until(self._all_told, LEAVE_S)
        for point in self.points:
            point.bye()
        await self.until(lambda: not (self.statistics.connected or self._tasks), CLOSE_S)

    def _all_told(self) -> bool:
        return all(point.line.idle or not point.line.ready for point in self.points)

    def start(self) -> None:
        """Have every point come."""
        for point in self.points:
            point.come()

    def stop(self) -> None:
        """End in an orderly way: sessions are stopped and confirmed first."""
        self._stopping = True

    @property
    def stopping(self) -> bool:
        """Whether it was told to end."""
        return self._stopping

    def storm(self) -> None:
        """Everybody loses the connection at once, and comes back as fast as the ramp allows."""
        self.statistics.storms += 1
        for point in self.points:
            point.cut()

    @property
    def hour(self) -> float:
        """The simulated hour of the day."""
        passed_s = (self.clock() - self.began) * self.options.speed
        return (self.options.hour + passed_s / HOUR_S) % 24

    @property
    def untold(self) -> int:
        """Charge points with calls that the server has not answered."""
        return sum(not point.line.idle for point in self.points)

    # --- for the points -----------------------------------------------------------------------

    def want(self, point: Presence) -> None:
        """Give a point a turn to connect, after those that asked before."""
        self._wanting.append(point)

    def expect(self, line: Line, number: int, sent_at: float) -> None:
        """Look later whether a call was answered. All wait equally long, so this is a queue."""
        self._expected.append((sent_at + self.options.call_timeout_s, line, number))

    def first_time(self, number: int) -> bool:
        """Whether a point asks this for the first time."""
        if number in self._known:
            return False
        self._known.add(number)
        return True

    # --- the clock ----------------------------------------------------------------------------

    def turn(self) -> None:
        """Do what is due now."""
        now = self.clock()
        self._tell_time()
        self.timers.turn(now)
        while self._expected and self._expected[0][0] <= now:
            _, line, number = self._expected.popleft()
            line.overdue(number)
        self._allowed += (now - self._last) * self.options.ramp
        self._last = now
        while self._wanting and self._allowed >= 1:
            self._allowed -= 1
            self._connect(self._wanting.popleft())
        if not self._wanting:
            # What was not used is not saved: a storm later gets no head start.
            self._allowed = min(self._allowed, 1.0)

    def _tell_time(self) -> None:
        self.moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")

    def _storm_again(self) -> None:
        if not self._stopping:
            self.storm()
            self.timers.after(self.options.storm_every_s, self._storm_again)

    def _abandon(self) -> None:
        """Count what nobody waits for any more."""
        for point in self.points:
            point.leave()
            point.line.lose()
            if point.line.wire is not None:
                point.line.wire.cut()
        for task in self._tasks:
            task.cancel()

    # --- connections --------------------------------------------------------------------------

    def _open(self, point: Presence) -> None:
        task = asyncio.ensure_future(self._open_wire(point))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _open_wire(self, point: Presence) -> None:
        options = self.options
        source = options.source(point.number)
        wire = Wire(point, point.request())
        point.opening(wire)
        try:
            async with asyncio.timeout(options.handshake_timeout_s):
                await asyncio.get_running_loop().create_connection(
                    lambda: wire,
                    options.host,
                    options.port,
                    ssl=options.ssl,
                    local_addr=(source, 0) if source else None,
                )
        except ConnectionRefusedError:
            point.refused("not-listening", None)
        except TimeoutError:
            point.refused("timeout", None)
        except OSError as error:
            point.refused(error.strerror or type(error).__name__, None)
