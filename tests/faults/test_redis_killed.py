"""Redis is killed and started, again and again: no charger is dropped, commands go on.

Two processes on PostgreSQL have their own charge points. While Redis is away a command that is
given to one reaches a charger of the other within 5 s, by looking; after its return by hints
again. More often (docs/proofs.md):

    REDIS_KILLS=100 .venv/bin/python -m pytest -s tests/faults/test_redis_killed.py
"""

import os
from contextlib import ExitStack

from tests.support.wire import connected
from tests.test_several_processes import CHARGER, Pair, boot, command, wait_for

KILLS = int(os.environ.get("REDIS_KILLS", "2"))
OTHERS = 6
#: Commands are back within this time (s).
BACK_S = 5.0
#: Sooner than by looking, which takes up to a second: a hint has come (s).
HINTED_S = 0.4


def test_redis_killed(pair: Pair) -> None:
    away, back, listening = [], [], []
    with ExitStack() as stack:
        wire = stack.enter_context(connected(pair.two.ws_url, CHARGER))
        boot(wire)
        others = [
            stack.enter_context(connected(server.ws_url, f"OTHER{number}"))
            for number, server in enumerate([pair.one, pair.two] * (OTHERS // 2))
        ]
        for other in others:
            boot(other)  # one that is silent about itself is asked, in the middle of a long form
        for _ in range(KILLS):
            pair.redis.kill()
            away.append(command(pair, pair.one, wire))
            assert all(other.is_alive() for other in others)
            pair.redis.start()
            listening.append(wait_for(lambda: pair.redis.listeners() == 2))
            back.append(wait_for(lambda: command(pair, pair.one, wire) < HINTED_S, BACK_S))
        assert all(other.is_alive() for other in others)
        assert wire.is_alive()
        rows = pair.database.query("SELECT epoch, owner FROM ocpp_charger")
        assert len(rows) == OTHERS + 1
        assert all(epoch == 1 and owner for epoch, owner in rows)
    assert max(away) < BACK_S
    assert max(listening) < BACK_S
    print(
        f"\nRedis killed {KILLS} times: 0 of {OTHERS + 1} chargers dropped; a command while it is"
        f" away takes at most {max(away):.2f} s; both processes listen again at most"
        f" {max(listening):.1f} s after its return, hinted commands after {max(back):.1f} s more"
    )
