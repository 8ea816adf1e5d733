"""Statements of accounts, month by month. `config.api` mounts `router` under /accounts/."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from accounts import tables
from accounts.api import lists
from accounts.api.problems import ONE, Problem
from accounts.api.values import MOST
from accounts.api.whose import sees_all, user_of
from accounts.api_auth import PERSON
from accounts.models import Account
from ocpp.api.sessions import SessionOut, told_session
from ocpp.domain.queries import statements

router = Router(tags=["statements"])


class MonthOut(Schema):
    """A month in which sessions ended. `month` is its first day."""

    month: date
    sessions: int
    energy_kwh: Decimal


class MonthsIn(lists.ListIn):
    """The months of an account, as a list."""

    order: Literal["-month", "month"] = Field("-month", description="`-` is the newest first.")


class CostOut(Schema):
    """What sessions cost together, in one currency."""

    currency: str
    net: Decimal
    tax: Decimal
    total: Decimal


class StatementOut(Schema):
    """A month of an account, by the time zone of the node. `waiting` sessions are not counted."""

    account_id: int
    user: str
    month: date
    opening_kwh: Decimal
    credits_kwh: Decimal
    energy_kwh: Decimal
    closing_kwh: Decimal
    costs: list[CostOut]
    sessions: list[SessionOut]
    waiting: list[SessionOut] = Field(description="Sessions whose energy awaits a review.")


class StatementIn(Schema):
    """How a statement is to be told."""

    format: Literal["json", "csv", "xlsx"] = "json"


@router.get(
    "/{int:number}/statements/",
    auth=PERSON,
    response={200: lists.Page[MonthOut], ONE: Problem},
    summary="Months of an account",
    url_name="statements",
    openapi_extra=lists.FILES,
)
def list_statements(request: HttpRequest, number: int, asked: Query[MonthsIn]) -> Any:
    """Those in which sessions ended; 404 for another's account, unless staff may see it."""
    found = statements.months_of(_account(request, number))

    def told(rows: Sequence[Any]) -> list[statements.Month]:
        return [statements.month_of(row) for row in rows]

    orders = {"month": "month"}
    return lists.answer(request, found, asked, MonthOut, orders, told=told, last_key="month")


@router.get(
    "/{int:number}/statements/{int:year}-{int:month}/",
    auth=PERSON,
    response={200: StatementOut, ONE: Problem},
    summary="A statement",
    url_name="statement",
    openapi_extra=lists.FILES,
)
def get_statement(
    request: HttpRequest, number: int, year: int, month: int, asked: Query[StatementIn]
) -> Any:
    """The sessions that ended in a month, with energy, cost and balance."""
    found = statements.statement(_account(request, number), year, month)
    if asked.format != "json":
        return _file(found, asked.format)
    everyone = sees_all(request, "ocpp.view_transaction")
    same = StatementOut.model_fields.keys() - {"account_id", "user", "sessions", "waiting"}
    return {
        **{name: getattr(found, name) for name in same},
        "account_id": found.account.pk,
        "user": found.account.user.username,
        "sessions": [told_session(one, everyone) for one in found.sessions],
        "waiting": [told_session(one, everyone) for one in found.waiting],
    }


def _file(found: statements.Statement, form: str) -> HttpResponse:
    write = tables.as_csv if form == "csv" else tables.as_xlsx
    statements.record_export(found, form)
    name = f"statement-{found.account.pk}-{found.month:%Y-%m}"
    return lists.as_file(write(*statements.table(found)), form, name)


def _account(request: HttpRequest, number: int) -> Account:
    found = Account.objects.select_related("user")
    if not sees_all(request, "ocpp.view_transaction"):
        found = found.filter(user=user_of(request))
    account = found.filter(pk=number).first() if number <= MOST else None
    if account is None:
        raise Http404
    return account
