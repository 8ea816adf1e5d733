"""What a simulated charge point is made of, and what the central system can have done to it."""

import asyncio
import ssl as tls
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any

from ocpp.simulator import answers, payloads
from ocpp.simulator.access import Access
from ocpp.simulator.charging import Profile
from ocpp.simulator.config import SimulatorConfig
from ocpp.simulator.connector import Connector
from ocpp.simulator.errors import SimulatorError
from ocpp.simulator.files import Files
from ocpp.simulator.keys import Keys
from ocpp.simulator.link import Counters
from ocpp.simulator.local_list import LocalList
from ocpp.simulator.reservations import Reservation
from ocpp.simulator.station import Station
from ocpp.simulator.trust import Trust


class Equipment:
    """The parts of one charge point; `ChargePointSimulator` drives them."""

    def __init__(self, config: SimulatorConfig) -> None:
        self.config = config
        self.counters = Counters()
        self.trust = Trust(config.identity)
        self._access = Access(config, self.trust)
        self.keys = Keys(config.interval_s, connectors=config.connector_id, access=self._access)
        self.local_list = LocalList()
        self.connector = Connector(config, self.keys)
        #: Sessions completed: the card was accepted, the StopTransaction is confirmed.
        self.sessions = 0
        #: Whether a RemoteStartTransaction can be taken, and the tag of one that was.
        self.waiting = False
        self.remote_tag: str | None = None
        self.remote_profile: Profile | None = None
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
            *(config, self.keys, self.counters, self._answer, self._announce_all, self._news.set),
            access=self._access,
        )
        self.files = Files(self)
        self._opening: asyncio.Task[None] | None = None
        self._deeds: set[asyncio.Task[None]] = set()

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

    def later(self, deed: Coroutine[Any, Any, Any]) -> "asyncio.Task[None]":
        """Do something beside the session, such as sending what was triggered."""
        task = asyncio.ensure_future(self._attempt(deed))
        self._deeds.add(task)
        task.add_done_callback(self._deeds.discard)
        return task

    def tell(self, event: str) -> None:
        """Send a SecurityEventNotification (Security Whitepaper, A04) and remember it."""
        self.files.note("SecurityLog", event)
        payload = {"type": event, "timestamp": payloads.stamp()}
        self.later(self.say("SecurityEventNotification", payload))

    def boot_request(self) -> dict[str, Any]:
        """BootNotification.req as it is now."""
        return payloads.boot(self.config, self._station.firmware)

    @property
    def firmware(self) -> str:
        """What it says that it runs; a new one is told at the next boot."""
        return self._station.firmware

    @firmware.setter
    def firmware(self, version: str) -> None:
        self._station.firmware = version

    def file_context(self) -> tls.SSLContext | None:
        """TLS for files, where the connection has TLS of its own."""
        return self._access.context() if self._access.profile >= 2 else None

    def may_charge(self, id_tag: str) -> bool:
        """Whether the reservation, if there is one, lets this card try."""
        standing = self.connector.reservation
        return standing is None or standing.may_admit(id_tag)

    async def hold(self, reservation: Reservation) -> None:
        """Announce a reservation, and its end when it expires."""
        self.take_changes()
        left_s = (reservation.expires - datetime.now(UTC)).total_seconds()
        await asyncio.sleep(max(0.0, left_s))
        self.take_changes()

    async def reconnect(self) -> None:
        """Leave the connection for one after the present security profile."""
        await self._station.reconnect()

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

    def _answer(self, action: str, payload: dict[str, Any]) -> answers.Reply:
        return answers.answer(self, action, payload)

    async def _announce_all(self) -> None:
        for connector_id in range(self.connector.number + 1):
            await self.announce(connector_id)

    async def _attempt(self, deed: Coroutine[Any, Any, Any]) -> None:
        try:
            await deed
        except SimulatorError:
            # The session meets the same failure, and reports it.
            self._news.set()
