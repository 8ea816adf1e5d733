"""What changes in one process, told to the pages of the others, over the channel of the hints.

A process whose pages are watched says so every few seconds. The others then tell once a second
which chargers have changed there, and nothing when nobody has said so lately.
"""

import asyncio
import secrets
import time
from typing import Any

from ocpp import changes

#: Between two rounds, and how often a process says that its pages are watched (s).
ROUND_S = 1.0
SAY_S = 5.0
#: How long such a word counts (s): two of them may be lost.
COUNTS_S = 16.0
#: Chargers in one message.
MOST = 500


class Sharing:
    """What this process says to the others of changes, and hears of them."""

    def __init__(self) -> None:
        self._me = secrets.token_hex(8)
        self._wanted_until = 0.0

    def heard(self, message: dict[str, Any]) -> None:
        """Take what another process says; the group has told it to this one as well."""
        if message["me"] == self._me:
            return
        if message["type"] == "watching":
            self._wanted_until = time.monotonic() + COUNTS_S
            changes.share()
        else:
            changes.heard(message["pks"])

    async def stay(self, layer: Any, group: str, limit_s: float) -> None:
        """Say and tell until something fails, and raise that; each message within `limit_s`."""
        said = 0.0

        async def say(kind: str, **facts: Any) -> None:
            async with asyncio.timeout(limit_s):
                await layer.group_send(group, {"type": kind, "me": self._me, **facts})

        try:
            while True:
                now = time.monotonic()
                if not changes.watched():
                    said = 0.0
                elif now - said >= SAY_S or not said:
                    said = now
                    await say("watching")
                if now < self._wanted_until:
                    changed = list(changes.take(changes.share()))
                    for start in range(0, len(changed), MOST):
                        await say("changed", pks=changed[start : start + MOST])
                else:
                    changes.share_no_more()
                await asyncio.sleep(ROUND_S)
        finally:
            changes.share_no_more()
