"""What a family of series can be: something that grows, that is so much now, or is spread out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from ocpp import metrics

#: Values by the values of their labels.
Values = Mapping[tuple[str, ...], float]
#: How the gauges of several processes become one: their sum, or one for each process.
Together = Literal["livesum", "liveall"]


@dataclass(frozen=True, slots=True)
class Counter:
    """Something that only grows. Prometheus adds `_total` to the name."""

    name: str
    help: str
    labels: tuple[str, ...]
    read: Callable[[], Values]


@dataclass(frozen=True, slots=True)
class Gauge:
    """Something that is so much now."""

    name: str
    help: str
    labels: tuple[str, ...]
    read: Callable[[], Values]
    together: Together = "livesum"


@dataclass(frozen=True, slots=True)
class Distribution:
    """How often a value was how great."""

    name: str
    help: str
    values: metrics.Histogram


Family = Counter | Gauge | Distribution
