"""How a charge point of a fleet gets connected, stays so, and comes back."""

import base64
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ocpp.simulator.swarm import messages
from ocpp.simulator.swarm.behaviours import Behaviour
from ocpp.simulator.swarm.day import Dice
from ocpp.simulator.swarm.line import Line, read
from ocpp.simulator.swarm.messages import Call
from ocpp.simulator.swarm.timers import Timer
from ocpp.simulator.swarm.wire import Wire

if TYPE_CHECKING:
    from ocpp.simulator.swarm.swarm import Swarm

#: Real seconds before coming back, at least and at most, and the longest time between two tries.
BACK_S, LONGEST_S = (0.1, 1.1), 10.0
#: Heartbeats when the server names no interval, and the shortest time to ask again after a boot.
HEARTBEAT_S, BOOT_S = 300.0, 5.0


class Presence:
    """The connection of one charge point, over all its wires; knows nothing of vehicles."""

    __slots__ = (
        *("_away_s", "_beat", "_booted", "_leaving", "_opening", "_tries"),
        *("behaviour", "dice", "heartbeat_s", "identity", "line", "number", "options", "swarm"),
    )

    def __init__(self, swarm: "Swarm", number: int, behaviour: Behaviour) -> None:
        self.swarm = swarm
        self.options = swarm.options
        self.number = number
        self.identity = f"{self.options.path_prefix.rpartition('/')[2]}{number}"
        self.behaviour = behaviour
        self.dice = Dice(self.options.seed * 1_000_003 + number)
        self.line = Line(swarm, self)
        self.heartbeat_s = HEARTBEAT_S
        self._opening: Wire | None = None
        self._beat: Timer | None = None
        self._booted = False
        self._leaving = False
        self._tries = 0
        #: How long it stays away after the loss that it has made itself; None: not itself.
        self._away_s: float | None = None

    # --- what follows from it, for those who know more ----------------------------------------

    def at_work(self) -> None:
        """It has booted and may speak."""

    def out_of_work(self) -> None:
        """Its connection has ended."""

    def answered(self, call: Call, payload: dict[str, Any] | None) -> None:
        """The answer to a call; None for a CALLERROR."""

    def asked(self, message_id: str, action: str, payload: dict[str, Any]) -> None:
        """A call of the server."""

    def given_up(self, call: Call) -> None:
        """The answer to a call does not come, and it is not sent again."""
        if call.action == "BootNotification" and self.line.wire is not None:
            self.boot_again()

    # --- coming -------------------------------------------------------------------------------

    def come(self) -> None:
        """Ask the fleet for a turn to connect."""
        if not self._leaving:
            self.swarm.want(self)

    def request(self) -> bytes:
        """The handshake without its key."""
        path = quote(f"{self.options.path_prefix.lstrip('/')}{self.number}", safe="/")
        host = f"[{self.options.host}]" if ":" in self.options.host else self.options.host
        text = (
            f"GET /{path} HTTP/1.1\r\nHost: {host}:{self.options.port}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: ocpp1.6\r\n"
        ).encode()
        if self.options.password:
            pair = f"{self.identity}:{self.options.password}".encode()
            text += b"Authorization: Basic " + base64.b64encode(pair) + b"\r\n"
        return text

    def opening(self, wire: Wire) -> None:
        """A wire is being opened: it has some time for the handshake."""
        self._opening = wire
        limit = self.options.handshake_timeout_s
        self.swarm.timers.after(limit, lambda: wire.cut() if self._opening is wire else None)

    def opened(self, wire: Wire) -> None:
        """Connected: boot, or go on at once where that is its way."""
        self._opening = None
        self._tries = 0
        if self._leaving:
            wire.close()
            return
        self.line.wire = wire
        self.swarm.statistics.connects += 1
        self.swarm.statistics.connected += 1
        if self._booted and not self.behaviour.boots_again:
            self._work()
        else:
            self.boot_again()

    def refused(self, reason: str, retry_after_s: float | None) -> None:
        """Not connected: come again when the server says, or after longer and longer times."""
        self._opening = None
        self.swarm.statistics.refusals[reason] += 1
        self._tries += 1
        if retry_after_s is not None:
            delay = retry_after_s * self.dice.between(1, 1.2)
        else:
            delay = min(LONGEST_S, 0.5 * 2 ** min(self._tries, 6)) * self.dice.between(0.5, 1)
        self.swarm.timers.after(delay, self.come)

    def closed(self, wire: Wire) -> None:
        """The connection has ended, by whatever: come again."""
        if wire is not self.line.wire:
            return
        statistics = self.swarm.statistics
        statistics.connected -= 1
        if self.line.ready:
            statistics.online -= 1
        call = self.line.drop()
        if self._beat is not None:
            self._beat.cancel()
        self.out_of_work()
        if call is not None:
            self.given_up(call)
        away_s, self._away_s = self._away_s, None
        if away_s is None:
            statistics.cut += not self._leaving
            away_s = self.dice.between(*BACK_S)
        self.swarm.timers.after(away_s, self.come)

    def cut(self, away_s: float | None = None) -> None:
        """Lose the connection, for so long (real seconds) or a moment; come back then."""
        if self.line.wire is not None:
            self._away_s = self.dice.between(*BACK_S) if away_s is None else away_s
            self.line.wire.cut()

    def leave(self) -> None:
        """Come no more. The connection stays until `bye`."""
        self._leaving = True
        if self._beat is not None:
            self._beat.cancel()

    def bye(self) -> None:
        """End the connection in an orderly way."""
        for wire in (self.line.wire, self._opening):
            if wire is not None:
                wire.close()

    # --- speaking -----------------------------------------------------------------------------

    def heard(self, text: bytes) -> None:
        """A frame of the server."""
        frame = read(text)
        if frame is None:
            self.swarm.statistics.unreadable += 1
            return
        if frame[0] == 2:
            self.swarm.statistics.calls += 1
            self.asked(frame[1], frame[2], frame[3])
            return
        call = self.line.take(frame)
        if call is None:
            return
        payload = frame[2] if frame[0] == 3 else None
        if call.action == "BootNotification":
            self._boot_answered(payload or {})
        else:
            self.answered(call, payload)
        self.line.flush()

    def boot_again(self) -> None:
        """Send BootNotification, before everything else."""
        if self.line.ready:
            self.line.call(messages.boot(self.identity))
        else:
            self.line.boot(messages.boot(self.identity))

    def _boot_answered(self, payload: dict[str, Any]) -> None:
        interval = payload.get("interval")
        seconds = float(interval) if isinstance(interval, int) else 0.0
        if payload.get("status") != "Accepted":
            wire = self.line.wire
            # The same connection asks again when the server says so (4.2).
            self.swarm.timers.after(
                max(BOOT_S, seconds), lambda: self.boot_again() if wire is self.line.wire else None
            )
            return
        self._booted = True
        self.heartbeat_s = seconds or HEARTBEAT_S
        if not self.line.ready:
            self._work()

    def _work(self) -> None:
        self.line.ready = True
        self.swarm.statistics.online += 1
        self._arm()
        self.at_work()
        self.line.flush()

    def beat_now(self) -> None:
        """Send a Heartbeat."""
        self.line.call(Call("Heartbeat", messages.HEARTBEAT))

    def _arm(self) -> None:
        if self._beat is not None:
            self._beat.cancel()
        self._beat = self.swarm.timers.after(self.heartbeat_s, self._pulse)

    def _pulse(self) -> None:
        self.beat_now()
        self._arm()
