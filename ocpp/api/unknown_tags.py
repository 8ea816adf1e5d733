"""The inbox of unknown tags: read it, adopt a tag as a card, ignore one."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status
from pydantic import Field

from accounts import access
from accounts.api.body import read_object
from accounts.api.problems import Problem
from accounts.models import User
from ocpp.domain import unknown_tags
from ocpp.domain.errors import Invalid

MOST = 1000

router = Router(tags=["unknown tags"])


class UnknownTagOut(Schema):
    """A tag that is no card. `suggestion` is the card that it is when read backwards."""

    id: int
    tag: str
    charger_id: str = Field(alias="charger.charger_id")
    first_seen: datetime
    last_seen: datetime
    times: int
    answer: str
    ignored: bool
    suggestion: str | None


class UnknownTagsOut(Schema):
    """A page of the inbox, newest first. `count` is how many there are in all."""

    count: int
    limit: int
    offset: int
    tags: list[UnknownTagOut]


class AdoptedOut(Schema):
    """The card that a tag has become. `user` is a user name, or null for nobody's card."""

    rfid: str
    user: str | None
    allowed: bool


def _body(example: dict[str, Any], **properties: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    content = {"application/json": {"schema": schema, "example": example}}
    return {"requestBody": {"required": False, "content": content}}


_USER = {"type": ["string", "null"], "description": "User name; null or absent: nobody's card."}


@router.get(
    "/unknown-tags/",
    response={200: UnknownTagsOut, 400: Problem, 401: Problem, 403: Problem},
    summary="Tags that are no cards",
    url_name="unknown-tags",
)
def list_unknown_tags(
    request: HttpRequest,
    ignored: bool = False,
    limit: Annotated[int, Query(ge=1, le=MOST)] = MOST,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> Any:
    """The tags that were held to chargers and are no cards here; or those that staff ignore."""
    access.require(request, "ocpp.view_unknowntag")
    found = unknown_tags.inbox().filter(ignored=ignored)
    return {
        "count": found.count(),
        "limit": limit,
        "offset": offset,
        "tags": list(found[offset : offset + limit]),
    }


@router.post(
    "/unknown-tags/{int:number}/adopt/",
    response={201: AdoptedOut, frozenset({400, 401, 403, 404, 409, 413, 415}): Problem},
    summary="Make a card of a tag",
    url_name="unknown-tag-adopt",
    openapi_extra=_body({"user": "ana"}, user=_USER),
)
def adopt(request: HttpRequest, number: int) -> Any:
    """The tag becomes an allowed card, of the user named `user` or of nobody.

    It needs the permission to add cards. 400 for a tag that is not the number of a card.
    """
    access.require(request, "accounts.add_rfid")
    given = _given(request, "user")
    row = unknown_tags.find(number)
    card = unknown_tags.adopt(row, _user(given.get("user")))
    user = card.user.get_username() if card.user else None
    return Status(201, {"rfid": card.rfid, "user": user, "allowed": card.allowed})


@router.post(
    "/unknown-tags/{int:number}/ignore/",
    response={200: UnknownTagOut, frozenset({400, 401, 403, 404, 413, 415}): Problem},
    summary="Ignore a tag, or show it again",
    url_name="unknown-tag-ignore",
    openapi_extra=_body({"ignored": True}, ignored={"type": "boolean", "default": True}),
)
def ignore(request: HttpRequest, number: int) -> Any:
    """The tag is not listed any more; with `ignored` false it is again."""
    access.require(request, "ocpp.change_unknowntag")
    ignored = _given(request, "ignored").get("ignored", True)
    if not isinstance(ignored, bool):
        raise Invalid("ignored", _("must be true or false."))
    row = unknown_tags.find(number)
    unknown_tags.ignore(row, ignored=ignored)
    return row


def _given(request: HttpRequest, *names: str) -> dict[str, Any]:
    """The body, which may be left out."""
    if request.headers.get("Content-Length", "0") in ("", "0"):
        return {}
    given = read_object(request)
    for name in given:
        if name not in names:
            raise Invalid(name, _("is not known here."))
    return given


def _user(username: object) -> User | None:
    if username is None:
        return None
    user = None
    if isinstance(username, str) and username.isprintable():
        user = User.objects.filter(username=username).first()
    if user is None:
        shown = str(username)[:150]
        raise Invalid("user", _("there is no user “%(name)s”.") % {"name": shown})
    return user
