"""Charge points for fault tests, and the ledger of what was sent, answered and acknowledged.

Each has one connection, for the whole test: that it is never closed is part of the promises.
Stations live one session after another; what is answered with InternalError is sent again, as
charge points do, until it is acknowledged. Beside them others send nothing but heartbeats.
"""

import asyncio
import json
import random
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any, NamedTuple

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.support.databases import Database
from tests.support.server import ServerProcess

#: A charge point gets an answer within this time, whatever has happened (s).
ANSWER_S = 8.0
#: Again, everything is acknowledged within this time of the end of a fault (s).
RECOVERY_S = 10.0
#: How long something may be waited for (s): the long forms are long.
LIMIT_S = 60.0
#: Between two messages of a charge point, and before one that was refused is sent again (s).
PACE_S = 0.02
AGAIN_S = 0.2
#: Registers of different stations never meet (Wh).
APART = 10**7
READINGS = 4
STATIONS = 6
HEARTS = 3


class Answer(NamedTuple):
    """How a call was answered."""

    asked: float
    took_s: float
    action: str
    #: "" for a CALLRESULT, else the code of the CALLERROR.
    error: str


class ChargePoint:
    """One connection, and the calls on it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.answers: list[Answer] = []
        self.closed: list[str] = []
        self.connected = asyncio.Event()
        self._ids = count(1)
        self._wire: ClientConnection | None = None

    async def live(self, url: str, stopping: asyncio.Event) -> None:
        """Connect once, and work until the end."""
        try:
            async with connect(
                f"{url}/{self.name}", subprotocols=[Subprotocol("ocpp1.6")], compression=None
            ) as self._wire:
                boot = {"chargePointVendor": "V", "chargePointModel": "M"}
                await self.until_acknowledged("BootNotification", boot)
                self.connected.set()
                while not stopping.is_set():
                    await self.step()
                    await asyncio.sleep(PACE_S)
        except ConnectionClosed as closed:
            self.closed.append(str(closed))

    async def step(self) -> None:
        """Say one thing."""
        await self.call("Heartbeat", {})
        await asyncio.sleep(AGAIN_S)

    async def call(self, action: str, payload: dict[str, Any]) -> dict[str, Any] | None:
        """The payload of the answer; None for InternalError, after which one asks again."""
        assert self._wire is not None
        number = f"{self.name}-{next(self._ids)}"
        asked = time.monotonic()
        await self._wire.send(json.dumps([2, number, action, payload]))
        async with asyncio.timeout(LIMIT_S):
            answer = json.loads(await self._wire.recv())
        took = time.monotonic() - asked
        assert answer[1] == number, answer
        error = "" if answer[0] == 3 else answer[2]
        self.answers.append(Answer(asked, took, action, error))
        if error:
            assert error == "InternalError", answer
            return None
        result: dict[str, Any] = answer[2]
        return result

    async def until_acknowledged(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Call, again and again, until there is a CALLRESULT."""
        while True:
            answer = await self.call(action, payload)
            if answer is not None:
                return answer
            await asyncio.sleep(AGAIN_S)


class Station(ChargePoint):
    """One that lives one session after another, on the card of its own driver."""

    def __init__(self, index: int) -> None:
        super().__init__(f"FAULT{index}")
        self.index = index
        self.register = index * APART
        #: Acknowledged readings, sessions by their start, and the energy of those that ended.
        self.readings: list[int] = []
        self.begun: dict[int, int] = {}
        self.ended: dict[int, int] = {}
        self._session = self._sessions()

    async def step(self) -> None:
        """The next message of the session."""
        await anext(self._session)

    async def _sessions(self) -> AsyncIterator[None]:
        while True:
            begin = self.register
            start = {"connectorId": 1, "idTag": card_of(self.index), "meterStart": begin}
            told = await self.until_acknowledged("StartTransaction", {**start, "timestamp": now()})
            assert told["idTagInfo"]["status"] == "Accepted", told
            number: int = told["transactionId"]
            self.begun[begin] = number
            yield
            for _ in range(random.randint(1, READINGS)):  # noqa: S311  (no secret)
                await self._read(number)
                yield
            self.register += 1
            stop = {"transactionId": number, "meterStop": self.register, "timestamp": now()}
            await self.until_acknowledged("StopTransaction", stop)
            self.ended[number] = self.register - begin
            self.register += 1
            yield

    async def _read(self, transaction: int) -> None:
        self.register += 1
        sampled = [{"value": str(self.register), "measurand": "Energy.Active.Import.Register"}]
        values = [{"timestamp": now(), "sampledValue": sampled}]
        message = {"connectorId": 1, "transactionId": transaction, "meterValue": values}
        await self.until_acknowledged("MeterValues", message)
        self.readings.append(self.register)


