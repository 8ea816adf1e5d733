"""Keeps a simulated charge point online: connects, boots, beats, comes back after a loss."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable
from typing import Any

from ocpp.simulator import checks, payloads
from ocpp.simulator.access import Access
from ocpp.simulator.config import SimulatorConfig
from ocpp.simulator.errors import ErrorKind, LinkLost, SimulatorError
from ocpp.simulator.keys import Keys
from ocpp.simulator.link import Answer, Counters, Link, open_socket

#: Simulated seconds that a reboot takes.
REBOOT_S = 2
#: Real seconds before the first and between later attempts to come back.
FIRST_DELAY_S, LONGEST_DELAY_S = 0.2, 10.0
#: Between two BootNotifications when the central system names no interval.
BOOT_RETRY_S = 10
#: HTTP answers of a busy server, after which even the first connection is tried again.
BUSY = ("429", "503")
#: Messages about transactions that are kept while offline.
MAX_KEPT = 1000

Message = tuple[str, dict[str, Any], "asyncio.Future[dict[str, Any]]"]


class Station:
    """The connection of one charge point, over all its sockets.

    Three ways to speak: `ask` waits to be online and returns the answer, `say` is for what can
    be left out, and `keep` queues a message about a transaction until it is confirmed, also
    over a loss of connection (OCPP 1.6, 4.10). `announce` is awaited after every boot;
    `on_change` is called when `failure` is set.
    """

    def __init__(
        self,
        config: SimulatorConfig,
        keys: Keys,
        counters: Counters,
        answer: Answer,
        announce: Callable[[], Awaitable[None]],
        on_change: Callable[[], None],
        access: Access,
    ) -> None:
        self._config = config
        self._access = access
        #: What it says that it runs.
        self.firmware = payloads.FIRMWARE
        self._keys = keys
        self._counters = counters
        self._answer = answer
        self._announce = announce
        self._on_change = on_change
        self._link: Link | None = None
        self._listener: asyncio.Task[None] | None = None
        #: Set while there is a booted link, and for good once there will be none.
        self._settled = asyncio.Event()
        self._kept: asyncio.Queue[Message] = asyncio.Queue(MAX_KEPT)
        self._tasks: list[asyncio.Task[None]] = []
        #: Ends the present wait between two heartbeats.
        self._retuned: asyncio.Future[None] | None = None
        self._reboot_due = False
        self.connected = False
        self.failure: SimulatorError | None = None

    @property
    def online(self) -> bool:
        """Connected, and accepted by the central system."""
        return self._link is not None

    async def open(self) -> None:
        """Connect and boot; raises `SimulatorError` when that cannot be had."""
        await self._connect_until(
            lambda error: error.kind is ErrorKind.HANDSHAKE and error.detail.startswith(BUSY)
        )
        self._tasks = [asyncio.create_task(self._stay()), asyncio.create_task(self._drain())]
        await self._announce()

    async def close(self) -> None:
        """Close the connection and end every task."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        await self._drop()

    def retune(self) -> None:
        """Wait for the next heartbeat anew, for the interval may have changed."""
        if self._retuned and not self._retuned.done():
            self._retuned.set_result(None)

    async def reboot(self) -> None:
        """Go offline as a charge point that restarts; it comes back by itself."""
        self._reboot_due = await self.reconnect()

    async def reconnect(self) -> bool:
        """Leave the connection for a new one; False when there was none."""
        link, self._link = self._link, None
        if link is None:
            return False
        self._settled.clear()
        await link.close()
        return True

    async def wait_online(self) -> Link:
        """The booted link; raises what prevented it when there will be none."""
        while True:
            if self.failure:
                raise self.failure
            if self._link:
                return self._link
            await self._settled.wait()

    async def ask(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Call and return the answer; asks again when the connection is lost meanwhile."""
        while True:
            link = await self.wait_online()
            with contextlib.suppress(LinkLost):
                return await link.call(action, payload)
            self._forget(link)

    async def say(self, action: str, payload: dict[str, Any]) -> dict[str, Any] | None:
        """Call when online; None when it could not be said or was not answered."""
        if self._link is None:
            return None
        try:
            return await self._link.call(action, payload)
        except SimulatorError as error:
            if error.kind is ErrorKind.CALL_ERROR:
                self._counters.refused += 1
            return None

    def keep(self, action: str, payload: dict[str, Any]) -> "asyncio.Future[dict[str, Any]]":
        """Queue a message about a transaction; the future holds its answer in the end.

        Raises `SimulatorError` when the memory of the charge point is full.
        """
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        # Nobody may look at it any more when it fails: that is no news for the event loop.
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            self._kept.put_nowait((action, payload, future))
        except asyncio.QueueFull:
            raise SimulatorError(ErrorKind.NO_ANSWER, f"{action}, {MAX_KEPT} + 1") from None
        return future

    # --- tasks ------------------------------------------------------------------------------

    async def _drain(self) -> None:
        while True:
            action, payload, future = await self._kept.get()
            try:
                answer = await self._insist(action, payload)
            except SimulatorError as error:
                future.set_exception(error)
            else:
                future.set_result(answer)

    async def _insist(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Send again what was refused or not answered (OCPP 1.6, 3.7.1)."""
        attempts = max(1, self._keys.number("TransactionMessageAttempts"))
        pause_s = self._keys.number("TransactionMessageRetryInterval") / self._config.time_scale
        for attempt in range(1, attempts):
            try:
                return await self.ask(action, payload)
            except SimulatorError:
                if self.failure:
                    raise
                await asyncio.sleep(pause_s * attempt)
        return await self.ask(action, payload)

    async def _stay(self) -> None:
        try:
            while True:
                await self._beat_until_lost()
                await self._drop()
                if self._reboot_due:
                    self._reboot_due = False
                    await asyncio.sleep(REBOOT_S / self._config.time_scale)
                await self._connect_until(lambda _error: True)
                await self._announce()
        except SimulatorError as error:
            await self._drop()
            self.failure = error
            self._settled.set()
            self._on_change()

    async def _beat_until_lost(self) -> None:
        listener = self._listener
        assert listener is not None  # noqa: S101  (open() has made one)
        while not listener.done():
            interval_s = self._keys.number("HeartbeatInterval") or None
            self._retuned = asyncio.get_running_loop().create_future()
            done, _ = await asyncio.wait(
                {listener, self._retuned},
                timeout=interval_s,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if done:
                continue
            answer = await self.say("Heartbeat", {})
            if answer is not None:
                checks.heartbeat_answer(answer)

    # --- connecting -------------------------------------------------------------------------

    async def _connect_until(self, worth_retrying: Callable[[SimulatorError], bool]) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._config.reconnect_s
        delay = FIRST_DELAY_S
        while True:
            try:
                return await self._connect()
            except SimulatorError as error:
                if loop.time() + delay > deadline or not worth_retrying(error):
                    raise
            # No two charge points of a fleet come back in step.
            await asyncio.sleep(delay * random.uniform(0.5, 1))  # noqa: S311
            delay = min(2 * delay, LONGEST_DELAY_S)

    async def _connect(self) -> None:
        socket = await open_socket(self._access.config())
        self.connected = True
        self._counters.connections += 1
        link = Link(socket, self._answer, self._counters, self._config.call_timeout_s)
        self._listener = asyncio.create_task(link.listen())
        try:
            await self._boot(link, self._listener)
        except BaseException:
            await link.close()
            await self._drop()
            raise
        self._link = link
        self._settled.set()

    async def _boot(self, link: Link, listener: "asyncio.Task[None]") -> None:
        deadline = asyncio.get_running_loop().time() + self._config.boot_timeout_s
        while True:
            answer = await link.call("BootNotification", payloads.boot(self._config, self.firmware))
            status, interval_s = checks.boot_answer(answer)
            if status == "Accepted":
                if interval_s:
                    self._keys.put("HeartbeatInterval", str(interval_s))
                return
            pause_s = interval_s or BOOT_RETRY_S
            if asyncio.get_running_loop().time() + pause_s > deadline:
                raise SimulatorError(ErrorKind.BOOT, f"{status}, {pause_s} s")
            await asyncio.wait({listener}, timeout=pause_s)

    def _forget(self, link: Link) -> None:
        """Stop using a link that was lost before its listener has noticed."""
        if self._link is link:
            self._link = None
            self._settled.clear()

    async def _drop(self) -> None:
        link, self._link = self._link, None
        self._settled.clear()
        if link:
            await link.close()
        if self._listener:
            self._listener.cancel()
            await asyncio.gather(self._listener, return_exceptions=True)
            self._listener = None
        self.connected = False
