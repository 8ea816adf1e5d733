"""Credits: the journal of all of them, and adding one. A driver reads their own."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from django.http import Http404, HttpRequest
from ninja import Query, Router, Status
from pydantic import Field

from accounts import access
from accounts.api import lists
from accounts.api.body import BodyIn, described, read
from accounts.api.problems import LIST, WRITE, Problem
from accounts.api.schemas import CreditOut
from accounts.api.values import MOST, Moment, Number
from accounts.api.whose import sees_all, user_of
from accounts.api_auth import PERSON
from accounts.domain import credits
from accounts.models import Account, Credit

router = Router(tags=["accounts"])


class CreditsIn(lists.ListIn):
    """Which credits."""

    order: Literal["-id", "id", "-created_on", "created_on"] = "-id"
    account: Number | None = Field(None, description="The number of an account.")
    since: Moment | None = Field(None, description="Made at this time or later.")
    until: Moment | None = Field(None, description="Made before this time.")


class CreditIn(BodyIn):
    """Energy to be granted."""

    amount_kwh: Decimal = Field(
        max_digits=12, decimal_places=3, description="Negative takes energy back; never zero."
    )


@router.get(
    "/credits/",
    auth=PERSON,
    response={200: lists.Page[CreditOut], LIST: Problem},
    summary="Credits",
    url_name="credits",
    openapi_extra=lists.FILES,
)
def list_credits(request: HttpRequest, asked: Query[CreditsIn]) -> Any:
    """The journal for staff who may see credits; for everybody else that of their own account."""
    found = Credit.objects.select_related("account__user", "created_by")
    if not sees_all(request, "accounts.view_credit"):
        found = found.filter(account__user=user_of(request))
    if asked.account is not None:
        found = found.filter(account=asked.account)
    found = _between(found, asked.since, asked.until)
    return lists.answer(request, found, asked, CreditOut, {"id": "pk", "created_on": "created_on"})


def _between(found: Any, since: datetime | None, until: datetime | None) -> Any:
    if since is not None:
        found = found.filter(created_on__gte=since)
    if until is not None:
        found = found.filter(created_on__lt=until)
    return found


@router.post(
    "/{int:number}/credits/",
    response={201: CreditOut, WRITE: Problem},
    summary="Grant energy to an account",
    url_name="credit-add",
    openapi_extra=described(CreditIn, {"amount_kwh": "20.000"}),
)
def add_credit(request: HttpRequest, number: int) -> Any:
    """A credit is never changed: a mistake is corrected by one of the opposite amount.

    Who asks is recorded as its author.
    """
    user = access.require(request, "accounts.add_credit")
    given = read(request, CreditIn)
    account = None
    if number <= MOST:
        account = Account.objects.select_related("user").filter(pk=number).first()
    if account is None:
        raise Http404
    return Status(201, credits.grant(account, given.amount_kwh, user))
