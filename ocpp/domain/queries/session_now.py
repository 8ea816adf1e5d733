"""A session that runs, as its driver follows it: energy, time, power, charge and cost so far."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q

from accounts.domain.balance import kwh
from ocpp.domain.samples import REGISTER
from ocpp.domain.tariffs import costs
from ocpp.domain.tariffs.costs import Estimate
from ocpp.models import MeterReading, Transaction

POWER = "Power.Active.Import"
STATE_OF_CHARGE = "SoC"
#: Older values tell nothing of now.
FRESH = timedelta(minutes=15)

_HOUR_S = 3600
_KW = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class SessionNow:
    """A session and how far it has come."""

    transaction: Transaction
    elapsed: timedelta
    #: What flows now (W), and how full the vehicle's battery is (%); None where nothing tells.
    power_w: int | None
    charge_percent: int | None
    #: What it would cost if it ended now; None where there is no tariff.
    cost: Estimate | None

    @property
    def energy_kwh(self) -> Decimal:
        """Energy so far (kWh), with all three decimals."""
        return kwh(self.transaction.energy_wh)

    @property
    def power_kw(self) -> Decimal | None:
        """What flows now (kW), to a tenth."""
        return None if self.power_w is None else Decimal(self.power_w).scaleb(-3).quantize(_KW)

    @property
    def clock(self) -> str:
        """How long it has lasted, as hours and minutes: `1:05`."""
        hours, minutes = divmod(int(self.elapsed.total_seconds()) // 60, 60)
        return f"{hours}:{minutes:02d}"


def of(transaction: Transaction, now: datetime) -> SessionNow:
    """How far a session has come, with its charger loaded. Five queries at most."""
    newest = _newest(transaction, now)
    charge = next((row.value for row in newest if row.measurand == STATE_OF_CHARGE), None)
    return SessionNow(
        transaction=transaction,
        elapsed=max(timedelta(0), now - transaction.start_time),
        power_w=_power_w(newest),
        charge_percent=None if charge is None else int(charge),
        cost=costs.estimate(transaction, now),
    )


class _Row(NamedTuple):
    time: datetime
    measurand: str
    value: Decimal
    phase: str


def _newest(transaction: Transaction, now: datetime) -> list[_Row]:
    """Its values of the last minutes, the newest first, in one query by the index of readings."""
    wanted = Q(measurand=REGISTER, unit="Wh", phase="") | Q(measurand=POWER, unit="W")
    rows = MeterReading.objects.filter(
        wanted | Q(measurand=STATE_OF_CHARGE),
        charger=transaction.charger_id,
        transaction=transaction.pk,
        timestamp__gte=max(transaction.start_time, now - FRESH),
        timestamp__lte=now + FRESH,
    )
    values = rows.order_by("-timestamp").values_list("timestamp", "measurand", "value", "phase")
    return [
        _Row(time, measurand, value, phase)
        for time, measurand, value, phase in values[:60]
        if value is not None
    ]


def _power_w(newest: list[_Row]) -> int | None:
    """The power that was told last, or else the mean one between the last two registers (W)."""
    told = [row for row in newest if row.measurand == POWER]
    if told:
        last = [row for row in told if row.time == told[0].time]
        whole = [row.value for row in last if not row.phase]
        return int(whole[0] if whole else sum(row.value for row in last))
    return _mean_w(row for row in newest if row.measurand == REGISTER)


def _mean_w(registers: Iterable[_Row]) -> int | None:
    rows = iter(registers)
    last = next(rows, None)
    before = next((row for row in rows if last is not None and row.time < last.time), None)
    if last is None or before is None or last.value < before.value:
        return None
    seconds = int((last.time - before.time).total_seconds())
    return int((last.value - before.value) * _HOUR_S / seconds) if seconds else None
