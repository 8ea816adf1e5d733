"""What a fleet has sent and what came of it."""

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

#: Times are counted in steps of 4 %, from a tenth of a millisecond to minutes.
_FIRST_S, _STEP, _STEPS = 1e-4, math.log(1.04), 400


class Latencies:
    """How long answers took: a histogram of constant size."""

    def __init__(self) -> None:
        self._counts = [0] * _STEPS
        self.count = 0

    def add(self, seconds: float) -> None:
        """Count an answer."""
        index = int(math.log(seconds / _FIRST_S) / _STEP) + 1 if seconds > _FIRST_S else 0
        self._counts[min(index, _STEPS - 1)] += 1
        self.count += 1

    def percentile_ms(self, percent: float) -> float | None:
        """A percentile in milliseconds, at most 4 % too high; None before the first answer."""
        if not self.count:
            return None
        left = math.ceil(self.count * percent / 100)
        index = 0
        while index < _STEPS and left > self._counts[index]:
            left -= self._counts[index]
            index += 1
        return _FIRST_S * math.exp(_STEP * index) * 1000


@dataclass
class Statistics:
    """Counters of a whole fleet since it began. Energy is in Wh."""

    #: Calls of the charge points: each one is answered or lost in the end.
    sent: int = 0
    answered: int = 0
    lost: int = 0
    #: Of those that were answered: with a CALLERROR.
    errors: int = 0
    #: Answers to nothing that waits, and frames that make no sense.
    late: int = 0
    unreadable: int = 0
    #: Calls of the server, all of them answered.
    calls: int = 0
    connects: int = 0
    #: Connections that ended without our doing.
    cut: int = 0
    storms: int = 0
    sessions: int = 0
    energy_wh: int = 0
    cards_refused: int = 0
    #: Connections that were refused, by HTTP status or the word for what happened.
    refusals: Counter[str] = field(default_factory=Counter)
    #: Codes of the CALLERRORs, and sent calls by action.
    error_codes: Counter[str] = field(default_factory=Counter)
    actions: Counter[str] = field(default_factory=Counter)
    #: How many are connected, how many of them at work (booted), and how many charge.
    connected: int = 0
    online: int = 0
    charging: int = 0
    latencies: Latencies = field(default_factory=Latencies)
    #: The same since the last look of whoever shows progress.
    recent: Latencies = field(default_factory=Latencies)

    @property
    def waiting(self) -> int:
        """Calls whose answer is still to come."""
        return self.sent - self.answered - self.lost

    def answer(self, seconds: float) -> None:
        """Count an answer that took so long."""
        self.answered += 1
        self.latencies.add(seconds)
        self.recent.add(seconds)

    def summary(self) -> dict[str, Any]:
        """Everything in numbers, for JSON."""
        return {
            "sent": self.sent,
            "answered": self.answered,
            "lost": self.lost,
            "waiting": self.waiting,
            "errors": self.errors,
            "late": self.late,
            "unreadable": self.unreadable,
            "server_calls": self.calls,
            "connects": self.connects,
            "connections_cut": self.cut,
            "storms": self.storms,
            "sessions": self.sessions,
            "energy_wh": self.energy_wh,
            "cards_refused": self.cards_refused,
            "refusals": dict(self.refusals),
            "error_codes": dict(self.error_codes),
            "actions": dict(self.actions),
            "p50_ms": self.latencies.percentile_ms(50),
            "p99_ms": self.latencies.percentile_ms(99),
        }
