"""What begins and ends with each server process, by ASGI's lifespan.

    lifespan.on_start("leases", leases.begin)
    lifespan.on_stop("leases", leases.end)

`config.asgi` says so for the parts that need it, since no app imports `config`. Starts run in the
order in which they were named, before the process takes connections. Stops run in the other order,
when its connections are closed. `manage.py serve` sends these events; `runserver`, being Daphne's,
does not: a part must work without them, or begin with its first connection.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

logger = logging.getLogger(__name__)

Step = Callable[[], Awaitable[object]]

#: How long one start and one stop may take (s).
START_LIMIT_S = 30.0
STOP_LIMIT_S = 3.0


class Lifespan:
    """An ASGI application for the scope `lifespan`, and the register of what it runs."""

    def __init__(self) -> None:
        self._starts: dict[str, Step] = {}
        self._stops: dict[str, Step] = {}
        self._not_begun: set[str] = set()

    def on_start(self, name: str, step: Step) -> None:
        """Run `step` before connections are taken. Raises ValueError for a name already there."""
        self._add(self._starts, name, step)

    def on_stop(self, name: str, step: Step) -> None:
        """Run `step` when connections are closed, unless the start of that name failed.

        Raises ValueError for a name already there.
        """
        self._add(self._stops, name, step)

    @staticmethod
    def _add(steps: dict[str, Step], name: str, step: Step) -> None:
        if name in steps:
            raise ValueError(f"there is a step named {name!r} already")
        steps[name] = step

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Do what the server's events ask for."""
        while True:
            event = await receive()
            if event["type"] == "lifespan.startup":
                failure = await self._start()
                if failure:
                    await self._stop()
                    await send({"type": "lifespan.startup.failed", "message": failure})
                    return
                await send({"type": "lifespan.startup.complete"})
            elif event["type"] == "lifespan.shutdown":
                await self._stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _start(self) -> str:
        """Run the starts; returns why one failed, or nothing."""
        self._not_begun = set(self._starts)
        for name, step in self._starts.items():
            try:
                async with asyncio.timeout(START_LIMIT_S):
                    await step()
            except Exception as error:
                logger.exception("%s did not start", name)
                return f"{name} did not start: {error or type(error).__name__}"
            self._not_begun.discard(name)
        return ""

    async def _stop(self) -> None:
        """Run the stops; one that fails keeps none of the others."""
        for name, step in reversed(self._stops.items()):
            if name in self._not_begun:
                continue
            try:
                async with asyncio.timeout(STOP_LIMIT_S):
                    await step()
            except Exception:
                logger.exception("%s did not stop in order", name)


#: The one of this process.
lifespan = Lifespan()
on_start = lifespan.on_start
on_stop = lifespan.on_stop
