"""A charge point as the rules see it while its messages are handled."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from ocpp.choices import Registration
from ocpp.writer.batch import Batch


@dataclass(slots=True)
class Station:
    """One connected charge point, and the message of it that is being handled.

    Facts are as of the connection or the last `chargers.refresh`; the caches hold only what was
    read from the database, and are dropped when the writes they might rest on are undone.
    """

    pk: int
    charger_id: str
    epoch: int
    strict: bool = False
    time_zone: str = ""
    registration: str = Registration.ACCEPTED
    booted: bool = False

    # The message that is being handled: its batch, when it came, what it is.
    batch: Batch = field(default_factory=Batch)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    action: str = ""
    message_id: str = ""
    #: The payload as it was understood, in JSON.
    payload_json: str = ""

    #: Transaction id -> (connector, meter at start) of this charger's own transactions.
    transactions: dict[int, tuple[int, int] | None] = field(default_factory=dict)
    #: Connector -> the only active transaction on it, or None.
    active: dict[int, int | None] = field(default_factory=dict)
    #: Oddities already noted on this connection: one that comes with each message is noted once.
    noted: set[str] = field(default_factory=set)

    def forget(self) -> None:
        """Drop the caches."""
        self.transactions.clear()
        self.active.clear()
