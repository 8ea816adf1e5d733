"""A charge point as the rules see it while its messages are handled."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from ocpp.choices import Registration
from ocpp.writer.batch import Batch


@dataclass(slots=True)
class Known:
    """What is known of a transaction of this charger, to reckon its energy (Wh, W)."""

    meter_start: int
    #: Where its register is counted from, when that of the start does not fit.
    base: int | None
    #: When it started by the charge point's clock, and when its start came in.
    started: datetime
    received: datetime
    power_w: int
    #: Its energy by the newest value, and what of its account is held for it (None: no limit).
    so_far: int = 0
    held_wh: int | None = None
    #: The most it may have (None: no limit, or it was asked to stop already).
    limit_wh: int | None = None
    #: It has ended, and values that come now may change what is known of its energy.
    open_to_values: bool = False


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
    #: It has told who it is on this connection, or shortly before.
    booted: bool = False
    #: Whether its connection is pinged, and how long to wait before anything is sent to it (s).
    pings: bool = True
    pause_s: float = 0.0
    #: What a BootNotification is answered with (s).
    interval_s: int = 0

    # The message that is being handled: its batch, when it came, what it is.
    batch: Batch = field(default_factory=Batch)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    action: str = ""
    message_id: str = ""
    #: The payload as it was understood, in JSON.
    payload_json: str = ""

    #: By id, this charger's own transactions; None for an id that is not one of them.
    transactions: dict[int, Known | None] = field(default_factory=dict)
    #: Connector -> the only active transaction on it, or None.
    active: dict[int, int | None] = field(default_factory=dict)
    #: Oddities already noted on this connection: one that comes with each message is noted once.
    noted: set[str] = field(default_factory=set)

    def forget(self) -> None:
        """Drop the caches."""
        self.transactions.clear()
        self.active.clear()
