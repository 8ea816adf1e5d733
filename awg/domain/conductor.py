"""The physics of a conductor: its resistance when it is warm, and what the load loses in it."""

from decimal import Decimal
from math import pi

from awg.models import CableSize, Material

#: Change of resistance per °C from 20 °C on (IEC 60228 and 60287).
_PER_C = {Material.COPPER.value: Decimal("0.00393"), Material.ALUMINIUM.value: Decimal("0.00403")}
#: The wires of a strand are longer than the strand (IEC 60228 allows some 2 %).
_STRANDED = Decimal("1.02")
#: Mains frequency in Mexico (Hz).
_HZ = 60


def warm_ohm_km(cable: CableSize, at_c: int) -> Decimal:
    """The resistance (Ω/km) of a stranded conductor at a temperature, for 60 Hz.

    Alternating current keeps to the outside of thick conductors: skin effect by IEC 60287-1-1,
    2.1.2, for round stranded ones.
    """
    direct = (
        cable.resistance_ohm_km * _STRANDED * (1 + _PER_C[cable.material] * (Decimal(at_c) - 20))
    )
    x2 = Decimal(8 * pi * _HZ * 1e-7) / (direct / 1000)
    return direct * (1 + x2**2 / (192 + Decimal("0.8") * x2**2))


def drop_v(ohm_km: Decimal, current_a: Decimal, length_m: Decimal, phases: int) -> Decimal:
    """The voltage (V) lost between source and load; between two lines for three phases."""
    ways = Decimal(3).sqrt() if phases == 3 else Decimal(2)
    return ways * current_a * ohm_km * length_m / 1000


def loss_w(ohm_km: Decimal, current_a: Decimal, length_m: Decimal, lines: int) -> Decimal:
    """The power (W) that all lines together turn into heat."""
    return lines * current_a**2 * ohm_km * length_m / 1000
