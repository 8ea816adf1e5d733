"""What the charge points of every foreign library live through: the payloads, and what is right."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from tests.support.databases import Database
from tests.support.server import ServerProcess

CARD = "04A1B2C3"
POOR_CARD = "04A1B2C4"
CREDIT_KWH = 50
METER_START_WH = 120_345
WH_PER_MOMENT = 371
MOMENTS = 20


class Provisions(NamedTuple):
    """What the staff have set up before the session."""

    account_id: int
    balance_kwh: Decimal
    token: str


def provide(server: ServerProcess, charger_id: str) -> Provisions:
    """A driver with a card and credit, one without credit, a charger that asks for cards."""
    account_id, balance, token = server.shell(
        f"""
from accounts.domain import roles, tokens
from accounts.domain.balance import open_account
from accounts.models import RFID, Account, Credit, User
from ocpp.models import Charger
accounts = []
for name, card, credit in [("rich", {CARD!r}, {CREDIT_KWH}), ("poor", {POOR_CARD!r}, 0)]:
    user = User.objects.create_user(name)
    RFID.objects.create(rfid=card, user=user)
    accounts.append(open_account(user))
    if credit:
        Credit.objects.create(account=accounts[-1], amount_kwh=credit)
operator = User.objects.create_user("operator")
roles.give(operator, "operator")
Charger.objects.create(charger_id={charger_id!r}, require_rfid=True)
_, token = tokens.create(operator, "interop")
answer([accounts[0].pk, str(accounts[0].balance_kwh), token])
"""
    )
    return Provisions(account_id, Decimal(balance), token)


def balance_kwh(server: ServerProcess, account_id: int) -> Decimal:
    """The account's balance as the project itself tells it."""
    return Decimal(
        server.shell(
            "from accounts.models import Account\n"
            f"answer(str(Account.objects.get(pk={account_id}).balance_kwh))"
        )
    )


def started_at() -> datetime:
    """When the session began: so that it has lasted until now."""
    return datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=MOMENTS + 2)


def text(moment: datetime) -> str:
    """A time as the standard's examples write it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(start: datetime, number: int) -> dict[str, Any]:
    """The values of one moment: a register, power, three phases, temperature, state of charge."""
    register = METER_START_WH + number * WH_PER_MOMENT
    phases = [
        {
            "value": f"{value + number / 10 + index:.1f}",
            "measurand": measurand,
            "phase": f"L{index}{suffix}",
            "unit": unit,
            "context": "Sample.Periodic",
        }
        for index in (1, 2, 3)
        for measurand, value, suffix, unit in [
            ("Current.Import", 15, "", "A"),
            ("Voltage", 228, "-N", "V"),
        ]
    ]
    in_kilo = number % 2 == 0
    return {
        "timestamp": text(start + timedelta(minutes=number)),
        "sampledValue": [
            {
                "value": f"{register / 1000:.3f}" if in_kilo else str(register),
                "measurand": "Energy.Active.Import.Register",
                "unit": "kWh" if in_kilo else "Wh",
                "context": "Sample.Periodic",
                "location": "Outlet",
                "format": "Raw",
            },
            {
                "value": "22.26",
                "measurand": "Power.Active.Import",
                "unit": "kW",
                "context": "Sample.Periodic",
            },
            *phases,
            {"value": str(20 + number), "measurand": "SoC", "unit": "Percent", "location": "EV"},
            {"value": "-4.5", "measurand": "Temperature", "location": "Body"},
        ],
    }


def stop_data(start: datetime, stop: datetime, meter_stop: int) -> list[dict[str, Any]]:
    """The transaction data of the stop: the register at its beginning and end."""
    return [
        {
            "timestamp": text(time),
            "sampledValue": [{"value": str(register), "context": f"Transaction.{which}"}],
        }
        for time, register, which in [
            (start, METER_START_WH, "Begin"),
            (stop, meter_stop, "End"),
        ]
    ]


_KILO = {"kWh": "Wh", "kW": "W"}
_DEFAULT_UNITS = {"Energy.Active.Import.Register": "Wh", "Temperature": "Celsius"}


def expected(moments: list[dict[str, Any]]) -> Counter[tuple[Any, ...]]:
    """The readings that must be stored of these moments: in Wh, W, A, V, Celsius, Percent."""
    rows: Counter[tuple[Any, ...]] = Counter()
    for one in moments:
        time = datetime.fromisoformat(one["timestamp"])
        for sample in one["sampledValue"]:
            measurand = sample.get("measurand", "Energy.Active.Import.Register")
            unit = sample.get("unit") or _DEFAULT_UNITS[measurand]
            value = Decimal(sample["value"])
            if unit in _KILO:
                unit, value = _KILO[unit], value * 1000
            details = (sample.get(name, "") for name in ("phase", "location", "context", "format"))
            rows[(time, measurand, value, unit, *details)] += 1
    return rows


def stored(database: Database, transaction_id: int) -> Counter[tuple[Any, ...]]:
    """The readings of a transaction in the database, read without the project."""
    rows = database.query(
        "SELECT timestamp, measurand, value, unit, phase, location, context, format "
        "FROM ocpp_meterreading WHERE transaction_id = %s",
        [transaction_id],
    )
    return Counter(
        (moment_of(time), name, Decimal(str(value)), *rest) for time, name, value, *rest in rows
    )


def moment_of(value: Any) -> datetime:
    """A time as either database gives it, in UTC."""
    if isinstance(value, str):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    assert isinstance(value, datetime)
    return value
