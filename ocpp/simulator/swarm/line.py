"""The line of a charge point of a fleet: one call at a time, over all its connections."""

import json
from collections import deque
from typing import TYPE_CHECKING, Any, Protocol

from ocpp.simulator.swarm.messages import NUMBER, Call
from ocpp.simulator.swarm.wire import Wire

if TYPE_CHECKING:
    from ocpp.simulator.swarm.swarm import Swarm

#: Calls that are kept for when the line is free; beyond, what is not about money goes first.
MAX_WAITING = 200


class Owner(Protocol):
    """Whose line it is."""

    def given_up(self, call: Call) -> None:
        """The answer to a call does not come, and it is not sent again."""


class Line:
    """Sends calls, one after the other, and counts what becomes of each.

    What is about a transaction is sent again, with another message id, until it is answered. The
    rest is lost with its connection.
    """

    __slots__ = (
        *("_calls", "_number", "_out", "_owner", "_sent_at", "_swarm"),
        *("ready", "transaction", "wire"),
    )

    def __init__(self, swarm: "Swarm", owner: Owner) -> None:
        self._swarm = swarm
        self._owner = owner
        self._calls: deque[Call] = deque()
        self._number = 0
        self._out: Call | None = None
        self._sent_at = 0.0
        self.wire: Wire | None = None
        #: Whether it has booted: before, only a boot is sent.
        self.ready = False
        #: The number of the transaction that the server told last.
        self.transaction = 0

    @property
    def idle(self) -> bool:
        """Whether nothing waits to be sent or answered."""
        return self._out is None and not self._calls

    def call(self, call: Call) -> None:
        """Send a call as soon as the line is free."""
        if self._out is None and self.ready and not self._calls:
            self._send(call)
        elif self.ready or call.kept:
            if len(self._calls) >= MAX_WAITING:
                self._calls = deque(one for one in self._calls if one.action != "MeterValues")
            self._calls.append(call)

    def boot(self, call: Call) -> None:
        """Send a call before all others, while the line is not ready."""
        if self.wire is not None and self._out is None:
            self._send(call)

    def flush(self) -> None:
        """Send what waits."""
        if self.ready and self._out is None and self._calls:
            self._send(self._calls.popleft())

    def _send(self, call: Call) -> None:
        if self.wire is None:
            self._calls.appendleft(call)
            return
        self._out = call
        self._number = number = self._number + 1
        payload = call.payload
        if NUMBER in payload:
            payload = payload.replace(NUMBER, str(self.transaction))
        statistics = self._swarm.statistics
        statistics.sent += 1
        statistics.actions[call.action] += 1
        self._sent_at = self._swarm.clock()
        self._swarm.expect(self, number, self._sent_at)
        self.wire.send(f'[2,"{number}","{call.action}",{payload}]'.encode())

    def reply(self, text: str) -> None:
        """Answer a call of the server."""
        if self.wire is not None:
            self.wire.send(text.encode())

    def lose(self, number: int | None = None) -> Call | None:
        """The answer does not come: of that call, or of any; returns it, if it is given up.

        One about a transaction is not given up but sent again first.
        """
        call = self._out
        if call is None or (number is not None and number != self._number):
            return None
        self._out = None
        self._swarm.statistics.lost += 1
        if call.kept:
            self._calls.appendleft(call)
            return None
        return call

    def overdue(self, number: int) -> None:
        """The time for the answer to a call is over: go on, when it has not come."""
        given_up = self.lose(number)
        if given_up is not None:
            self._owner.given_up(given_up)
        self.flush()

    def drop(self) -> Call | None:
        """The connection has ended; returns the call that is given up with it."""
        self.wire = None
        self.ready = False
        call = self.lose()
        self._calls = deque(one for one in self._calls if one.kept)
        return call

    def take(self, frame: list[Any]) -> Call | None:
        """An answer has come; returns the call that it is to, or None when nothing waits."""
        call = self._out
        if call is None or frame[1] != str(self._number):
            self._swarm.statistics.late += 1
            return None
        self._out = None
        statistics = self._swarm.statistics
        statistics.answer(self._swarm.clock() - self._sent_at)
        if frame[0] == 4:
            statistics.errors += 1
            statistics.error_codes[str(frame[2])[:40]] += 1
        return call


def read(text: bytes) -> list[Any] | None:
    """A frame of the server (OCPP-J 1.6, 4.2), or None when it makes no sense."""
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return None
    match frame:
        case [2, str(), str(), dict()] | [3, str(), dict()] | [4, str(), str(), *_]:
            return frame  # type: ignore[no-any-return]  # the match has looked
    return None
