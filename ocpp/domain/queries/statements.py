"""Statements: the sessions of an account in a month, with energy, cost and balance.

A session belongs to the month in which it ended, by the clock of the node's time zone. Its energy
counts once it is added to the account; until then it is listed apart.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import BigIntegerField, Count, DateField, F, Q, QuerySet, Sum
from django.db.models.functions import Cast, Coalesce, Round, TruncMonth

from accounts.domain.balance import kwh
from accounts.models import Account, Credit
from audit import domain as audit
from ocpp.choices import TransactionState
from ocpp.domain.errors import NotFound
from ocpp.models import Transaction

#: Sessions before this year and after that are of clocks that lie; such months are empty.
FIRST_YEAR, LAST_YEAR = 2015, 2200


@dataclass(frozen=True, slots=True)
class Cost:
    """What sessions cost together, in one currency."""

    currency: str
    net: Decimal
    tax: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class Statement:
    """A month of an account. Energy in kWh, exact to the Wh."""

    account: Account
    #: The first day of the month.
    month: date
    #: Sessions whose energy is counted, and those that await a review, oldest first.
    sessions: list[Transaction]
    waiting: list[Transaction]
    opening_wh: int
    credits_wh: int
    costs: list[Cost]

    @property
    def energy_wh(self) -> int:
        """Energy of the sessions (Wh)."""
        return sum(session.billed_wh for session in self.sessions)

    @property
    def energy_kwh(self) -> Decimal:
        """Energy of the sessions (kWh)."""
        return kwh(self.energy_wh)

    @property
    def opening_kwh(self) -> Decimal:
        """The balance when the month began, of finished sessions (kWh)."""
        return kwh(self.opening_wh)

    @property
    def credits_kwh(self) -> Decimal:
        """Credits given in the month, less those taken back (kWh)."""
        return kwh(self.credits_wh)

    @property
    def closing_kwh(self) -> Decimal:
        """The balance when the month ended, of finished sessions (kWh)."""
        return kwh(self.opening_wh + self.credits_wh - self.energy_wh)


@dataclass(frozen=True, slots=True)
class Month:
    """A month with sessions: how many, and their energy (kWh)."""

    month: date
    sessions: int
    energy_kwh: Decimal


def zone() -> ZoneInfo:
    """The zone by which months are told apart."""
    return ZoneInfo(settings.TIME_ZONE)


def months_of(account: Account) -> QuerySet[Any, Any]:
    """The months in which sessions of an account ended, in no order yet.

    Each has its first day, `month`, how many `sessions`, and their energy, `wh`.
    """
    return (
        ended(account)
        .order_by()
        .annotate(month=TruncMonth("stop_time", output_field=DateField(), tzinfo=zone()))
        .values("month")
        .annotate(sessions=Count("id"), wh=Sum("billed_wh"))
    )


def month_of(row: Mapping[str, Any]) -> Month:
    """A row of `months_of`."""
    return Month(row["month"], row["sessions"], kwh(row["wh"]))


def months(account: Account) -> list[Month]:
    """The months in which sessions of an account ended, the newest first."""
    return [month_of(row) for row in months_of(account).order_by("-month")]


def statement(account: Account, year: int, month: int) -> Statement:
    """The statement of a month, in seven queries at most. Raises NotFound for one that is none."""
    if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= 12):
        raise NotFound("There is no such month.")
    begin, end = _begin(year, month), _begin(year + month // 12, month % 12 + 1)
    rows = list(
        ended(account)
        .filter(stop_time__gte=begin, stop_time__lt=end)
        .select_related("charger", "vehicle", "cost", "account__user")
        .order_by("stop_time", "pk")
    )
    credits = Credit.objects.filter(account=account)
    spent_before = ended(account).filter(stop_time__lt=begin)
    return Statement(
        account=account,
        month=date(year, month, 1),
        sessions=[row for row in rows if not row.needs_review],
        waiting=[row for row in rows if row.needs_review],
        opening_wh=_credits_wh(credits.filter(created_on__lt=begin))
        - (spent_before.aggregate(wh=Sum("billed_wh"))["wh"] or 0),
        credits_wh=_credits_wh(credits.filter(created_on__gte=begin, created_on__lt=end)),
        costs=list(_costs(rows)),
    )


def _begin(year: int, month: int) -> datetime:
    return datetime(year, month, 1, tzinfo=zone()).astimezone(UTC)


def ended(account: Account) -> QuerySet[Transaction]:
    """The sessions of an account that have ended, whether or not their energy counts yet."""
    return not_refused(Transaction.objects.filter(account=account, stop_time__isnull=False))


def not_refused(found: QuerySet[Transaction]) -> QuerySet[Transaction]:
    """Without what was refused: that is nobody's, unless staff have stood by its energy."""
    return found.exclude(Q(state=TransactionState.REFUSED) & Q(billed_wh=0))


def _credits_wh(credits: QuerySet[Credit]) -> int:
    # As integers: SQLite adds decimals as floating point numbers.
    wh = Cast(Round(F("amount_kwh") * 1000), BigIntegerField())
    total: int = credits.aggregate(wh=Coalesce(Sum(wh), 0))["wh"]
    return total


def _costs(rows: list[Transaction]) -> Iterator[Cost]:
    """The costs of the sessions, summed for each currency."""
    costs = [row.cost for row in rows if getattr(row, "cost", None) is not None]
    for currency in sorted({cost.currency for cost in costs}):
        mine = [cost for cost in costs if cost.currency == currency]
        yield Cost(
            currency,
            sum((cost.net for cost in mine), Decimal(0)),
            sum((cost.tax for cost in mine), Decimal(0)),
            sum((cost.total for cost in mine), Decimal(0)),
        )


def table(found: Statement) -> tuple[list[str], list[list[Any]]]:
    """A statement as headings and rows, for a file. Energy that awaits a review counts as 0."""
    head = [
        "transaction",
        "charger",
        "connector",
        "started",
        "ended",
        "minutes",
        "energy_kwh",
        "state",
        "vehicle",
        "id_tag",
        "net",
        "tax",
        "total",
        "currency",
    ]
    return head, [_row(one) for one in sorted([*found.sessions, *found.waiting], key=_by_end)]


def _by_end(session: Transaction) -> tuple[datetime, int]:
    assert session.stop_time is not None  # noqa: S101  (it ended)
    return session.stop_time, session.pk


def _row(session: Transaction) -> list[Any]:
    assert session.stop_time is not None  # noqa: S101  (it ended)
    cost = getattr(session, "cost", None)
    money = [cost.net, cost.tax, cost.total, cost.currency] if cost else ["", "", "", ""]
    lasted = session.stop_time - session.start_time
    return [
        session.pk,
        str(session.charger),
        session.connector_id,
        session.start_time.astimezone(zone()),
        session.stop_time.astimezone(zone()),
        max(0, round(lasted.total_seconds() / 60)),
        kwh(session.billed_wh),
        "awaits review" if session.needs_review else "counted",
        str(session.vehicle or ""),
        session.id_tag,
        *money,
    ]


def record_export(found: Statement, form: str) -> None:
    """Tell the audit that a statement was taken out as a file."""
    after = {"month": f"{found.month:%Y-%m}", "format": form}
    audit.record("statement.exported", found.account, after=after)
