"""The energy meter of a simulated connector, and the vehicle that draws on it."""

import math
import random
from collections.abc import Iterable

#: One Wh in millijoules, the unit in which the meter counts: watts times milliseconds.
MJ_PER_WH = 3_600_000
#: A session draws full power after this long.
RAMP_MS = 20_000
#: Above this state of charge a vehicle asks for less and less.
TAPER_FROM = 80
#: Energy is summed up in steps of at most this long.
STEP_MS = 1_000

ENERGY = "Energy.Active.Import.Register"
MEASURANDS = (ENERGY, "Power.Active.Import", "Current.Import", "Voltage", "SoC")


class Meter:
    """Counts energy in whole units, without end, over all sessions of one charge point.

    The vehicle ramps up, holds its power with a little ripple and tapers off above 80 % of its
    battery. The same `seed` gives the same vehicles.
    """

    def __init__(self, power_w: int, register_wh: int = 0, seed: str = "") -> None:
        self._limit_w = power_w
        #: What charging profiles allow now (W); None for no less than the connector can.
        self.allowed_w: float | None = None
        self._energy_mj = register_wh * MJ_PER_WH
        self._random = random.Random(seed)  # noqa: S311  (a vehicle's habits, no secret)
        self.phases, self._volts = (1, 230) if power_w <= 7_400 else (3, 230)
        self._plugged_ms: int | None = None
        self._battery_mj = MJ_PER_WH
        self._content_mj = 0

    @property
    def register_wh(self) -> int:
        """What the register shows: whole Wh."""
        return self._energy_mj // MJ_PER_WH

    @property
    def soc_percent(self) -> int:
        """The state of charge of the vehicle."""
        return min(100, self._content_mj * 100 // self._battery_mj)

    def begin(self) -> None:
        """Close the contactor for a new vehicle with a battery and a charge of its own."""
        self._battery_mj = self._random.randrange(40_000, 90_000, 5_000) * MJ_PER_WH
        self._content_mj = self._battery_mj * self._random.randrange(15, 60) // 100
        self._plugged_ms = 0

    def end(self) -> None:
        """Open the contactor."""
        self._plugged_ms = None

    def power_w(self) -> int:
        """The power that flows now, in watts."""
        if self._plugged_ms is None:
            return 0
        share = min(1.0, 0.1 + 0.9 * self._plugged_ms / RAMP_MS)
        soc = self._content_mj * 100 / self._battery_mj
        if soc > TAPER_FROM:
            share *= max(0.0, (100 - soc) / (100 - TAPER_FROM))
        ripple = 0.99 + 0.01 * math.sin(self._plugged_ms / 7_000)
        power = self._limit_w * share * ripple
        return round(power) if self.allowed_w is None else int(min(power, self.allowed_w))

    def advance(self, milliseconds: int) -> None:
        """Let so much time pass while the contactor is closed."""
        if self._plugged_ms is None:
            return
        while milliseconds > 0:
            step = min(STEP_MS, milliseconds)
            energy = self.power_w() * step
            self._energy_mj += energy
            self._content_mj += energy
            self._plugged_ms += step
            milliseconds -= step

    def sample(self, context: str, measurands: Iterable[str] = MEASURANDS) -> list[dict[str, str]]:
        """The `sampledValue` list of one MeterValue (OCPP 1.6, 7.43)."""
        values: list[dict[str, str]] = []
        for measurand in measurands:
            values += [{"context": context, **value} for value in self._values(measurand)]
        return values

    def _values(self, measurand: str) -> list[dict[str, str]]:
        if measurand == ENERGY:
            return [_value(measurand, str(self.register_wh), "Wh", location="Outlet")]
        power = self.power_w()
        if measurand == "Power.Active.Import":
            return [_value(measurand, str(power), "W", location="Outlet")]
        phases = [f"L{number}" for number in range(1, self.phases + 1)]
        if measurand == "Current.Import":
            amperes = f"{power / self.phases / self._volts:.1f}"
            return [
                _value(measurand, amperes, "A", location="Outlet", phase=phase) for phase in phases
            ]
        if measurand == "Voltage":
            return [
                _value(
                    measurand,
                    f"{self._volts + self._random.uniform(-1.5, 1.5):.1f}",
                    "V",
                    location="Outlet",
                    phase=f"{phase}-N",
                )
                for phase in phases
            ]
        return [_value(measurand, str(self.soc_percent), "Percent", location="EV")]


def _value(measurand: str, value: str, unit: str, **more: str) -> dict[str, str]:
    return {"value": value, "measurand": measurand, "unit": unit, "format": "Raw", **more}
