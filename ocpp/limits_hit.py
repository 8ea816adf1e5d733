"""How often each limit was hit in this process, since it started.

Cheap enough for every message: a number under a lock. Whoever shows them to people finds their
words in `ocpp.domain.queries.limits`.
"""

import threading
from datetime import UTC, datetime

from ocpp import metrics

#: Every limit that is counted. What `hit` does not find here is a mistake in the program.
NAMES = (
    "bad_id",
    "origin",
    "handshake_time",
    "handshakes_per_address",
    "connections_per_address",
    "admissions",
    "flapping",
    "unknown_closed",
    "new_chargers",
    "unapproved",
    "wrong_keys",
    "keep_alive",
    "message_size",
    "message_size_unapproved",
    "message_shape",
    "message_rate",
    "message_rate_ended",
    "writer_queue",
    "writer_queue_refused",
    "command_queue",
    "live_pages",
)

#: Since when they are counted.
started = datetime.now(UTC)

_counts = dict.fromkeys(NAMES, 0)
_lock = threading.Lock()


def hit(name: str) -> None:
    """Count that a limit was hit. May be called from any thread."""
    with _lock:
        _counts[name] += 1


def snapshot() -> dict[str, int]:
    """How often each limit was hit; also those that never were."""
    with _lock:
        return dict(_counts)


metrics.register("limits", snapshot)
