"""A world for a fleet: a clock that is turned by hand, and a central system without sockets."""

import json
from typing import Any

from ocpp.simulator.swarm import BEHAVIOURS, Swarm, SwarmOptions
from ocpp.simulator.swarm.presence import Presence

ACCEPTED = {"idTagInfo": {"status": "Accepted"}}


class FakeWire:
    """What a point says, to be answered when the world turns."""

    def __init__(self, world: "World", point: Presence) -> None:
        self.world, self.point = world, point
        self.over = False

    def send(self, text: bytes) -> None:
        frame = json.loads(text)
        self.world.frames.append((self.point.identity, frame))
        self.world.inbox.append((self, frame))

    def close(self) -> None:
        self.cut()

    def cut(self) -> None:
        if not self.over:
            self.over = True
            # As the event loop does it: afterwards.
            self.world.endings.append(self)


class World:
    """A fleet with its clock and its central system, which accepts everything."""

    def __init__(self, **options: Any) -> None:
        self.now = 1000.0
        self.frames: list[tuple[str, list[Any]]] = []
        self.inbox: list[tuple[FakeWire, list[Any]]] = []
        self.endings: list[FakeWire] = []
        self.wires: list[FakeWire] = []
        self.opened_at: list[float] = []
        #: While set, connections are refused with this status and Retry-After.
        self.refusal: tuple[str, float | None] | None = None
        #: Answers by action; None is silence, a string the code of a CALLERROR.
        self.answers: dict[str, Any] = {}
        self.transactions = 0
        values = {"count": 1, "busy": 0, "shares": NO_QUIRKS, "ramp": 1000, **options}
        self.swarm = Swarm(SwarmOptions(**values), clock=lambda: self.now, connect=self.connect)
        self.swarm.start()

    @property
    def statistics(self) -> Any:
        return self.swarm.statistics

    def connect(self, point: Presence) -> None:
        self.opened_at.append(self.now)
        if self.refusal is not None:
            point.refused(*self.refusal)
            return
        wire: Any = FakeWire(self, point)
        self.wires.append(wire)
        point.opened(wire)

    def answer(self, action: str) -> Any:
        if action in self.answers:
            return self.answers[action]
        if action == "BootNotification":
            return {"status": "Accepted", "currentTime": "2026-01-01T00:00:00Z", "interval": 300}
        if action == "StartTransaction":
            self.transactions += 1
            return {**ACCEPTED, "transactionId": self.transactions}
        return ACCEPTED if action == "Authorize" else {}

    def turn(self) -> None:
        """Deliver what is under way and let the fleet do what is due, until nothing happens."""
        self.swarm.turn()
        while self.inbox or self.endings:
            inbox, self.inbox = self.inbox, []
            for wire, frame in inbox:
                if frame[0] == 2 and not wire.over:
                    self.deliver(wire, frame)
            endings, self.endings = self.endings, []
            for wire in endings:
                wire.point.closed(wire)  # type: ignore[arg-type]
            self.swarm.turn()

    def deliver(self, wire: FakeWire, frame: list[Any]) -> None:
        content = self.answer(frame[2])
        if content is None:
            return
        reply = [3, frame[1], content]
        if isinstance(content, str):
            reply = [4, frame[1], content, "", {}]
        wire.point.heard(json.dumps(reply).encode())

    def call(self, action: str, payload: dict[str, Any]) -> list[Any]:
        """Call the newest connection; returns the frame of its answer."""
        wire = self.wires[-1]
        self.frames.clear()
        wire.point.heard(json.dumps([2, "s1", action, payload]).encode())
        answer = next(frame for _, frame in self.frames if frame[0] in (3, 4))
        self.turn()
        return answer

    def run(self, seconds: float, step: float = 0.5) -> None:
        """Let so much time pass."""
        end = self.now + seconds
        self.turn()
        while self.now < end:
            self.now = min(end, self.now + step)
            self.turn()

    def said(self, action: str) -> list[Any]:
        """The payloads of an action, in the order in which they were sent."""
        return [frame[3] for _, frame in self.frames if frame[0] == 2 and frame[2] == action]


NO_QUIRKS = {name: 0.0 for name in BEHAVIOURS if name != "plain"}


def only(name: str) -> dict[str, float]:
    """Shares of a fleet that all behaves in one way."""
    return {**NO_QUIRKS, name: 1.0}
