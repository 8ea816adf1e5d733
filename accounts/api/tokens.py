"""API tokens of one's own: list them, make one, revoke one."""

from collections.abc import Sequence
from typing import Any, Literal

from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router, Status
from ninja.errors import HttpError
from pydantic import Field

from accounts.api import lists
from accounts.api.body import BodyIn, described, read
from accounts.api.problems import LIST, WRITE, Problem
from accounts.api.schemas import NewTokenOut, TokenOut
from accounts.api.values import MOST, Moment, Text
from accounts.api.whose import user_of
from accounts.api_auth import PERSON
from accounts.domain import tokens
from accounts.models import ApiToken

router = Router(tags=["tokens"])


class TokenIn(BodyIn):
    """A token to be made."""

    name: Text = Field(min_length=1, max_length=100, description="Which program uses it, where.")
    scope: Literal["read", "full"] = "full"
    expires: Moment | None = Field(None, description="null: never.")


@router.get(
    "/tokens/",
    auth=PERSON,
    response={200: lists.Page[TokenOut], LIST: Problem},
    summary="One's own API tokens",
    url_name="tokens",
    openapi_extra=lists.FILES,
)
def list_tokens(request: HttpRequest, asked: Query[lists.NewestIn]) -> Any:
    """Never their secrets: only their digests are stored."""
    mine = ApiToken.objects.filter(user=user_of(request))
    return lists.answer(request, mine, asked, TokenOut, told=_told)


@router.post(
    "/tokens/",
    auth=PERSON,
    response={201: NewTokenOut, WRITE: Problem},
    summary="Make an API token",
    url_name="token-add",
    openapi_extra=described(TokenIn, {"name": "Billing", "scope": "read"}),
)
def add_token(request: HttpRequest) -> Any:
    """Its text is in this answer and nowhere else. 403 for a program that may only read.

    A token can do no more than the one by which it is made.
    """
    given = read(request, TokenIn)
    if given.expires is not None and given.expires <= timezone.now():
        raise HttpError(400, _("expires: must be in the future."))
    scope = ApiToken.Scope(given.scope)
    token, secret = tokens.create(user_of(request), given.name, given.expires, scope)
    return Status(201, {**_told([token])[0], "token": secret})


@router.delete(
    "/tokens/{int:number}/",
    auth=PERSON,
    response={204: None, frozenset({401, 403, 404}): Problem},
    summary="Revoke an API token",
    url_name="token-revoke",
)
def revoke_token(request: HttpRequest, number: int) -> Any:
    """It opens nothing any more, for good. 404 for another's."""
    mine = ApiToken.objects.filter(user=user_of(request))
    token = mine.filter(pk=number).first() if number <= MOST else None
    if token is None:
        raise Http404
    tokens.revoke(token)
    return Status(204, None)


def _told(found: Sequence[ApiToken]) -> list[dict[str, Any]]:
    now = timezone.now()
    same = TokenOut.model_fields.keys() - {"valid"}
    return [
        {name: getattr(one, name) for name in same} | {"valid": one.valid_at(now)} for one in found
    ]
