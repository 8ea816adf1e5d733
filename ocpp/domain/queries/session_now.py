"""A session that runs, as its driver follows it: energy, time, power, charge and cost so far."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Q

from accounts.domain.balance import kwh
from ocpp.domain.queries import meter_now
from ocpp.domain.queries.meter_now import Told
from ocpp.domain.samples import REGISTER
from ocpp.domain.tariffs import costs
from ocpp.domain.tariffs.costs import Estimate
from ocpp.models import MeterReading, Transaction

#: Values that are looked through.
MOST = 60

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
    told = _told(transaction, now)
    last = meter_now.newest(told)
    charge = meter_now.charge_percent(last)
    power = meter_now.power_w(last)
    if power is None:
        power = _mean_w(row for row in told if row.measurand == REGISTER)
    return SessionNow(
        transaction=transaction,
        elapsed=max(timedelta(0), now - transaction.start_time),
        power_w=power,
        charge_percent=None if charge is None else int(charge),
        cost=costs.estimate(transaction, now),
    )


def _told(transaction: Transaction, now: datetime) -> list[Told]:
    """Its values of the last minutes, the newest first, in one query by the index of readings."""
    wanted = meter_now.WANTED | Q(measurand=REGISTER, unit="Wh", phase="")
    rows = MeterReading.objects.filter(
        wanted,
        charger=transaction.charger_id,
        transaction=transaction.pk,
        timestamp__gte=transaction.start_time,
    )
    return meter_now.told(rows, now, MOST)


def _mean_w(registers: Iterable[Told]) -> int | None:
    """The mean power between the last two registers."""
    rows = iter(registers)
    last = next(rows, None)
    before = next((row for row in rows if last is not None and row.time < last.time), None)
    if last is None or before is None or last.value < before.value:
        return None
    seconds = int((last.time - before.time).total_seconds())
    return int((last.value - before.value) * _HOUR_S / seconds) if seconds else None
