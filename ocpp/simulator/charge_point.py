"""The simulated charge point: its sessions, and what it does when it is told to."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from ocpp.simulator import answers, checks, payloads
from ocpp.simulator.config import SimulatorConfig
from ocpp.simulator.connector import Connector, Transaction
from ocpp.simulator.errors import ErrorKind, SimulatorError
from ocpp.simulator.keys import Keys
from ocpp.simulator.link import Counters
from ocpp.simulator.phase import Phase
from ocpp.simulator.station import Station


class ChargePointSimulator:
    """One charge point after its `config`, driven by `run` or `_run_session`.

    Everything happens in the event loop that awaits those, and without a thread of its own.
    A stopped one stays stopped: make another. The attributes may be read at any time.
    """

    def __init__(self, config: SimulatorConfig) -> None:
        self.config = config
        self.counters = Counters()
        self.keys = Keys(config.interval_s, connectors=config.connector_id)
        self.connector = Connector(config, self.keys)
        #: Sessions completed: the card was accepted, the StopTransaction is confirmed.
        self.sessions = 0
        #: Whether a RemoteStartTransaction can be taken, and the tag of one that was.
        self.waiting = False
        self.remote_tag: str | None = None
        self.resetting = False
        self._running = False
        self._stopping = False
        self._announced: str | None = None
        #: Set whenever something has changed that the session must look at.
        self._news = asyncio.Event()
        #: Set while no vehicle is being served.
        self._idle = asyncio.Event()
        self._idle.set()
        self._station = Station(
            config, self.keys, self.counters, self._answer, self._announce_all, self._news.set
        )
        self._opening: asyncio.Task[None] | None = None
        self._deeds: set[asyncio.Task[None]] = set()

    # --- for callers --------------------------------------------------------------------------

    async def run(self) -> None:
        """Do one session, or with `config.repeat` one after the other until `stop`.

        Raises `SimulatorError` with the reason when a session cannot be completed.
        """
        async with self._online():
            await self._session()
            while self.config.repeat and not self._stopping:
                await self._session()

    async def _run_session(self) -> None:
        """Connect, boot, authorise, charge, stop and disconnect, once.

        Raises `SimulatorError` with the reason when that cannot be completed.
        """
        async with self._online():
            await self._session()

    def stop(self) -> None:
        """End in an orderly way: a transaction under way is stopped and confirmed first.

        Call it in the event loop that awaits `run`; from elsewhere, `call_soon_threadsafe` it.
        """
        self._stopping = True
        if self._opening:
            self._opening.cancel()
        self.end_transaction("Local")

    @property
    def phase(self) -> Phase:
        """What it is doing now."""
        if not self._running:
            return Phase.OFFLINE
        if not self._station.online:
            return Phase.BOOTING if self._station.connected else Phase.CONNECTING
        return Phase(self.connector.status.lower())

    @property
    def energy_wh(self) -> int:
        """Energy delivered since this simulator was made, in Wh."""
        return self.connector.meter.register_wh - self.config.register_wh

    # --- for `answers`: what the central system can have done ----------------------------------

    def end_transaction(self, reason: str) -> None:
        """Have the transaction under way stopped for `reason`; the first reason holds."""
        transaction = self.connector.transaction
        if transaction and transaction.end_reason is None:
            transaction.end_reason = reason
        self._news.set()

    def take_changes(self) -> None:
        """Look at once at what a call of the central system has changed."""
        self._station.retune()
        self._news.set()
        self.later(self.announce_change())

    def later(self, deed: Coroutine[Any, Any, Any]) -> None:
        """Do something beside the session, such as sending what was triggered."""
        task = asyncio.ensure_future(self._attempt(deed))
        self._deeds.add(task)
        task.add_done_callback(self._deeds.discard)

    async def say(self, action: str, payload: dict[str, Any]) -> None:
        """Send something that may be left out while offline."""
        await self._station.say(action, payload)

    async def announce(self, connector_id: int) -> None:
        """Send the StatusNotification of a connector, or of the charge point as 0."""
        if connector_id == self.connector.number:
            self._announced = status = self.connector.status
        else:
            status = "Available" if self.connector.operative else "Unavailable"
        await self.say("StatusNotification", payloads.status_notification(connector_id, status))

    async def announce_change(self) -> None:
        """Announce our connector when its status is not what was last announced."""
        if self.connector.status != self._announced:
            await self.announce(self.connector.number)

    async def reset(self, *, hard: bool) -> None:
        """Restart. A soft reset ends the transaction first, a hard one when it is back."""
        self.resetting = True
        try:
            self.end_transaction("HardReset" if hard else "SoftReset")
            if not hard:
                await self._idle.wait()
            await self._station.reboot()
            await self._station.wait_online()
        finally:
            self.resetting = False
            self._news.set()

    # --- a session ----------------------------------------------------------------------------

    @asynccontextmanager
    async def _online(self) -> AsyncIterator[None]:
        """Connected and booted; properly offline at the end."""
        if self._running:
            raise RuntimeError(f"{self.config.identity} is already running")
        self._running = self.waiting = True
        try:
            if not self._stopping:
                self._opening = asyncio.create_task(self._station.open())
                try:
                    await self._opening
                except asyncio.CancelledError:
                    if not self._stopping:
                        raise
                finally:
                    self._opening = None
            yield
        finally:
            for task in self._deeds:
                task.cancel()
            await self._station.close()
            self._running = False

    async def _session(self) -> None:
        """One vehicle, and the restart that ended its transaction, if one did."""
        failure = None
        try:
            await self._serve()
        except SimulatorError as error:
            failure = error
        finally:
            self.connector.free()
            self.remote_tag = None
            self.waiting = self.config.repeat and not self._stopping
            self._idle.set()
        await self.announce_change()
        if failure:
            raise failure
        while self.resetting and not self._stopping:
            await self._pause(None)
        self._check()

    async def _serve(self) -> None:
        transaction = None
        while transaction is None:
            driver = await self._driver()
            if driver is None:
                return
            self._idle.clear()
            transaction = await self._begin(*driver)
            if transaction is None:
                self._idle.set()
        await self._deliver(transaction)
        await self._end(transaction)
        self.sessions += 1
        for future in transaction.unconfirmed:
            # They were sent in order: all have their answers before StopTransaction has its own.
            if error := future.exception():
                raise error

    async def _driver(self) -> tuple[str, bool] | None:
        """Wait for a card or a remote start: the tag, and whether to authorise it first.

        None when `stop` comes first.
        """
        self.connector.plugged = self.config.autostart
        self.waiting = True
        presented = asyncio.get_running_loop().time() + (
            self.config.pre_charge_delay_s / self.config.time_scale
        )
        try:
            while not self._stopping:
                self._check()
                await self.announce_change()
                if self.resetting or not self.connector.operative:
                    await self._pause(None)
                elif self.remote_tag is not None:
                    id_tag, self.remote_tag = self.remote_tag, None
                    self.connector.plugged = True
                    self.waiting = False
                    await self.announce_change()
                    return id_tag, self.keys.flag("AuthorizeRemoteTxRequests")
                elif not self.config.autostart:
                    await self._pause(None)
                elif await self._pause(presented - asyncio.get_running_loop().time()):
                    return self.config.rfid, True
        finally:
            self.waiting = False
        return None

    async def _begin(self, id_tag: str, authorize: bool) -> Transaction | None:
        """Authorise and start; a start that is refused is stopped at once as DeAuthorized.

        None when a stop or a reset came before the start.
        """
        if authorize:
            answer = await self._station.ask("Authorize", {"idTag": id_tag})
            status = checks.authorize_answer(answer)
            if status != "Accepted":
                raise SimulatorError(ErrorKind.CARD, f"{id_tag}: {status}")
            if self._stopping or self.resetting:
                return None
        transaction = self.connector.begin(id_tag)
        request = self.connector.start_request(transaction)
        answer = await self._station.keep("StartTransaction", request)
        transaction.id, status = checks.start_answer(answer)
        if status != "Accepted":
            await self._end(transaction, "DeAuthorized")
            raise SimulatorError(ErrorKind.CARD, f"{id_tag}: {status}")
        return transaction

    async def _deliver(self, transaction: Transaction) -> None:
        """Let energy flow until the time is over or something ends the transaction."""
        connector = self.connector
        connector.flow(transaction)
        await self.announce_change()
        sampled_ms = 0
        while transaction.end_reason is None and transaction.metered_ms < connector.whole_ms:
            self._check()
            due_ms = min(
                sampled_ms + (connector.interval_ms or connector.whole_ms), connector.whole_ms
            )
            if not await self._pause(connector.due_s(transaction, due_ms)):
                continue
            connector.catch_up(due_ms)
            if due_ms < connector.whole_ms:
                sampled_ms = due_ms
                self._sample(transaction)
        connector.catch_up()

    def _sample(self, transaction: Transaction) -> None:
        request = self.connector.meter_values_request("Sample.Periodic")
        # What failed stays, to be told at the end.
        transaction.unconfirmed = [
            future for future in transaction.unconfirmed if not future.done() or future.exception()
        ]
        transaction.unconfirmed.append(self._station.keep("MeterValues", request))

    async def _end(self, transaction: Transaction, reason: str = "Local") -> None:
        """Send StopTransaction and wait until it is confirmed."""
        request = self.connector.stop_request(transaction, reason)
        await self._station.keep("StopTransaction", request)
        await self.announce_change()

    # --- small parts --------------------------------------------------------------------------

    def _answer(self, action: str, payload: dict[str, Any]) -> answers.Reply:
        return answers.answer(self, action, payload)

    async def _announce_all(self) -> None:
        for connector_id in range(self.connector.number + 1):
            await self.announce(connector_id)

    async def _pause(self, seconds: float | None) -> bool:
        """Wait so many real seconds; False when news cut it short."""
        try:
            async with asyncio.timeout(None if seconds is None else max(0.0, seconds)):
                await self._news.wait()
        except TimeoutError:
            return True
        self._news.clear()
        return False

    def _check(self) -> None:
        if self._station.failure:
            raise self._station.failure

    async def _attempt(self, deed: Coroutine[Any, Any, Any]) -> None:
        try:
            await deed
        except SimulatorError:
            # The session meets the same failure, and reports it.
            self._news.set()
