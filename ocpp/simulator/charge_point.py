"""The simulated charge point: its sessions, and what it does when it is told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from ocpp.simulator import checks
from ocpp.simulator.connector import Transaction
from ocpp.simulator.equipment import Equipment
from ocpp.simulator.errors import ErrorKind, SimulatorError
from ocpp.simulator.phase import Phase


class ChargePointSimulator(Equipment):
    """One charge point after its `config`, driven by `run` or `_run_session`.

    Everything happens in the event loop that awaits those, and without a thread of its own.
    A stopped one stays stopped: make another. The attributes may be read at any time.
    """

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
            self.remote_tag = self.remote_profile = None
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
                elif self.remote_tag is None and not self.may_charge(self.config.rfid):
                    # Another vehicle is expected: ours stands aside.
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

        None when a stop or a reset came before the start, or the connector is kept for another.
        """
        locally = self._known_here(id_tag)
        parent = self.local_list.parent(id_tag)
        if authorize and not locally:
            status, parent = checks.authorize_answer(
                await self._station.ask("Authorize", {"idTag": id_tag})
            )
            if status != "Accepted":
                raise SimulatorError(ErrorKind.CARD, f"{id_tag}: {status}")
            if self._stopping or self.resetting:
                return None
        standing = self.connector.reservation
        if standing and not standing.admits(id_tag, parent):
            return None
        transaction = self.connector.begin(id_tag)
        confirmation = self._station.keep(
            "StartTransaction", self.connector.start_request(transaction)
        )
        if locally and not self._station.online:
            # Energy flows now; the central system learns of it later (OCPP 1.6, 3.5 and 4.8).
            transaction.confirmation = confirmation
            confirmation.add_done_callback(lambda _: self._news.set())
            return transaction
        await self._confirm(transaction, confirmation)
        return transaction

    def _known_here(self, id_tag: str) -> bool:
        """Whether the local list lets the card charge without asking (OCPP 1.6, 3.5.2)."""
        online = self._station.online
        key = "LocalPreAuthorize" if online else "LocalAuthorizeOffline"
        if not (self.keys.flag("LocalAuthListEnabled") and self.keys.flag(key)):
            return False
        status = self.local_list.status(id_tag)
        if status not in (None, "Accepted") and not online:
            raise SimulatorError(ErrorKind.CARD, f"{id_tag}: {status}")
        return status == "Accepted"

    async def _confirm(
        self, transaction: Transaction, confirmation: "asyncio.Future[dict[str, Any]]"
    ) -> None:
        """Take the number of a transaction; one that is refused ends."""
        transaction.id, status = checks.start_answer(await confirmation)
        transaction.confirmation = None
        if self.remote_profile:
            self.connector.profiles.install(self.remote_profile, transaction.id)
            self.remote_profile = None
        if status != "Accepted":
            await self._end(transaction, "DeAuthorized")
            raise SimulatorError(ErrorKind.CARD, f"{transaction.id_tag}: {status}")

    async def _deliver(self, transaction: Transaction) -> None:
        """Let energy flow until the time is over or something ends the transaction."""
        connector = self.connector
        connector.flow(transaction)
        await self.announce_change()
        sampled_ms = 0
        while transaction.end_reason is None and transaction.metered_ms < connector.whole_ms:
            self._check()
            if transaction.confirmation and transaction.confirmation.done():
                await self._confirm(transaction, transaction.confirmation)
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
        if transaction.confirmation:
            transaction.end_reason = transaction.end_reason or reason
            await self._confirm(transaction, transaction.confirmation)
        request = self.connector.stop_request(transaction, reason)
        await self._station.keep("StopTransaction", request)
        await self.announce_change()

    # --- small parts --------------------------------------------------------------------------

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
