"""The server, driven as several charge points, against a model of plain dictionaries.

Hypothesis invents what happens (`Machine`'s rules), and after every step the rows of the database
are compared with `reference.py`, which knows nothing of the product. The server is the ASGI
application in this process with its real writer and database; to kill it is to drop its event
loop, with all that it remembers, wherever it is. (SIGKILL of a process: `tests/test_kill.py`.)
`MODEL_EXAMPLES` makes the proof longer:

    MODEL_EXAMPLES=1000 .venv/bin/python -m pytest ocpp/tests/connection/test_model.py
"""

import asyncio
import json
import os
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from pytest_django import Settings

from accounts.domain import balance
from accounts.models import RFID, Account, Credit, User
from ocpp import store
from ocpp.connection import admission, background
from ocpp.domain import anomalies
from ocpp.models import Charger
from ocpp.tests.connection.reference import CLOCKS, Message, Reference, Row
from ocpp.tests.connection.wire import Wire, settle
from ocpp.writer.group_commit import writer

pytestmark = pytest.mark.usefixtures("both_ways")

EXAMPLES = int(os.environ.get("MODEL_EXAMPLES", "5"))
STEPS = 30
#: Whether a card is asked for, by charge point; credit (Wh) by driver.
STATIONS = {"A": True, "B": True, "C": False}
CREDITS = {"ana": 3_000, "luz": 40_000}
NOBODY = "DEAD0000"

names = st.sampled_from(sorted(STATIONS))
connectors = st.sampled_from([1, 2])
_numbers = count(1)


class Link(Wire):
    """A charge point's end: it rejects what it is asked."""

    async def get(self, timeout_s: float = 10.0) -> Any:
        """The next answer; a call of the server is answered by itself."""
        while True:
            frame = await super().get(timeout_s)
            if frame[0] != 2:
                return frame
            self.put(json.dumps([3, frame[1], {"status": "Rejected"}]))


class Server:
    """The server in this process, which can be killed and started again."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.dead: list[asyncio.AbstractEventLoop] = []
        #: Event loops hold their tasks weakly; one that is collected complains.
        self.remains: list[Any] = []
        self.links: dict[str, Link] = {}

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Let the server work until `work` is done."""
        return self.loop.run_until_complete(work)

    def connect(self, name: str) -> None:
        """A new connection; an older one gives way."""
        old = self.links.pop(name, None)
        self.links[name] = self.run(Link(f"/{name}/").open())
        assert self.links[name].status == 101, self.links[name].refusal
        if old is not None:
            assert self.run(old.closing()) == 1008
            self.run(old.end())

    def drop(self, name: str) -> None:
        """The connection breaks; what was sent is handled."""
        link = self.links.pop(name, None)
        if link is not None:
            self.run(link.end())
            self.run(settle())

    def kill(self) -> None:
        """All that is not in the database is gone."""
        writer.stop()
        self.dead.append(self.loop)
        self.remains += [asyncio.all_tasks(self.loop), dict(self.links)]
        store.sessions.clear()
        admission._by_key.clear()
        background._running.clear()
        anomalies._rarely.clear()
        self.links.clear()
        self.loop = asyncio.new_event_loop()

    def end(self) -> None:
        """Close what is open, and bury the dead."""
        for name in list(self.links):
            self.drop(name)
        for loop in [*self.dead, self.loop]:
            background._running.clear()
            loop.run_until_complete(_bury(asyncio.all_tasks(loop)))
            loop.close()


