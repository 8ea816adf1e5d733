"""Charge points that keep a ledger of what they sent and of what was acknowledged.

    python -I kill_load.py URL LEDGER STATIONS

Nothing of the project is imported. Each station connects, again and again when the server dies,
and lives one session after another. Every reading has a number of its own and is sent once, also
when nobody acknowledges it; a start or a stop of a transaction is sent, with the same content but
another message id, until it is acknowledged, and now and then once more after that. Between its own
messages a station tells that a transaction of another one has stopped, which is not for it to say.
It ends at the end of its input. Lines of the ledger:

    S station register          a reading is about to be sent
    A station register          it was acknowledged
    B station register          a transaction is about to begin at this register
    T station register id       that beginning was acknowledged, as this transaction
    P station id energy         its end is about to be told, with this energy in Wh
    E station id energy         that end was acknowledged
    F station id                a stop of this transaction, of another station, was acknowledged
    X what                      a CALLERROR, or an answer that differs from the one before
"""

import asyncio
import json
import random
import sys
from datetime import UTC, datetime
from itertools import count
from typing import Any, TextIO

import websockets

#: Registers of different stations never meet (Wh).
APART = 10**9
CALL_LIMIT_S = 20
#: Readings of a session at most: starts and stops are no small part of the load.
READINGS = 12
#: One acknowledged start or stop in so many is told again, and one reading in so many is followed
#: by a stop of another station's transaction.
AGAIN = 5
SUBPROTOCOL = websockets.Subprotocol("ocpp1.6")
RECONNECT_S = 0.05


class RefusedError(Exception):
    """The server answered with a CALLERROR."""


class Station:
    """One charge point, which outlives its connections."""

    def __init__(self, index: int, ledger: TextIO, stopping: asyncio.Event) -> None:
        self.index = index
        self.ledger = ledger
        self.stopping = stopping
        self.register = index * APART
        self.ids = count(1)
        self.start: dict[str, Any] | None = None
        self.transaction_id: int | None = None
        self.readings_left = 0
        self.stop: dict[str, Any] | None = None
        self.socket: Any = None
        #: A start and its answer, or a stop, to be told once more though it was acknowledged.
        self.again: tuple[str, dict[str, Any], int | None] | None = None

    def note(self, *words: object) -> None:
        """Write a line of the ledger, so that it outlives this process too."""
        print(*words, file=self.ledger, flush=True)

    async def live(self, url: str) -> None:
        """Connect and work until the end."""
        while not self.stopping.is_set():
            try:
                async with websockets.connect(
                    f"{url}/KILL{self.index}", subprotocols=[SUBPROTOCOL], compression=None
                ) as self.socket:
                    await self.call(
                        "BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"}
                    )
                    while not self.stopping.is_set():
                        await self.step()
            except RefusedError as error:
                self.note("X", error)
            except (OSError, TimeoutError, websockets.WebSocketException):
                await asyncio.sleep(RECONNECT_S)

    async def call(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """The payload of the answer. Raises RefusedError."""
        number = f"{self.index}-{next(self.ids)}"
        await self.socket.send(json.dumps([2, number, action, payload]))
        async with asyncio.timeout(CALL_LIMIT_S):
            answer = json.loads(await self.socket.recv())
        assert answer[1] == number, answer
        if answer[0] != 3:
            raise RefusedError(f"{answer[2]} {answer[3]}")
        result: dict[str, Any] = answer[2]
        return result

    async def step(self) -> None:
        """The next message of the current session."""
        if self.again is not None:
            await self.repeat()
        elif self.start is None or self.transaction_id is None:
            await self.tell_start()
        elif self.readings_left:
            self.readings_left -= 1
            await self.send_reading()
            if one_in(AGAIN):
                await self.stop_another()
        else:
            await self.end()

    async def tell_start(self) -> None:
        """Begin a session, unless one has begun, and ask for its number."""
        if self.start is None:
            self.begin()
        assert self.start is not None
        answer = await self.call("StartTransaction", self.start)
        if answer["idTagInfo"]["status"] != "Accepted":
            self.note("X", answer)
        number: int = answer["transactionId"]
        self.transaction_id = number
        self.note("T", self.index, self.start["meterStart"], number)
        if one_in(AGAIN):
            self.again = ("StartTransaction", self.start, number)

    async def repeat(self) -> None:
        """Tell a start or a stop again: the answer is the one that came before."""
        assert self.again is not None
        action, payload, number = self.again
        answer = await self.call(action, payload)
        if answer.get("transactionId") != number:
            self.note("X", action, "again:", answer, "and not", number)
        self.again = None

    async def stop_another(self) -> None:
        """Tell the stop of a transaction that is probably another station's."""
        assert self.transaction_id is not None
        number = self.transaction_id + random.choice((-2, -1, 1, 2))  # noqa: S311  (no secret)
        stop = {"transactionId": number, "meterStop": 0, "timestamp": now()}
        await self.call("StopTransaction", stop)
        self.note("F", self.index, number)

    def begin(self) -> None:
        """Make up the next session; until its end is acknowledged it stays as it is."""
        self.start = {
            "connectorId": 1,
            "idTag": f"{0xABCD0000 + self.index:08X}",
            "meterStart": self.register,
            "timestamp": now(),
        }
        self.readings_left = random.randint(0, READINGS)  # noqa: S311  (no secret)
        self.note("B", self.index, self.register)

    async def send_reading(self) -> None:
        """Send the next number, once."""
        self.register += 1
        number = self.register
        self.note("S", self.index, number)
        sampled = [{"value": str(number), "measurand": "Energy.Active.Import.Register"}]
        await self.call(
            "MeterValues",
            {
                "connectorId": 1,
                "transactionId": self.transaction_id,
                "meterValue": [{"timestamp": now(), "sampledValue": sampled}],
            },
        )
        self.note("A", self.index, number)

    async def end(self) -> None:
        """End the transaction; the register moves on, so that every start has its own."""
        assert self.start is not None
        if self.stop is None:
            self.register += 1
            self.stop = {
                "transactionId": self.transaction_id,
                "meterStop": self.register,
                "timestamp": now(),
            }
        energy = self.register - self.start["meterStart"]
        self.note("P", self.index, self.transaction_id, energy)
        await self.call("StopTransaction", self.stop)
        self.note("E", self.index, self.transaction_id, energy)
        if one_in(AGAIN):
            self.again = ("StopTransaction", self.stop, None)
        self.register += 1
        self.start = self.stop = self.transaction_id = None


def one_in(times: int) -> bool:
    """True once in so many times, by chance."""
    return random.randrange(times) == 0  # noqa: S311  (no secret)


def now() -> str:
    """The time as charge points write it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def main(url: str, path: str, stations: int) -> None:
    """Let the stations live until the end of the input."""
    stopping = asyncio.Event()
    with open(path, "a", encoding="ascii") as ledger:  # noqa: ASYNC230  (before anything runs)
        lives = asyncio.gather(
            *(Station(index, ledger, stopping).live(url) for index in range(1, stations + 1))
        )
        ending = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
        await asyncio.wait([lives, ending], return_when=asyncio.FIRST_COMPLETED)
        stopping.set()
        await lives


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
