"""Hints from process to process over Redis: look at this charger now.

One listener in each process, with a thread and an event loop of its own, so that trouble with
Redis concerns no connection and no page: a hint that cannot be given is dropped, and the process
it was for finds by itself what there is to do, within a second.
"""

import asyncio
import logging
import threading
from typing import Any

from channels import DEFAULT_CHANNEL_LAYER
from channels.layers import channel_layers, get_channel_layer
from django.conf import settings

from ocpp import store
from ocpp.connection import takeover
from ocpp.connection.sharing import Sharing

logger = logging.getLogger(__name__)

GROUP = "ocpp-hints"
#: How long anything may take that is asked of Redis (s).
REDIS_S = 2.0
#: Between two signs of life that the listener sends to itself (s).
PULSE_S = 2.0
#: Pauses between attempts to reach Redis (s).
PAUSES_S = (0.2, 0.5, 1.0, 2.0)
#: Hints that may wait to be given; more are dropped.
MOST = 10_000


class Hints:
    """The listener of this process, which also gives its hints."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._giving: asyncio.Queue[tuple[str, int]] | None = None
        self._sharing = Sharing()
        #: Whether hints come through now.
        self.reachable = threading.Event()

    def start(self) -> None:
        """Listen, once, where Redis is named."""
        with self._lock:
            if not settings.REDIS_URL or self._thread is not None:
                return
            ready = threading.Event()
            self._thread = threading.Thread(
                target=self._run, args=[ready], name="ocpp-hints", daemon=True
            )
            self._thread.start()
            ready.wait()
            store.messenger = self.give

    def stop(self, timeout_s: float = 0.7) -> None:
        """Give what waits to be given, and listen no more."""
        with self._lock:
            thread, self._thread = self._thread, None
            store.messenger = None
            if thread is None or self._loop is None or self._stopping is None:
                return
            self._loop.call_soon_threadsafe(self._stopping.set)
        thread.join(timeout_s)

    def give(self, kind: str, pk: int) -> None:
        """Give a hint to the other processes, from any thread. Never blocks."""
        try:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._take, kind, pk)
        except RuntimeError:
            logger.debug("The event loop of the hints has ended")

    def _take(self, kind: str, pk: int) -> None:
        # One that is older than Redis's absence has been found by looking.
        if self._giving is not None and self.reachable.is_set():
            try:
                self._giving.put_nowait((kind, pk))
            except asyncio.QueueFull:
                logger.warning("Too many hints at once: %s %d is not given", kind, pk)

    def _run(self, ready: threading.Event) -> None:
        asyncio.run(self._main(ready))

    async def _main(self, ready: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        self._giving = asyncio.Queue(MOST)
        ready.set()
        listening = asyncio.create_task(self._stay())
        await self._stopping.wait()
        if self.reachable.is_set():
            try:
                async with asyncio.timeout(0.5):
                    await self._giving.join()
            except TimeoutError:
                logger.debug("Some hints were not given at the end")
        listening.cancel()
        await asyncio.wait({listening})

    async def _stay(self) -> None:
        """Listen and give, and after trouble again and again."""
        # It would tell each second, with a traceback, what is told here once.
        logging.getLogger("channels_redis.pubsub").setLevel(logging.CRITICAL)
        failures = 0
        while True:
            layer: Any = get_channel_layer()
            try:
                await self._converse(layer)
            except Exception as trouble:
                if self.reachable.is_set() or not failures:
                    logger.warning("Redis does not answer: %s", _reason(trouble))
                    failures = 0
                self.reachable.clear()
            if not await _forget(layer):
                # It is in a state that it does not get out of: the next attempt has another.
                channel_layers.backends.pop(DEFAULT_CHANNEL_LAYER, None)
            await asyncio.sleep(PAUSES_S[min(failures, len(PAUSES_S) - 1)])
            failures += 1

    async def _converse(self, layer: Any) -> None:
        """Listen and give until something fails, and raise that."""
        async with asyncio.timeout(REDIS_S):
            channel = await layer.new_channel()
            await layer.group_add(GROUP, channel)
        pulse = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen(layer, channel, pulse))
            group.create_task(self._beat(layer, channel, pulse))
            group.create_task(self._give_all(layer))
            group.create_task(self._sharing.stay(layer, GROUP, REDIS_S))

    async def _listen(self, layer: Any, channel: str, pulse: asyncio.Event) -> None:
        while True:
            message = await layer.receive(channel)
            if message["type"] == "pulse":
                pulse.set()
            elif message["type"] != "hint":
                self._sharing.heard(message)
            elif message["kind"] == "look":
                await takeover.attend()
            else:
                store.heard(message["kind"], message["pk"])

    async def _beat(self, layer: Any, channel: str, pulse: asyncio.Event) -> None:
        """Find out when nothing comes through any more: a subscription can end silently."""
        while True:
            pulse.clear()
            async with asyncio.timeout(REDIS_S):
                await layer.send(channel, {"type": "pulse"})
                await pulse.wait()
            if not self.reachable.is_set():
                logger.info("Hints come through Redis")
                self.reachable.set()
            await asyncio.sleep(PULSE_S)

    async def _give_all(self, layer: Any) -> None:
        assert self._giving is not None  # noqa: S101  (made before)
        while True:
            kind, pk = await self._giving.get()
            try:
                async with asyncio.timeout(REDIS_S):
                    await layer.group_send(GROUP, {"type": "hint", "kind": kind, "pk": pk})
            finally:
                self._giving.task_done()


def _reason(trouble: BaseException) -> str:
    """What failed, where several things failed together: the first."""
    while isinstance(trouble, BaseExceptionGroup):
        trouble = trouble.exceptions[0]
    return str(trouble) or type(trouble).__name__


async def _forget(layer: Any) -> bool:
    """Close the connections to Redis, in whatever state they are; returns whether that worked."""
    try:
        async with asyncio.timeout(REDIS_S):
            await layer.flush()
    except Exception as trouble:
        logger.debug("Closing the connections to Redis: %s", trouble)
        return False
    return True


hints = Hints()
