"""What staff see of one charger: what goes on there now, and what went on of late."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from ocpp.domain.queries import anomalies, dashboard, meter_now
from ocpp.domain.queries.dashboard import ConnectorRow
from ocpp.domain.queries.meter_now import Told
from ocpp.domain.redaction import redact
from ocpp.domain.tariffs import costs
from ocpp.domain.tariffs.costs import Estimate
from ocpp.models import Anomaly, Charger, Command, MeterReading, Transaction

#: Readings that are looked through for the newest of each connector.
MOST_READINGS = 300
#: Rows of each list on the page.
SESSIONS, COMMANDS, ANOMALIES, KEYS = 10, 8, 8, 200


@dataclass(frozen=True, slots=True)
class Live:
    """A connector now: its row, what its meter told last (W, %), and what its session costs."""

    row: ConnectorRow
    power_w: int | None = None
    soc: Decimal | None = None
    estimate: Estimate | None = None

    @property
    def power_kw(self) -> Decimal | None:
        """The power in kW."""
        return None if self.power_w is None else Decimal(self.power_w).scaleb(-3)


def now_of(charger: Charger, now: datetime) -> list[Live]:
    """The connectors as they are now: five queries, and at most four for each session."""
    rows = dashboard.rows([charger], staff=True)[0].connectors
    newest = _newest(charger, now)
    for row in rows:
        if row.session is not None:
            row.session.charger = charger
    return [_live(row, newest.get(row.number, {}), now) for row in rows]


def _live(row: ConnectorRow, told: Mapping[str, Mapping[str, Decimal]], now: datetime) -> Live:
    estimate = costs.estimate(row.session, now) if row.session else None
    # A state of charge that was told belongs to the vehicle of the session.
    soc = meter_now.charge_percent(told) if row.session else None
    return Live(row, meter_now.power_w(told), soc, estimate)


def _newest(charger: Charger, now: datetime) -> dict[int, dict[str, dict[str, Decimal]]]:
    """Connector -> what its meter told last."""
    rows = MeterReading.objects.filter(meter_now.WANTED, charger=charger)
    by_connector: dict[int, list[Told]] = defaultdict(list)
    for one in meter_now.told(rows, now, MOST_READINGS):
        by_connector[one.connector].append(one)
    return {number: meter_now.newest(values) for number, values in by_connector.items()}


def sessions(charger: Charger) -> list[Transaction]:
    """The last sessions, newest first, with who paid what."""
    rows = charger.transactions.select_related("account__user", "cost")
    return list(rows.order_by("-start_time", "-id")[:SESSIONS])


def commands(charger: Charger) -> list[Command]:
    """The last commands, newest first."""
    return list(charger.commands.select_related("charger", "created_by")[:COMMANDS])


@dataclass(frozen=True, slots=True)
class Odd:
    """Something odd: the row, and what was odd in words and what was done about it."""

    row: Anomaly
    told: str
    done: str


def oddities(charger: Charger) -> list[Odd]:
    """The last anomalies, newest first."""
    rows: Iterable[Anomaly] = charger.anomalies.order_by("-pk")[:ANOMALIES]
    return [Odd(row, anomalies.told(row), anomalies.done_about(row)) for row in rows]


@dataclass(frozen=True, slots=True)
class Key:
    """A configuration key as it was last reported, without its value where that is a secret."""

    name: str
    value: str
    readonly: bool


def configuration(charger: Charger) -> list[Key]:
    """The keys of the charger by their names, so many at most."""
    reported: Any = charger.config if isinstance(charger.config, dict) else {}
    keys = []
    for name, entry in sorted(reported.items())[:KEYS]:
        told = redact({"key": name, **entry}) if isinstance(entry, dict) else {}
        value = told.get("value")
        keys.append(Key(name, "" if value is None else str(value), bool(told.get("readonly"))))
    return keys
