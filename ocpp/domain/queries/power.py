"""Power now, of a session: what its charger last said, or else the mean of the quarter-hour.

Both are columns that are kept anyway; no readings are looked through.
"""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from ocpp.choices import TransactionState
from ocpp.domain.queries.energy import QUARTER, quarter_of
from ocpp.models import Charger, QuarterHour, Transaction

_POWER = "Power.Active.Import"
_FACTORS = {"W": 1, "": 1, "kW": 1000}
#: No charger gives more (W); what says so is a mistake.
_MOST_W = 10_000_000
#: Of so many sessions what their chargers said is looked at for the network.
_MOST_TOLD = 2_000


def by_session(session_pks: Collection[int], now: datetime) -> dict[int, int]:
    """Mean power (W) in the newest quarter-hour of each session that has one not long ago."""
    rows = QuarterHour.objects.filter(transaction__in=session_pks)
    return _newest(rows, now)


def of_network(now: datetime) -> int:
    """Power (W) of all running sessions of connected chargers together: two queries.

    Of more than `_MOST_TOLD` sessions only the means of their quarter-hours are added.
    """
    online = Charger.objects.exclude(owner="").order_by().values("pk")
    running = Transaction.objects.filter(state=TransactionState.ACTIVE, charger__in=online)
    running = running.order_by()
    means = _newest(QuarterHour.objects.filter(transaction__in=running.values("pk")), now)
    columns = ("connector_id", "charger__last_meter_values")
    sessions = list(running.select_related("charger").only(*columns)[: _MOST_TOLD + 1])
    if len(sessions) > _MOST_TOLD:
        return sum(means.values())
    words = ((one.pk, told(one.charger, one)) for one in sessions)
    return sum(means.get(pk, 0) if watts is None else watts for pk, watts in words)


def _newest(rows: Any, now: datetime) -> dict[int, int]:
    recent = rows.filter(start__gte=quarter_of(now) - QUARTER, power_mean_w__isnull=False)
    return dict(recent.order_by("start").values_list("transaction_id", "power_mean_w"))


def told(charger: Charger, session: Transaction) -> int | None:
    """The power (W) in the charger's newest MeterValues, when it is of this session."""
    payload = charger.last_meter_values
    if not isinstance(payload, dict) or payload.get("connectorId") != session.connector_id:
        return None
    if payload.get("transactionId") not in (None, session.pk):
        return None
    values = payload.get("meterValue")
    for value in reversed(values if isinstance(values, list) else []):
        samples = value.get("sampledValue") if isinstance(value, dict) else None
        power = _power(samples if isinstance(samples, list) else [])
        if power is not None:
            return power
    return None


def _power(samples: list[Any]) -> int | None:
    """The total of the samples of power; phases are added where no total is among them."""
    total: Decimal | None = None
    phases = Decimal(0)
    found = False
    for sample in samples:
        if not isinstance(sample, dict) or sample.get("measurand") != _POWER:
            continue
        watts = _watts(sample)
        if watts is None:
            continue
        found = True
        if sample.get("phase"):
            phases += watts
        else:
            total = watts
    return round(phases if total is None else total) if found else None


def _watts(sample: dict[str, Any]) -> Decimal | None:
    factor = _FACTORS.get(sample.get("unit") or "")
    try:
        value = Decimal(str(sample.get("value")))
    except InvalidOperation:
        return None
    if factor is None or not value.is_finite() or not 0 <= value * factor <= _MOST_W:
        return None
    return value * factor