class Load:
    """All charge points of a test."""

    def __init__(self, stations: int, hearts: int) -> None:
        self.stations = [Station(index) for index in range(1, stations + 1)]
        self.hearts = [ChargePoint(f"HEART{index}") for index in range(1, hearts + 1)]
        self.points: list[ChargePoint] = [*self.stations, *self.hearts]

    def answers(self, since: float = 0.0) -> list[Answer]:
        """All answers to what was asked from `since` on."""
        return [each for point in self.points for each in point.answers if each.asked >= since]

    async def all_end(self, since: float) -> None:
        """Wait until each station had the end of a session acknowledged that it told since then."""
        await self.all_hear(lambda a: not a.error and a.action == "StopTransaction", since)

    async def all_hear(self, what: Callable[[Answer], bool], since: float) -> float:
        """Wait until each station has such an answer to a call since then; how long it took (s)."""
        async with asyncio.timeout(LIMIT_S):
            for station in self.stations:
                while not any(a.asked >= since and what(a) for a in reversed(station.answers)):
                    assert not station.closed, station.closed
                    await asyncio.sleep(0.01)  # between two looks
        return time.monotonic() - since

    async def refused(self, since: float, stations: int) -> float:
        """Wait until so many stations were refused with InternalError; how long it took (s)."""
        async with asyncio.timeout(LIMIT_S):
            while True:
                if sum(_was_refused(station, since) for station in self.stations) >= stations:
                    return time.monotonic() - since
                await asyncio.sleep(0.01)  # between two looks

    async def all_acknowledged(self, since: float) -> float:
        """Wait until each station had something acknowledged that it asked since then."""
        return await self.all_hear(lambda answer: not answer.error, since)

    def check_answers(self) -> None:
        """No answer took longer than a charge point waits, no heartbeat failed, nobody was cut."""
        assert [point.closed for point in self.points] == [[]] * len(self.points)
        slow = [answer for answer in self.answers() if answer.took_s > ANSWER_S]
        assert not slow, slow
        hearts = [answer for point in self.hearts for answer in point.answers]
        assert not [answer for answer in hearts if answer.error]

    def figures(self, since: float, until: float) -> str:
        """What happened to the calls that were made in between, in words for the report."""
        during = [answer for answer in self.answers(since) if answer.asked < until]
        beats = [answer.took_s for answer in during if answer.action == "Heartbeat"]
        took = [answer.took_s for answer in during if answer.action != "Heartbeat"]
        errors = sum(bool(answer.error) for answer in during)
        return (
            f"{len(took)} calls, {errors} answered InternalError, slowest"
            f" {max(took, default=0):.1f} s; {len(beats)} heartbeats answered, median "
            f"{statistics.median(beats or [0]):.2f} s, slowest {max(beats, default=0):.1f} s"
        )


@asynccontextmanager
async def load(url: str, stations: int = STATIONS, hearts: int = HEARTS) -> AsyncIterator[Load]:
    """So many charge points at work; they have ended their last call when the block has."""
    stopping = asyncio.Event()
    made = Load(stations, hearts)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(point.live(url, stopping)) for point in made.points]
        try:
            async with asyncio.timeout(LIMIT_S):
                for point in made.points:
                    await point.connected.wait()
            await made.all_acknowledged(time.monotonic())
            yield made
            async with asyncio.timeout(LIMIT_S):
                stopping.set()
                await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()


def _was_refused(station: Station, since: float) -> bool:
    """Whether it heard an InternalError since then, also to what it had asked before."""
    return any(each.error and each.asked + each.took_s >= since for each in station.answers)


def card_of(index: int) -> str:
    """The card of a station's driver."""
    return f"{0xFA000000 + index:08X}"


def provide(server: ServerProcess, stations: int = STATIONS) -> None:
    """A driver with a card and credit for each station, which asks for one."""
    server.shell(
        f"""
from accounts.domain.balance import open_account
from accounts.models import RFID, Credit, User
from ocpp.models import Charger
for index in range(1, {stations} + 1):
    user = User.objects.create_user(f"driver{{index}}")
    RFID.objects.create(rfid=f"{{0xFA000000 + index:08X}}", user=user)
    Credit.objects.create(account=open_account(user), amount_kwh=100_000)
    Charger.objects.create(charger_id=f"FAULT{{index}}", require_rfid=True)
"""
    )


def check_ledger(database: Database, made: Load) -> str:
    """Nothing that was acknowledged is lost, and no energy counts twice; says what was compared.

    Read with the database's own client.
    """
    rows = database.query("SELECT DISTINCT value FROM ocpp_meterreading")
    stored = {int(value) for (value,) in rows}
    told = {number for station in made.stations for number in station.readings}
    assert len(told) > len(made.stations)
    assert not told - stored, f"lost: {sorted(told - stored)[:10]}"

    rows = database.query(
        "SELECT id, meter_start, state, energy_wh, billed_wh FROM ocpp_transaction"
    )
    _check_transactions(rows, made.stations)
    settled = dict(
        database.query(
            "SELECT u.username, a.settled_wh FROM accounts_account a"
            " JOIN accounts_user u ON u.id = a.user_id WHERE u.username LIKE 'driver%%'"
        )
    )
    for station in made.stations:
        assert settled[f"driver{station.index}"] == sum(station.ended.values()), station.name
    ended = sum(len(station.ended) for station in made.stations)
    return f"{len(told)} readings, {ended} finished sessions: none lost, no energy counted twice"


def _check_transactions(rows: list[tuple[Any, ...]], stations: Iterable[Station]) -> None:
    starts = Counter(start for _, start, *_ in rows)
    assert not [start for start, times in starts.items() if times > 1]
    found = {start: number for number, start, *_ in rows}
    states = {number: rest for number, _, *rest in rows}
    for station in stations:
        assert found.items() >= station.begun.items()
        assert station.ended
        for number, energy in station.ended.items():
            assert states[number] == ["completed", energy, energy]


def now() -> str:
    """The time as charge points write it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
