"""Accounts, and who asks."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal

from django.http import Http404, HttpRequest
from ninja import Query, Router
from pydantic import Field

from accounts import access
from accounts.api import lists
from accounts.api.body import BodyIn, described, read
from accounts.api.problems import LIST, ONE, WRITE, Problem
from accounts.api.schemas import AccountOut, MeOut
from accounts.api.values import MOST, Text, find_user
from accounts.api.whose import sees_all, user_of
from accounts.api_auth import PERSON
from accounts.domain import authorization, balance, rows
from accounts.models import Account

router = Router(tags=["accounts"])


class AccountsIn(lists.ListIn):
    """Which accounts."""

    order: Literal["id", "-id", "user", "-user"] = "id"
    user: Text | None = Field(None, description="User name.")
    service_account: bool | None = None


class AccountIn(BodyIn):
    """What of an account may be changed."""

    service_account: bool = False
    max_session_kwh: Decimal | None = None
    max_session_minutes: int | None = None
    allowed_hours: Text = Field("", description="Such as `Mo-Fr 08:00-18:00`; empty: always.")


class NewAccountIn(BodyIn):
    """Whose account is to be opened."""

    user: Text = Field(description="User name.")


@router.get(
    "/me/",
    auth=PERSON,
    response={200: MeOut, frozenset({401, 403}): Problem},
    summary="Who asks",
    url_name="me",
)
def get_me(request: HttpRequest) -> Any:
    """The user of the token or of the session, with their account."""
    user = user_of(request)
    account = Account.objects.select_related("user").filter(user=user).first()
    return {
        "id": user.pk,
        "username": user.username,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "is_staff": user.is_staff,
        "permissions": sorted(user.get_all_permissions()),
        "account": told([account])[0] if account is not None else None,
    }


@router.get(
    "/",
    auth=PERSON,
    response={200: lists.Page[AccountOut], LIST: Problem},
    summary="Accounts",
    url_name="accounts",
    openapi_extra=lists.FILES,
)
def list_accounts(request: HttpRequest, asked: Query[AccountsIn]) -> Any:
    """All accounts for staff who may see them; for everybody else their own."""
    found = _seen(request)
    if asked.user is not None:
        found = found.filter(user__username=asked.user)
    if asked.service_account is not None:
        found = found.filter(service_account=asked.service_account)
    orders = {"id": "pk", "user": "user__username"}
    return lists.answer(request, found, asked, AccountOut, orders, told=told)


@router.post(
    "/",
    response={200: AccountOut, WRITE: Problem},
    summary="Open an account",
    url_name="account-add",
    openapi_extra=described(NewAccountIn, {"user": "ana"}),
)
def add_account(request: HttpRequest) -> Any:
    """An empty account for a user; the one that they have, where there is one."""
    access.require(request, "accounts.add_account")
    return told([balance.open_account(find_user(read(request, NewAccountIn).user))])[0]


@router.get(
    "/{int:number}/",
    auth=PERSON,
    response={200: AccountOut, ONE: Problem},
    summary="One account",
    url_name="account",
)
def get_account(request: HttpRequest, number: int) -> Any:
    """Its balance now, and whether it may charge. 404 for another's, but for staff."""
    return told([find(request, number)])[0]


@router.patch(
    "/{int:number}/",
    response={200: AccountOut, WRITE: Problem},
    summary="Change an account",
    url_name="account-change",
    openapi_extra=described(AccountIn, {"max_session_kwh": "40.000", "max_session_minutes": 240}),
)
def change_account(request: HttpRequest, number: int) -> Any:
    """What is not named stays as it is."""
    access.require(request, "accounts.change_account", "accounts.view_account")
    given = read(request, AccountIn)
    account = find(request, number)
    return told([rows.save(account, **given.model_dump(exclude_unset=True))])[0]


def _seen(request: HttpRequest) -> Any:
    found = Account.objects.select_related("user")
    everyone = sees_all(request, "accounts.view_account")
    return found if everyone else found.filter(user=user_of(request))


def find(request: HttpRequest, number: int) -> Account:
    """The account of this number, if the one who asks may see it. Raises Http404."""
    found: Account | None = None
    if number <= MOST:
        found = _seen(request).filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def told(accounts: Sequence[Account]) -> list[dict[str, Any]]:
    """Accounts as AccountOut, with the balances of all of them read at once."""
    energies = balance.of_all(accounts)
    return [_one(account, energies[account.pk]) for account in accounts]


def _one(account: Account, energy: balance.Balance) -> dict[str, Any]:
    verdict = authorization.judge(account, energy)
    return {
        "id": account.pk,
        "user": account.user.username,
        "service_account": account.service_account,
        "can_authorize": verdict.allowed,
        "reason": str(verdict.reason),
        "balance_kwh": energy.balance_kwh,
        "held_kwh": energy.held_kwh,
        "available_kwh": energy.available_kwh,
        "credits_kwh": energy.credits_kwh,
        "spent_kwh": energy.spent_kwh,
        "max_session_kwh": account.max_session_kwh,
        "max_session_minutes": account.max_session_minutes,
        "allowed_hours": account.allowed_hours,
        "created": account.created,
    }
