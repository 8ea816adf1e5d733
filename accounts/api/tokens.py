"""API tokens of one's own: list them, make one, revoke one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from django.core.exceptions import PermissionDenied
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
    """Its text is in this answer and nowhere else.

    By a session, or by a token that may do everything that its user may; a token that is made by
    another one ends with it at the latest.
    """
    last = _end_of_the_makers(request)
    given = read(request, TokenIn)
    if given.expires is not None and given.expires <= timezone.now():
        raise HttpError(400, _("expires: must be in the future."))
    if last is not None and (given.expires is None or given.expires > last):
        text = _("expires: must be %(last)s at the latest, when your own token ends.")
        raise HttpError(400, text % {"last": f"{last:%Y-%m-%dT%H:%M:%SZ}"})
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


def _end_of_the_makers(request: HttpRequest) -> datetime | None:
    """When the token ends by which another is to be made; None: never, or it is a session.

    Raises PermissionDenied for a token that may do less than its user.
    """
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    token = tokens.find(secret.strip())
    if token is None or token.scope != ApiToken.Scope.FULL:
        raise PermissionDenied(_("This token may make no others."))
    return token.expires


def _told(found: Sequence[ApiToken]) -> list[dict[str, Any]]:
    now = timezone.now()
    same = TokenOut.model_fields.keys() - {"valid"}
    return [
        {name: getattr(one, name) for name in same} | {"valid": one.valid_at(now)} for one in found
    ]
