"""Charging sessions (transactions), with what they cost. A driver reads their own."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal

from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from accounts.api import lists
from accounts.api.problems import ONE, Problem
from accounts.api.values import Moment, Number, Text, shortened
from accounts.api.whose import sees_all, user_of
from accounts.api_auth import PERSON
from ocpp.api.filters import between, exactly, of_charger
from ocpp.api.schemas import TransactionOut
from ocpp.choices import TransactionState
from ocpp.domain.queries import statements
from ocpp.models import SessionCost, Transaction

router = Router(tags=["sessions"])

_ORDERS = {"id": "pk", "start_time": "start_time"}
_SEE = "ocpp.view_transaction"


class SessionOut(TransactionOut):
    """A session. `net`, `tax` and `total` are null until it has ended, or without a tariff."""

    charger_id: str
    user: str | None
    billed_wh: int = Field(description="What of its energy was added to the account.")
    written_off: bool
    net: Decimal | None
    tax: Decimal | None
    total: Decimal | None
    currency: str | None


class CostLineOut(Schema):
    """One line of a cost. `quantity` is in kWh, minutes or sessions."""

    component: str
    label: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal


class SessionDetailOut(SessionOut):
    """A session with the lines of its cost, without tax."""

    lines: list[CostLineOut]


class SessionsIn(lists.ListIn):
    """Which sessions."""

    order: Literal["-id", "id", "-start_time", "start_time"] = "-id"
    charger: Text | None = Field(None, description="The id of a charger; 404 for an unknown one.")
    account: Number | None = Field(None, description="The number of an account.")
    state: TransactionState | None = None
    needs_review: bool | None = None
    since: Moment | None = Field(None, description="Started at this time or later.")
    until: Moment | None = Field(None, description="Started before this time.")


@router.get(
    "/sessions/",
    auth=PERSON,
    response={200: lists.Page[SessionOut], ONE: Problem},
    summary="Charging sessions",
    url_name="sessions",
    openapi_extra=lists.FILES,
)
def list_sessions(request: HttpRequest, asked: Query[SessionsIn]) -> Any:
    """All sessions for staff who may see transactions; for everybody else their own.

    Drivers are told the last four characters of id tags.
    """
    everyone = sees_all(request, _SEE)
    found = of_charger(_seen(request, everyone), asked.charger)
    found = exactly(found, asked, "account", "state", "needs_review")
    found = between(found, "start_time", asked.since, asked.until)

    def told(rows: Sequence[Transaction]) -> list[dict[str, Any]]:
        return [told_session(row, everyone) for row in rows]

    return lists.answer(request, found, asked, SessionOut, _ORDERS, told=told)


@router.get(
    "/sessions/{int:number}/",
    auth=PERSON,
    response={200: SessionDetailOut, ONE: Problem},
    summary="One session",
    url_name="session",
)
def get_session(request: HttpRequest, number: int) -> Any:
    """By the number that the charge point knows it by. 404 for another's, but for staff."""
    everyone = sees_all(request, _SEE)
    found = None
    if number < 2**31:
        found = _seen(request, everyone).filter(pk=number).first()
    if found is None:
        raise Http404
    cost: SessionCost | None = getattr(found, "cost", None)
    return told_session(found, everyone) | {"lines": list(cost.lines.all()) if cost else []}


def _seen(request: HttpRequest, everyone: bool) -> Any:
    found = Transaction.objects.select_related("charger", "account__user", "cost")
    if everyone:
        return found
    return statements.not_refused(found).filter(account__user=user_of(request))


def told_session(found: Transaction, everyone: bool) -> dict[str, Any]:
    """A session as SessionOut; its id tag whole for those who see everyone's."""
    same = TransactionOut.model_fields.keys() - {"transaction_id", "id_tag"}
    cost: SessionCost | None = getattr(found, "cost", None)
    return {
        **{name: getattr(found, name) for name in same},
        "transaction_id": found.pk,
        "id_tag": found.id_tag if everyone else shortened(found.id_tag),
        "charger_id": found.charger.charger_id,
        "user": found.account.user.username if found.account else None,
        "billed_wh": found.billed_wh,
        "written_off": found.written_off,
        **{name: getattr(cost, name, None) for name in ("net", "tax", "total", "currency")},
    }
