"""What one simulated charge point does."""

import ssl as tls
from dataclasses import dataclass, field
from urllib.parse import quote

MAX_ID_TAG = 20
MAX_IDENTITY = 48


@dataclass(frozen=True)
class SimulatorConfig:
    """A simulated charge point, its driver and its central system.

    `cp_path` is the path of the WebSocket; its last non-empty segment is the identity of the
    charge point. Times are in seconds, power in kilowatts. Raises `ValueError` for a value
    that no charge point could have.
    """

    host: str = "127.0.0.1"
    ws_port: int = 8000
    cp_path: str = "SIM1"
    rfid: str = "FFFFFFFF"
    connector_id: int = 1
    #: How long a transaction takes, and the time between two MeterValues.
    duration_s: float = 600
    interval_s: float = 10
    power_kw: float = 11
    #: From plugging in to presenting the card.
    pre_charge_delay_s: float = 0
    #: `run()` begins another session when one has ended, until it is stopped.
    repeat: bool = False
    #: Present the card by itself; otherwise wait for RemoteStartTransaction.
    autostart: bool = True
    #: HTTP Basic (OCPP security profile 1); without a user name it is the identity.
    username: str = ""
    password: str = field(default="", repr=False)
    #: True for wss:// with the system's trust store, or a context of one's own.
    ssl: bool | tls.SSLContext = False
    #: Files in PEM: whom to trust instead of the system's trust store, and for security profile 3
    #: the charge point's certificate and key (in the same file when no other is named).
    ca_file: str = ""
    client_certificate: str = ""
    client_key: str = ""
    #: The port for wss:// once the central system has raised the security profile; 0: the same.
    wss_port: int = 0
    #: Where the meter stands at first; it counts on from session to session.
    register_wh: int = 0
    #: Simulated seconds in one real second: more than 1 to pass through a long session quickly.
    #: The meter counts simulated time; timestamps are always real.
    time_scale: float = 1
    #: Real seconds to wait for an answer, and to try again after the connection was lost.
    call_timeout_s: float = 30
    reconnect_s: float = 60
    #: Real seconds to go on asking while the central system does not accept the BootNotification.
    boot_timeout_s: float = 60
    vendor: str = "Arthexis"
    model: str = "Simulator"

    def __post_init__(self) -> None:
        if not self.host:
            raise ValueError("host is empty: name the central system")
        if not 1 <= self.ws_port <= 65535:
            raise ValueError(f"ws_port is {self.ws_port}: write a port between 1 and 65535")
        if not 0 <= self.wss_port <= 65535:
            raise ValueError(f"wss_port is {self.wss_port}: write a port up to 65535")
        if self.client_certificate and not self.ssl:
            raise ValueError("client_certificate is set, but ssl is not: it is for wss:// only")
        if not 1 <= len(self.identity) <= MAX_IDENTITY:
            raise ValueError(
                f"cp_path is {self.cp_path!r}: its last segment, the id of the charge point, "
                f"must have 1 to {MAX_IDENTITY} characters"
            )
        if not 1 <= len(self.rfid) <= MAX_ID_TAG:
            raise ValueError(f"rfid is {self.rfid!r}: write 1 to {MAX_ID_TAG} characters")
        for name in ("connector_id", "duration_s", "interval_s", "power_kw", "time_scale"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is {getattr(self, name)}: it must be above zero")
        for name in ("pre_charge_delay_s", "register_wh", "reconnect_s"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}: it cannot be negative")

    @property
    def identity(self) -> str:
        """The id of the charge point: the last non-empty segment of its path."""
        segments = [segment for segment in self.cp_path.split("/") if segment]
        return segments[-1] if segments else ""

    @property
    def url(self) -> str:
        """The address of the WebSocket."""
        scheme = "wss" if self.ssl else "ws"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}:{self.ws_port}/{quote(self.cp_path.lstrip('/'), safe='/')}"

    @property
    def power_w(self) -> int:
        """The power of the connector in watts."""
        return round(self.power_kw * 1000)
