"""What a fleet is and does."""

import ipaddress
import ssl as tls
from dataclasses import dataclass, field

from ocpp.simulator.config import MAX_ID_TAG, MAX_IDENTITY
from ocpp.simulator.swarm import behaviours

#: Connections of one source address; a server may admit 200.
PER_ADDRESS = 150


@dataclass(frozen=True)
class SwarmOptions:
    """A fleet of `count` charge points, `path_prefix`1 and so on, and its central system.

    Raises `ValueError` for what no fleet could be.
    """

    count: int
    host: str = "127.0.0.1"
    port: int = 8000
    path_prefix: str = "SIM"
    #: Cards that take turns.
    rfids: tuple[str, ...] = ("FFFFFFFF",)
    password: str = field(default="", repr=False)
    ssl: tls.SSLContext | None = None
    #: Connects a second, all together.
    ramp: float = 100
    #: Simulated seconds in a real one, for what happens at the charge points: vehicles, samples,
    #: faults, losses. What server and network decide is real: heartbeats, waiting, trying again.
    speed: float = 1
    #: The hour at which the day begins.
    hour: float = 8
    #: The part that charges in the busiest hour.
    busy: float = 0.3
    #: Whether all hours are as busy as the busiest.
    flat: bool = False
    #: On average, of a session (simulated seconds).
    session_s: float = 5_400
    #: Between two MeterValues (simulated seconds), and the power of each connector.
    interval_s: float = 60
    power_kw: float = 11
    #: Real seconds between two storms, in which everybody loses the connection; 0 for none.
    storm_every_s: float = 0
    seed: int = 1
    #: Behaviours with another share than their own.
    shares: dict[str, float] = field(default_factory=dict)
    #: Source addresses on loopback; 0 for as many as it takes.
    addresses: int = 0
    #: Real seconds to wait for an answer, and for the handshake.
    call_timeout_s: float = 30
    handshake_timeout_s: float = 20

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError(f"the fleet has {self.count} charge points: it needs one at least")
        if not 1 <= self.port <= 65535:
            raise ValueError(f"the port is {self.port}: write one between 1 and 65535")
        identity = self.path_prefix.rpartition("/")[2] + str(self.count)
        if len(identity) > MAX_IDENTITY:
            raise ValueError(
                f"{identity} has {len(identity)} characters: an id has {MAX_IDENTITY} at most"
            )
        for rfid in self.rfids:
            if not 1 <= len(rfid) <= MAX_ID_TAG:
                raise ValueError(f"the card is {rfid!r}: write 1 to {MAX_ID_TAG} characters")
        for name in ("ramp", "speed", "session_s", "interval_s", "power_kw"):
            if not 0 < getattr(self, name) < float("inf"):
                raise ValueError(f"{name} is {getattr(self, name)}: it must be above zero")
        if not 0 <= self.hour < 24:
            raise ValueError(f"the hour is {self.hour:g}: write 0 to 23")
        if not 0 <= self.busy <= 1:
            raise ValueError(f"the busy share is {self.busy:g}: write a number from 0 to 1")
        if self.storm_every_s < 0:
            raise ValueError(f"storms every {self.storm_every_s:g} s: write 0 or more")
        if not 0 <= self.addresses <= 250:
            raise ValueError(f"{self.addresses} source addresses: write 1 to 250, or 0")
        if self.addresses and not self.loopback:
            raise ValueError(f"{self.host} is not on loopback: it sees one source address only")
        behaviours.shares(self.shares)

    @property
    def loopback(self) -> bool:
        """Whether the server is at an IPv4 loopback address, where there are source addresses."""
        try:
            address = ipaddress.ip_address("127.0.0.1" if self.host == "localhost" else self.host)
        except ValueError:
            return False
        return address.version == 4 and address.is_loopback

    def source(self, number: int) -> str | None:
        """The source address of a charge point: always the same one; None for the system's."""
        if not self.loopback:
            return None
        count = self.addresses or min(250, -(-self.count // PER_ADDRESS))
        return f"127.0.0.{1 + number % count}" if count > 1 else None
