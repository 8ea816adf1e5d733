"""The connector of a simulated charge point: its status, its meter, its transaction."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ocpp.simulator.charging import Profiles
from ocpp.simulator.config import SimulatorConfig
from ocpp.simulator.keys import Keys
from ocpp.simulator.meter import Meter
from ocpp.simulator.payloads import stamp
from ocpp.simulator.reservations import Reservation


@dataclass
class Transaction:
    """A transaction under way. It has an id once StartTransaction is confirmed."""

    id_tag: str
    meter_start: int
    started: str
    #: Values of its beginning, for the transactionData of StopTransaction.
    samples: list[dict[str, Any]]
    id: int | None = None
    #: The event loop's time at which energy began to flow, and how much of it is metered.
    clock: float | None = None
    began: datetime | None = None
    reservation_id: int | None = None
    metered_ms: int = 0
    end_reason: str | None = None
    #: The answer to come of a StartTransaction that was made while offline.
    confirmation: "asyncio.Future[dict[str, Any]] | None" = None
    #: MeterValues without an answer yet, or with a bad one.
    unconfirmed: list["asyncio.Future[dict[str, Any]]"] = field(default_factory=list)


class Connector:
    """One connector with a vehicle in front of it; knows nothing of the connection."""

    def __init__(self, config: SimulatorConfig, keys: Keys) -> None:
        self._config = config
        self._keys = keys
        self.number = config.connector_id
        self.meter = Meter(config.power_w, config.register_wh, seed=config.identity)
        self.operative = True
        self.plugged = False
        self.transaction: Transaction | None = None
        self.profiles = Profiles(connectors=config.connector_id)
        self._reservation: Reservation | None = None

    @property
    def status(self) -> str:
        """What StatusNotification says of it (OCPP 1.6, 7.7)."""
        if self.transaction and (self.transaction.id is not None or self.transaction.began):
            return "Finishing" if self.transaction.end_reason else "Charging"
        if not self.operative:
            return "Unavailable"
        if self.reservation and not self.transaction:
            return "Reserved"
        return "Preparing" if self.plugged else "Available"

    @property
    def reservation(self) -> Reservation | None:
        """The reservation that holds now."""
        if self._reservation and self._reservation.over:
            self._reservation = None
        return self._reservation

    def reserve(self, reservation: Reservation | None) -> None:
        """Keep the connector for a card, or for no card any more."""
        self._reservation = reservation

    def composite(
        self, connector_id: int, first: datetime, seconds: int
    ) -> list[tuple[float, float]]:
        """What all profiles together allow from `first` on: pairs of seconds after it and W."""
        return self._plan(first, seconds, connector_id)

    def _plan(
        self, first: datetime, seconds: float, connector_id: int | None = None
    ) -> list[tuple[float, float]]:
        began = self.transaction.began if self.transaction else None
        return self.profiles.plan(
            self.number if connector_id is None else connector_id,
            first,
            seconds,
            begun=began,
            phases=self.meter.phases,
            most_w=self._config.power_w,
        )

    @property
    def interval_ms(self) -> int:
        """Between two MeterValues; 0 for none. The configured time until the key is changed."""
        if self._keys.changed("MeterValueSampleInterval"):
            return self._keys.number("MeterValueSampleInterval") * 1000
        return max(1, round(self._config.interval_s * 1000))

    @property
    def whole_ms(self) -> int:
        """How long a transaction takes when nothing ends it before."""
        return round(self._config.duration_s * 1000)

    def free(self) -> None:
        """The vehicle leaves."""
        self.meter.end()
        self.plugged = False
        self.transaction = None
        self.profiles.end_transaction()

    def begin(self, id_tag: str) -> Transaction:
        """A transaction begins now."""
        now = stamp()
        sample = self._sample(now, "Transaction.Begin", "StopTxnSampledData")
        self.transaction = Transaction(id_tag, self.meter.register_wh, now, [sample])
        if self.reservation:
            # Used up, by the card that it was for.
            self.transaction.reservation_id = self.reservation.id
            self.reserve(None)
        return self.transaction

    def start_request(self, transaction: Transaction) -> dict[str, Any]:
        """StartTransaction.req (OCPP 1.6, 6.45)."""
        payload = {
            "connectorId": self.number,
            "idTag": transaction.id_tag,
            "meterStart": transaction.meter_start,
            "timestamp": transaction.started,
        }
        if transaction.reservation_id is not None:
            payload["reservationId"] = transaction.reservation_id
        return payload

    def flow(self, transaction: Transaction) -> None:
        """Energy begins to flow."""
        self.meter.begin()
        transaction.clock = asyncio.get_running_loop().time()
        transaction.began = datetime.now(UTC)

    def due_s(self, transaction: Transaction, milliseconds: int) -> float:
        """Real seconds until so much of the transaction has passed."""
        passed_s = milliseconds / 1000 / self._config.time_scale
        return (transaction.clock or 0) + passed_s - asyncio.get_running_loop().time()

    def catch_up(self, until_ms: int | None = None) -> None:
        """Let the meter count up to a moment of the transaction, or to now."""
        transaction = self.transaction
        if transaction is None or transaction.clock is None:
            return
        if until_ms is None:
            passed_s = asyncio.get_running_loop().time() - transaction.clock
            until_ms = min(round(passed_s * self._config.time_scale * 1000), self.whole_ms)
        if until_ms > transaction.metered_ms and transaction.began:
            self._advance(transaction.began, transaction.metered_ms, until_ms)
            transaction.metered_ms = until_ms

    def _advance(self, began: datetime, from_ms: int, until_ms: int) -> None:
        """Count from one moment of the transaction to another, as charging profiles allow."""
        first = began + timedelta(milliseconds=from_ms)
        steps = self._plan(first, (until_ms - from_ms) / 1000)
        begins = [from_ms + round(offset * 1000) for offset, _ in steps]
        for begin, end, (_, limit) in zip(begins, [*begins[1:], until_ms], steps, strict=True):
            self.meter.allowed_w = limit if limit < self._config.power_w else None
            self.meter.advance(end - begin)

    def meter_values_request(self, context: str) -> dict[str, Any]:
        """MeterValues.req of what the meter shows (OCPP 1.6, 6.31)."""
        payload: dict[str, Any] = {
            "connectorId": self.number,
            "meterValue": [self._sample(stamp(), context, "MeterValuesSampledData")],
        }
        if self.transaction and self.transaction.id is not None:
            payload["transactionId"] = self.transaction.id
        return payload

    def stop_request(self, transaction: Transaction, reason: str) -> dict[str, Any]:
        """The contactor opens, for `reason` if there is no other: StopTransaction.req (6.49)."""
        self.meter.end()
        transaction.end_reason = transaction.end_reason or reason
        now = stamp()
        payload = {
            "transactionId": transaction.id,
            "meterStop": self.meter.register_wh,
            "timestamp": now,
            "reason": transaction.end_reason,
            "transactionData": [
                *transaction.samples,
                self._sample(now, "Transaction.End", "StopTxnSampledData"),
            ],
        }
        if transaction.end_reason == "Local":
            payload["idTag"] = transaction.id_tag
        return payload

    def _sample(self, timestamp: str, context: str, key: str) -> dict[str, Any]:
        values = self.meter.sample(context, self._keys.words(key))
        return {"timestamp": timestamp, "sampledValue": values}
