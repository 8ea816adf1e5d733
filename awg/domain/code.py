"""Facts of the electrical code: NOM-001-SEDE in Mexico, and the NEC, which it follows."""

from bisect import bisect_left
from decimal import Decimal

#: Ambient temperature up to which (°C) each factor holds, for insulation of 60, 75 and 90 °C
#: (table 310.15(B)(1); conductors rated at 30 °C).
_AMBIENT: list[tuple[int, str, str, str]] = [
    (10, "1.29", "1.20", "1.15"),
    (15, "1.22", "1.15", "1.12"),
    (20, "1.15", "1.11", "1.08"),
    (25, "1.08", "1.05", "1.04"),
    (30, "1.00", "1.00", "1.00"),
    (35, "0.91", "0.94", "0.96"),
    (40, "0.82", "0.88", "0.91"),
    (45, "0.71", "0.82", "0.87"),
    (50, "0.58", "0.75", "0.82"),
    (55, "0.41", "0.67", "0.76"),
    (60, "0", "0.58", "0.71"),
    (65, "0", "0.47", "0.65"),
    (70, "0", "0.33", "0.58"),
    (75, "0", "0", "0.50"),
    (80, "0", "0", "0.41"),
]

#: Current-carrying conductors up to which each factor holds (table 310.15(C)(1)).
_BUNDLED: list[tuple[int, str]] = [
    (3, "1"),
    (6, "0.80"),
    (9, "0.70"),
    (20, "0.50"),
    (30, "0.45"),
    (40, "0.40"),
]
_BUNDLED_MORE = Decimal("0.35")

#: Standard ratings of fuses and breakers (A; 240.6).
_DEVICES = [15, 20, 25, 30, 35, 40, 45, 50, 60, 70, 80, 90, 100, 110, 125, 150, 175, 200, 225, 250]
_DEVICES += [300, 350, 400, 450, 500, 600, 700, 800, 1000, 1200, 1600, 2000, 2500, 3000]
#: Above this rating (A) a conductor must carry the device's rating itself (240.4(B) and (C)).
NEXT_DEVICE_UP_TO_A = 800

#: The largest device for small conductors (A; 240.4(D)).
SMALL = {
    ("14", "copper"): 15,
    ("12", "copper"): 20,
    ("10", "copper"): 30,
    ("12", "aluminium"): 15,
    ("10", "aluminium"): 25,
}

#: Device up to which (A) each equipment grounding conductor does: copper, aluminium (250.122).
_GROUND: list[tuple[int, str, str]] = [
    (15, "14", "12"),
    (20, "12", "10"),
    (60, "10", "8"),
    (100, "8", "6"),
    (200, "6", "4"),
    (300, "4", "2"),
    (400, "3", "1"),
    (500, "2", "1/0"),
    (600, "1", "2/0"),
    (800, "1/0", "3/0"),
    (1000, "2/0", "4/0"),
    (1200, "3/0", "250"),
    (1600, "4/0", "350"),
    (2000, "250", "400"),
    (2500, "350", "600"),
    (3000, "400", "600"),
]

#: The thinnest conductor that may be laid in parallel (310.10(G)).
THINNEST_IN_PARALLEL = "1/0"


def ambient_factor(ambient_c: Decimal, rating_c: int) -> Decimal:
    """By which the ampacity changes; 0 when such insulation must not be used there."""
    column = {60: 1, 75: 2, 90: 3}[rating_c]
    index = bisect_left([Decimal(row[0]) for row in _AMBIENT], ambient_c)
    return Decimal(_AMBIENT[index][column]) if index < len(_AMBIENT) else Decimal(0)


def bundling_factor(carrying: int) -> Decimal:
    """By which the ampacity falls where so many conductors warm each other."""
    index = bisect_left(_BUNDLED, carrying, key=lambda row: row[0])
    return Decimal(_BUNDLED[index][1]) if index < len(_BUNDLED) else _BUNDLED_MORE


def device_at_least(current_a: Decimal) -> int | None:
    """The smallest standard device (A) that carries the current, or None above them all."""
    index = bisect_left(_DEVICES, current_a)
    return _DEVICES[index] if index < len(_DEVICES) else None


def largest_device(ampacity_a: Decimal) -> int:
    """The largest device (A) that may protect a conductor of this ampacity (240.4)."""
    index = bisect_left(_DEVICES, ampacity_a)
    if index < len(_DEVICES) and (
        _DEVICES[index] == ampacity_a or _DEVICES[index] <= NEXT_DEVICE_UP_TO_A
    ):
        return _DEVICES[index]
    return _DEVICES[index - 1] if index else 0


def ground_size(device_a: int, material: str) -> str | None:
    """The equipment grounding conductor for a device, or None above the table."""
    index = bisect_left(_GROUND, device_a, key=lambda row: row[0])
    if index == len(_GROUND):
        return None
    _, copper, aluminium = _GROUND[index]
    return copper if material == "copper" else aluminium
