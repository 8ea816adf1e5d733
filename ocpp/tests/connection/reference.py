"""What the ledger should be: plain dictionaries, that know nothing of the product.

Charge points are kept here as a person would draw them: meters that count, a clock, and a queue of
messages that were not acknowledged yet. `faults` compares that with rows of the database.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

#: What a connector can deliver at most (W), and what clocks and meters are forgiven.
POWER_W, GRACE_S, TOLERANCE = 400_000, 900, 1.1
TICK = timedelta(minutes=1)
CLOCKS: dict[str, timedelta | None] = {
    "right": timedelta(),
    "ahead": timedelta(hours=27),
    "behind": timedelta(days=-9),
    "1970": timedelta(days=-365 * 56),
    "without zone": timedelta(hours=-1),
    "broken": None,
}

Message = dict[str, Any]
Session = dict[str, Any]
Row = dict[str, Any]


class Reference:
    """Charge points, their sessions, and the accounts that pay for them."""

    def __init__(
        self, stations: dict[str, bool], accounts: dict[str, int], begin: datetime
    ) -> None:
        """`stations`: whether a card is asked for; `accounts`: credit (Wh) by id tag."""
        self.begin = begin
        self.accounts = dict(accounts)
        self.stations: dict[str, dict[str, Any]] = {
            name: {
                "asks": asks,
                "clock": "right",
                "ticks": 0,
                "queue": [],
                "meters": {1: 1_000_000, 2: 1_000_500},
                "running": {1: None, 2: None},
            }
            for name, asks in stations.items()
        }
        #: By (station, connector, tag, meter, time): what makes a start the same start.
        self.sessions: dict[tuple[Any, ...], Session] = {}
        self.readings: dict[int, dict[str, Any]] = {}
        #: By session: the hold that was last seen.
        self.holds: dict[tuple[Any, ...], int] = {}

    # --- what happens at a charge point ----------------------------------------------------------

    def time(self, name: str) -> str:
        """The next time by a charge point's clock, as it writes it."""
        station = self.stations[name]
        station["ticks"] += 1
        offset = CLOCKS[station["clock"]]
        if offset is None:
            return f"no time {station['ticks']}"
        moment = self.begin + offset + station["ticks"] * TICK
        zone = "" if station["clock"] == "without zone" else "Z"
        return moment.strftime("%Y-%m-%dT%H:%M:%S") + zone

    def start(self, name: str, connector: int, tag: str) -> None:
        """A session begins, if none runs on the connector."""
        station = self.stations[name]
        if station["running"][connector] is not None:
            return
        meter, time = station["meters"][connector], self.time(name)
        key = (name, connector, tag, meter, time)
        self.sessions[key] = {
            "key": key,
            "number": None,
            "status": None,
            "honest": True,
            "start_sent": False,
            "seen": [],
            "stop": None,
            "stop_sent": False,
            "stop_sure": False,
            "after_loss": False,
        }
        station["running"][connector] = key
        payload = {"connectorId": connector, "idTag": tag, "meterStart": meter, "timestamp": time}
        station["queue"].append({"action": "StartTransaction", "payload": payload, "key": key})

    def charge(self, name: str, connector: int, wh: int, *, lie: bool = False) -> None:
        """Energy flows, and the meter tells."""
        station = self.stations[name]
        station["meters"][connector] += wh
        key = station["running"][connector]
        if key is None:
            return
        if lie:
            self.sessions[key]["honest"] = False
        marker = len(self.readings) + 1
        register = station["meters"][connector]
        self.readings[marker] = {"key": key, "register": register, "sent": False, "sure": False}
        sampled = [
            {"value": str(register)},
            {"value": str(marker), "measurand": "Frequency"},
        ]
        payload = {
            "connectorId": connector,
            "meterValue": [{"timestamp": self.time(name), "sampledValue": sampled}],
        }
        station["queue"].append(
            {"action": "MeterValues", "payload": payload, "key": key, "marker": marker}
        )

    def stop(self, name: str, connector: int) -> None:
        """The session ends."""
        station = self.stations[name]
        key = station["running"][connector]
        if key is None:
            return
        stop = {
            "idTag": key[2],
            "meterStop": station["meters"][connector],
            "timestamp": self.time(name),
        }
        self.sessions[key]["stop"] = stop
        station["running"][connector] = None
        station["queue"].append({"action": "StopTransaction", "payload": stop, "key": key})

    def forget(self, name: str, connector: int) -> None:
        """Power fails: the charge point will never tell the end of the session."""
        self.stations[name]["running"][connector] = None

    # --- what goes over the wire -----------------------------------------------------------------

    def may_send(self, message: Message) -> bool:
        """An end is told after its beginning, whether or not that was heard."""
        return message["action"] != "StopTransaction" or self.sessions[message["key"]]["start_sent"]

    def to_send(self, message: Message) -> dict[str, Any]:
        """The payload, with the number of the transaction as far as it is known."""
        session, action = self.sessions[message["key"]], message["action"]
        if action == "StartTransaction":
            session["start_sent"] = True
            return dict(message["payload"])
        payload = dict(message["payload"])
        if action == "StopTransaction":
            session["stop_sent"] = True
            payload["transactionId"] = -1 if session["number"] is None else session["number"]
        else:
            self.readings[message["marker"]]["sent"] = True
            if session["number"] is not None:
                payload["transactionId"] = session["number"]
                self.readings[message["marker"]]["numbered"] = True
        return payload

    def heard(self, message: Message, sent: dict[str, Any], answer: Any) -> str:
        """The answer has come. Returns what is wrong with it, or ""."""
        if not isinstance(answer, dict):
            return f"{message['action']} was answered with {answer}"
        session, action = self.sessions[message["key"]], message["action"]
        if action == "StartTransaction":
            told = (answer["transactionId"], answer["idTagInfo"]["status"])
            before = (session["number"], session["status"])
            if before[0] is not None and before != told:
                return f"the start was answered with {before}, and then with {told}"
            session["number"], session["status"] = told
        elif action == "StopTransaction":
            session["stop_sure"] = session["stop_sure"] or sent["transactionId"] > 0
        else:
            self.readings[message["marker"]]["sure"] = True
            if "transactionId" in sent and not session["stop_sent"]:
                session["seen"].append(self.readings[message["marker"]]["register"])
        return ""

    # --- what must hold --------------------------------------------------------------------------

    def faults(self, rows: list[Row], readings: list[Row], balances: dict[str, Row]) -> list[str]:
        """All that is wrong in the rows of transactions, of markers, and of accounts."""
        found: dict[tuple[Any, ...], Row] = {}
        wrong: list[str] = []
        for row in rows:
            if row["key"] in found:
                wrong.append(f"two rows of one start: {row['key']}")
            elif row["key"] not in self.sessions:
                wrong.append(f"nobody started {row['key']}")
            else:
                found[row["key"]] = row
        for key, session in self.sessions.items():
            if key in found:
                wrong += [f"{why}: {found[key]} {session}" for why in self._session(session, found)]
            elif session["number"] is not None:
                wrong.append(f"an acknowledged start is lost: {session}")
        return wrong + self._readings(readings) + self._accounts(found, balances)

    def _session(self, session: Session, found: dict[tuple[Any, ...], Row]) -> list[str]:
        row, stop, wrong = found[session["key"]], session["stop"], []
        if not session["start_sent"]:
            wrong.append("it was never told")
        if session["number"] is not None and row["number"] != session["number"]:
            wrong.append("it has another number")
        if session["status"] is not None:
            accepted = session["status"] == "Accepted"
            if (row["state"] != "refused") != accepted:
                wrong.append("it was answered otherwise")
        if not session["stop_sent"] and row["stop_raw"]:
            wrong.append("it was stopped by nobody")
        if session["stop_sure"] and not row["stop_raw"]:
            wrong.append("an acknowledged stop is lost")
        if row["stop_raw"] and (row["meter_stop"], row["stop_raw"]) != (
            stop["meterStop"],
            stop["timestamp"],
        ):
            wrong.append("another stop counts")
        if row["state"] == "lost" and not self._followed(session, found):
            wrong.append("it was lost without a reason")
        return wrong + self._energy(session, row) + self._bill(row)

    def _followed(self, session: Session, found: dict[tuple[Any, ...], Row]) -> bool:
        """Whether another session was begun on the connector."""
        return any(
            key[:2] == session["key"][:2] and key != session["key"] and row["state"] != "refused"
            for key, row in found.items()
        )

    def _energy(self, session: Session, row: Row) -> list[str]:
        if not session["honest"]:
            return []
        if row["stop_raw"]:
            delivered = session["stop"]["meterStop"] - session["key"][3]
            if row["energy"] != delivered:
                return [f"{delivered} Wh flowed"]
            if row["needs_review"] != (row["state"] == "refused" and delivered > 0):
                return ["nothing was odd about it"]
            return []
        sent = [one["register"] for one in self.readings.values() if one["key"] == session["key"]]
        most = max([0, *(register - session["key"][3] for register in sent)])
        least = max([0, *(register - session["key"][3] for register in session["seen"])])
        return [] if least <= row["energy"] <= most else [f"{least} to {most} Wh flowed so far"]

    @staticmethod
    def _bill(row: Row) -> list[str]:
        wrong = []
        final = row["state"] == "completed" and not row["needs_review"]
        expected = row["energy"] if final and row["account"] else 0
        if row["billed"] != expected:
            wrong.append(f"{expected} Wh are to be billed")
        if (row["held"] is not None) and row["state"] != "active":
            wrong.append("it has ended and holds energy")
        if row["energy"] < 0:
            wrong.append("negative energy")
        last = max(row["stop_time"] or row["start_time"], row["stop_received"] or row["seen_at"])
        first = min(row["start_time"], row["start_received"])
        bound = POWER_W * ((last - first).total_seconds() + GRACE_S) / 3600 * TOLERANCE
        if row["energy"] > bound:
            wrong.append(f"more than the connector can deliver ({bound:.0f} Wh)")
        return wrong

    def _readings(self, readings: list[Row]) -> list[str]:
        counts: dict[int, int] = {}
        wrong = []
        for reading in readings:
            marker = reading["marker"]
            counts[marker] = counts.get(marker, 0) + 1
            told = self.readings.get(marker)
            if told is None or not told["sent"] or told["key"][0] != reading["station"]:
                wrong.append(f"nobody told {reading}")
                continue
            number = self.sessions[told["key"]]["number"]
            if told.get("numbered") and reading["number"] != number:
                wrong.append(f"{reading} belongs to {number}")
        wrong += [f"reading {marker} is there twice" for marker, n in counts.items() if n > 1]
        return wrong + [
            f"reading {marker} was acknowledged and is lost"
            for marker, told in self.readings.items()
            if told["sure"] and marker not in counts
        ]

    def _accounts(self, found: dict[tuple[Any, ...], Row], balances: dict[str, Row]) -> list[str]:
        wrong = []
        for tag, credit in self.accounts.items():
            mine = {key: row for key, row in found.items() if row["account"] == tag}
            billed = sum(row["billed"] for row in mine.values())
            spent = sum(row["energy"] for row in mine.values() if row["state"] != "refused")
            held = 0
            beyond = 0
            for key, row in mine.items():
                if row["held"] is not None:
                    self.holds[key] = row["held"]
                    held += max(0, row["held"] - row["energy"])
                if row["state"] != "refused":
                    beyond += max(0, row["energy"] - self.holds.get(key, 0))
            expected = {
                "settled": billed,
                "credit": credit,
                "spent": spent,
                "held": held,
                "balance": credit - spent,
                "available": credit - spent - held,
            }
            if balances[tag] != expected:
                wrong.append(f"{tag}: {balances[tag]} and not {expected}")
            # Only energy that flowed without a hold, or beyond it, may exceed the credit.
            if held > 0 and spent + held > credit + beyond:
                wrong.append(f"{tag}: {held} Wh held of {credit - spent}, {beyond} beyond holds")
        return wrong


def now() -> datetime:
    """The server's time."""
    return datetime.now(UTC)