async def _bury(tasks: "set[asyncio.Task[Any]]") -> None:
    """End what goes on in the event loop, also what its end asks for."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await settle()


class Machine(RuleBasedStateMachine):
    """What may happen."""

    def __init__(self) -> None:
        super().__init__()
        number = next(_numbers)
        self.server = Server()
        self.tags: dict[str, str] = {}
        self.accounts: dict[str, Account] = {}
        self.chargers = {}
        for index, (name, credit_wh) in enumerate(CREDITS.items()):
            user = User.objects.create_user(f"{name}{number}")
            tag = f"{0xE0000000 + 2 * number + index:08X}"
            RFID.objects.create(rfid=tag, user=user)
            self.tags[name] = tag
            self.accounts[tag] = balance.open_account(user)
            Credit.objects.create(account=self.accounts[tag], amount_kwh=Decimal(credit_wh) / 1000)
        for name, asks in STATIONS.items():
            made = Charger.objects.create(charger_id=f"{name}{number}", require_rfid=asks)
            self.chargers[made.pk] = made.charger_id
        self.names = dict(zip(STATIONS, self.chargers.values(), strict=True))
        self.model = Reference(
            {self.names[name]: asks for name, asks in STATIONS.items()},
            {self.tags[name]: credit_wh for name, credit_wh in CREDITS.items()},
            datetime.now(UTC).replace(microsecond=0) - timedelta(days=1),
        )

    def teardown(self) -> None:
        """In the end every charge point tells all that it has kept; the ledger is what flowed."""
        try:
            for name, station in self.model.stations.items():
                while station["queue"]:
                    self.tell(name, 0)
            self.compare()
        finally:
            self.server.end()

    # --- the wire -----------------------------------------------------------------------------

    def link(self, name: str) -> Link:
        if name not in self.server.links:
            self.server.connect(name)
        return self.server.links[name]

    def call(self, name: str, action: str, payload: dict[str, Any]) -> Any:
        link = self.link(name)
        return self.server.run(link.call(action, **payload))

    def tell(self, name: str, position: int) -> None:
        """Send a message of the queue; it leaves the queue when it is acknowledged."""
        queue = self.model.stations[name]["queue"]
        message = queue[position % len(queue)]
        if not self.model.may_send(message):
            message = queue[0]
        sent = self.model.to_send(message)
        self.acknowledged(name, message, sent, self.call(name, message["action"], sent))

    def acknowledged(self, name: str, message: Message, sent: dict[str, Any], answer: Any) -> None:
        wrong = self.model.heard(message, sent, answer)
        assert not wrong, wrong
        self.model.stations[name]["queue"].remove(message)

    def give_up(self, name: str, message: Message) -> None:
        """Nobody answered: a start or a stop is told again, values are not."""
        if message["action"] == "MeterValues":
            self.model.stations[name]["queue"].remove(message)

    def heads(self, *, connected: bool) -> list[tuple[str, Message]]:
        """The first message of each queue."""
        return [
            (name, station["queue"][0])
            for name, station in self.model.stations.items()
            if station["queue"] and (not connected or name in self.server.links)
        ]

    # --- rules: connections ---------------------------------------------------------------------

    @rule(name=names)
    def connect(self, name: str) -> None:
        """Also while it is connected: the older connection gives way."""
        self.server.connect(self.names[name])

    @rule(name=names)
    def drop(self, name: str) -> None:
        self.server.drop(self.names[name])

    @rule(name=names)
    def boot(self, name: str) -> None:
        about = {"chargePointVendor": "V", "chargePointModel": "M"}
        assert self.call(self.names[name], "BootNotification", about)["status"] == "Accepted"

    @rule(name=names, tag=st.sampled_from([*CREDITS, "nobody"]))
    def authorize(self, name: str, tag: str) -> None:
        asked = {"idTag": self.tags.get(tag, NOBODY)}
        status = self.call(self.names[name], "Authorize", asked)["idTagInfo"]["status"]
        if not STATIONS[name]:
            assert status == "Accepted"
        elif tag == "nobody":
            assert status == "Invalid"

    @rule(frames=st.integers(0, 6))
    def kill(self, frames: int) -> None:
        """While messages are on their way; nobody hears what became of them."""
        for name, message in self.heads(connected=True):
            if self.model.may_send(message):
                sent = self.model.to_send(message)
                frame = [2, f"last{next(_numbers)}", message["action"], sent]
                self.server.links[name].put(json.dumps(frame))
                self.give_up(name, message)
        for _ in range(frames):
            self.server.run(asyncio.sleep(0))
        self.server.kill()

    # --- rules: what happens at a charge point ----------------------------------------------------

    @rule(name=names, connector=connectors, tag=st.sampled_from([*CREDITS, "nobody"]))
    def start(self, name: str, connector: int, tag: str) -> None:
        self.model.start(self.names[name], connector, self.tags.get(tag, NOBODY))

    @rule(name=names, connector=connectors, wh=st.integers(0, 900))
    def charge(self, name: str, connector: int, wh: int) -> None:
        self.model.charge(self.names[name], connector, wh)

    @rule(name=names, connector=connectors, wh=st.sampled_from([-900_000, -1, 10**6, 10**8]))
    def lie(self, name: str, connector: int, wh: int) -> None:
        self.model.charge(self.names[name], connector, wh, lie=True)

    @rule(name=names, connector=connectors)
    def stop(self, name: str, connector: int) -> None:
        self.model.stop(self.names[name], connector)

    @rule(name=names, connector=connectors)
    def forget(self, name: str, connector: int) -> None:
        self.model.forget(self.names[name], connector)

    @rule(name=names, clock=st.sampled_from(sorted(CLOCKS)))
    def set_clock(self, name: str, clock: str) -> None:
        self.model.stations[self.names[name]]["clock"] = clock

    # --- rules: what goes over the wire -----------------------------------------------------------

    @rule(name=names, many=st.integers(1, 4))
    def deliver(self, name: str, many: int) -> None:
        """In order."""
        for _ in range(many):
            if self.model.stations[self.names[name]]["queue"]:
                self.tell(self.names[name], 0)

    @rule(name=names, position=st.integers(0, 9))
    def reorder(self, name: str, position: int) -> None:
        if self.model.stations[self.names[name]]["queue"]:
            self.tell(self.names[name], position)

    @rule()
    def deliver_at_once(self) -> None:
        """All charge points at the same moment, in the same batch of the writer."""
        heads = [(name, one) for name, one in self.heads(connected=False)]
        told = [(name, one, self.model.to_send(one)) for name, one in heads]
        links = [self.link(name) for name, _, _ in told]

        async def all_of_them() -> list[Any]:
            return await asyncio.gather(
                *(
                    link.call(one["action"], **sent)
                    for link, (_, one, sent) in zip(links, told, strict=True)
                )
            )

        for (name, one, sent), answer in zip(told, self.server.run(all_of_them()), strict=True):
            self.acknowledged(name, one, sent, answer)

    @rule(name=names)
    def deliver_unheard(self, name: str) -> None:
        """The server handles it, and the connection breaks before the answer."""
        queue = self.model.stations[self.names[name]]["queue"]
        if queue and self.model.may_send(queue[0]):
            message, link = queue[0], self.link(self.names[name])
            sent = self.model.to_send(message)
            link.put(json.dumps([2, f"lost{next(_numbers)}", message["action"], sent]))
            self.server.drop(self.names[name])
            self.give_up(self.names[name], message)

    @rule(pick=st.integers(0, 50))
    def repeat(self, pick: int) -> None:
        """A start and a stop that were acknowledged, once more: nothing changes."""
        told = [one for one in self.model.sessions.values() if one["number"] is not None]
        if not told:
            return
        one = told[pick % len(told)]
        name, connector, tag, meter, time = one["key"]
        start = {"connectorId": connector, "idTag": tag, "meterStart": meter, "timestamp": time}
        answer = self.call(name, "StartTransaction", start)
        assert answer["transactionId"] == one["number"]
        assert answer["idTagInfo"]["status"] == one["status"]
        if one["stop_sure"]:
            again = {**one["stop"], "transactionId": one["number"]}
            assert "idTagInfo" in self.call(name, "StopTransaction", again)

    @rule(pick=st.integers(0, 50), meter=st.sampled_from([0, 1_000_000, 10**9]))
    def second_stop(self, pick: int, meter: int) -> None:
        """Another stop of what has ended: the first one counts."""
        ended = [one for one in self.model.sessions.values() if one["stop_sure"]]
        if ended:
            one = ended[pick % len(ended)]
            stop = {
                "transactionId": one["number"],
                "meterStop": meter,
                "timestamp": self.model.time(one["key"][0]),
            }
            assert isinstance(self.call(one["key"][0], "StopTransaction", stop), dict)

    @rule(name=names, pick=st.integers(0, 50))
    def foreign_stop(self, name: str, pick: int) -> None:
        """A stop, and values, of another charge point's transaction."""
        station = self.names[name]
        others = [
            one
            for key, one in self.model.sessions.items()
            if one["number"] is not None and key[0] != station
        ]
        if others:
            number = others[pick % len(others)]["number"]
            stop = {"transactionId": number, "meterStop": 0, "timestamp": self.model.time(station)}
            # It is confirmed, and ends nothing.
            assert isinstance(self.call(station, "StopTransaction", stop), dict)
            time = self.model.time(station)
            sampled = [{"value": "50", "measurand": "SoC"}]
            values = {
                "connectorId": 1,
                "transactionId": number,
                "meterValue": [{"timestamp": time, "sampledValue": sampled}],
            }
            assert self.call(station, "MeterValues", values) == {}

    # --- what must hold -----------------------------------------------------------------------

    @invariant()
    def compare(self) -> None:
        """Everything in the database is as the model says."""
        wrong = self.model.faults(self.transactions(), self.markers(), self.balances())
        assert not wrong, "\n".join(wrong)

    def query(self, sql: str) -> list[Row]:
        """Rows of this example's charge points, read in plain SQL."""
        marks = ", ".join(["%s"] * len(self.chargers))
        with connection.cursor() as cursor:
            cursor.execute(f"{sql} WHERE t.charger_id IN ({marks})", list(self.chargers))
            columns = [column[0] for column in cursor.description]
            return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]

    def transactions(self) -> list[Row]:
        rows = self.query(
            "SELECT t.id AS number, t.charger_id, t.connector_id, t.id_tag, t.meter_start,"
            " t.start_raw, t.state, t.meter_stop, t.energy_wh AS energy, t.billed_wh AS billed,"
            " t.held_wh AS held, t.needs_review, t.account_id, t.stop_raw, t.start_time,"
            " t.start_received, t.stop_time, t.stop_received FROM ocpp_transaction t"
        )
        tags = {account.pk: tag for tag, account in self.accounts.items()}
        for row in rows:
            row["key"] = (
                self.chargers[row["charger_id"]],
                *(row[name] for name in ("connector_id", "id_tag", "meter_start", "start_raw")),
            )
            row["account"] = tags.get(row["account_id"])
            row["needs_review"] = bool(row["needs_review"])
            for name in ("start_time", "start_received", "stop_time", "stop_received"):
                row[name] = _moment(row[name])
            row["seen_at"] = datetime.now(UTC)
        return rows

    def markers(self) -> list[Row]:
        rows = self.query(
            "SELECT t.charger_id, t.measurand, t.value, t.transaction_id AS number"
            " FROM ocpp_meterreading t"
        )
        return [
            {
                "marker": int(row["value"]),
                "station": self.chargers[row["charger_id"]],
                "number": row["number"],
            }
            for row in rows
            if row["measurand"] == "Frequency"
        ]

    def balances(self) -> dict[str, Row]:
        """What the product tells of the accounts."""
        found = {}
        for tag, account in self.accounts.items():
            account.refresh_from_db()
            told = balance.of(account)
            assert account.balance_kwh + account.total_kwh_spent == account.credits_kwh
            found[tag] = {
                "settled": account.settled_wh,
                "credit": told.credits_wh,
                "spent": told.spent_wh,
                "held": told.held_wh,
                "balance": told.balance_wh,
                "available": told.available_wh,
            }
        return found


def _moment(value: Any) -> datetime | None:
    """A time as either database's client gives it."""
    if value is None or isinstance(value, datetime):
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)
    return datetime.fromisoformat(value).replace(tzinfo=UTC)


@pytest.fixture(autouse=True)
def small_holds(settings: Settings) -> None:
    settings.OCPP_HOLD_WH = 1000
    settings.OCPP_HOLD_MARGIN_WH = 100
    settings.OCPP_MESSAGES_A_SECOND = 0


def test_the_ledger_is_what_the_model_says() -> None:
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
