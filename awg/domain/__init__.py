"""The rules of the cable calculator: from a load to the conductors that carry it."""

from awg.domain.circuit import CannotSize, Circuit
from awg.domain.sizing import Result, size

__all__ = ["CannotSize", "Circuit", "Result", "size"]
