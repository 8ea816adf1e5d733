"""The phases of a simulated charge point."""

from enum import StrEnum


class Phase(StrEnum):
    """What a charge point is doing, for displays."""

    OFFLINE = "offline"
    CONNECTING = "connecting"
    BOOTING = "booting"
    AVAILABLE = "available"
    UNAVAILABLE = "unavailable"
    RESERVED = "reserved"
    PREPARING = "preparing"
    CHARGING = "charging"
    FINISHING = "finishing"
