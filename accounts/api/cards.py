"""Cards: staff see and change all of them, a driver sees their own and reports one as lost."""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any, Literal

from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Query, Router, Status
from pydantic import Field

from accounts import access
from accounts.api import lists
from accounts.api.body import BodyIn, described, read
from accounts.api.problems import LIST, ONE, WRITE, Problem
from accounts.api.schemas import CardOut
from accounts.api.values import MOST, Moment, Text, find_user, shortened
from accounts.api.whose import sees_all, user_of
from accounts.api_auth import PERSON
from accounts.domain import card_changes, own, rows
from accounts.fields import normalise
from accounts.models import RFID

router = Router(tags=["cards"])

#: Not by the number of a card, which a cursor would tell.
_ORDERS = {"id": "pk", "created": "created"}


class CardsIn(lists.ListIn):
    """Which cards."""

    order: Literal["id", "-id", "created", "-created"] = "id"
    user: Text | None = Field(None, description="User name.")
    rfid: Text | None = Field(None, description="The number of a card, however it is written.")
    group: Text | None = None
    allowed: bool | None = None


class CardIn(BodyIn):
    """What of a card may be changed."""

    user: Text | None = Field(None, description="User name; null: nobody's card.")
    allowed: bool = True
    block_reason: Text = Field("", description="Why it is not allowed.")
    group: Text = ""
    expires: Moment | None = None
    max_concurrent: int | None = None
    max_session_kwh: Decimal | None = None
    max_session_minutes: int | None = None


class NewCardIn(CardIn):
    """A card to be added."""

    rfid: str = Field(max_length=60, description="8, 14 or 20 hexadecimal digits.")


_EXAMPLE = {"user": "ana", "expires": "2027-01-31T23:59:00Z", "max_session_kwh": "40.000"}


@router.get(
    "/cards/",
    auth=PERSON,
    response={200: lists.Page[CardOut], LIST: Problem},
    summary="Cards",
    url_name="cards",
    openapi_extra=lists.FILES,
)
def list_cards(request: HttpRequest, asked: Query[CardsIn]) -> Any:
    """All cards for staff who may see them; for everybody else their own.

    Drivers are told the last four digits of a card: the whole number could be copied.
    """
    found = _seen(request)
    if asked.user is not None:
        found = found.filter(user__username=asked.user)
    if asked.rfid is not None:
        found = found.filter(rfid=normalise(asked.rfid))
    if asked.group is not None:
        found = found.filter(parent=asked.group)
    if asked.allowed is not None:
        found = found.filter(allowed=asked.allowed)
    told = partial(_told, whole=_whole(request))
    return lists.answer(request, found, asked, CardOut, _ORDERS, told=told)


@router.post(
    "/cards/",
    response={201: CardOut, WRITE: Problem},
    summary="Add a card",
    url_name="card-add",
    openapi_extra=described(NewCardIn, {"rfid": "04A2B3C4", **_EXAMPLE}),
)
def add_card(request: HttpRequest) -> Any:
    """409 where there is one with this number already."""
    access.require(request, "accounts.add_rfid")
    given = read(request, NewCardIn)
    card = rows.save(RFID(rfid=given.rfid), **_changes(given))
    return Status(201, _told([card])[0])


@router.get(
    "/cards/{int:number}/",
    auth=PERSON,
    response={200: CardOut, ONE: Problem},
    summary="One card",
    url_name="card",
)
def get_card(request: HttpRequest, number: int) -> Any:
    """404 for another's, but for staff."""
    return _told([_find(request, number)], whole=_whole(request))[0]


@router.patch(
    "/cards/{int:number}/",
    response={200: CardOut, WRITE: Problem},
    summary="Change a card",
    url_name="card-change",
    openapi_extra=described(CardIn, {"allowed": False, "block_reason": "Reported as stolen"}),
)
def change_card(request: HttpRequest, number: int) -> Any:
    """What is not named stays as it is. Who allows a card takes the reason of its block away."""
    access.require(request, "accounts.change_rfid")
    given = read(request, CardIn)
    card = _find(request, number)
    changes = _changes(given)
    allowed = changes.pop("allowed", card.allowed)
    reason = changes.pop("block_reason", card.block_reason)
    rows.save(card, **changes)
    card_changes.set_allowed(card, allowed, reason)
    return _told([card])[0]


@router.post(
    "/cards/{int:number}/lost/",
    auth=PERSON,
    response={200: CardOut, ONE: Problem},
    summary="Report a card of one's own as lost",
    url_name="card-lost",
)
def report_lost(request: HttpRequest, number: int) -> Any:
    """It authorises nothing any more; only staff can allow it again. 404 for another's card."""
    mine = own.cards_of(user_of(request))
    card = _of_number(mine.select_related("user"), number)
    own.report_lost(card, timezone.now())
    card.refresh_from_db()
    return _told([card], whole=_whole(request))[0]


def _seen(request: HttpRequest) -> Any:
    everyone = sees_all(request, "accounts.view_rfid")
    found = RFID.objects.all() if everyone else own.cards_of(user_of(request))
    return found.select_related("user")


def _whole(request: HttpRequest) -> bool:
    """Whether whole numbers of cards are told: to staff only, for a number can be copied."""
    return sees_all(request, "accounts.view_rfid")


def _find(request: HttpRequest, number: int) -> RFID:
    return _of_number(_seen(request), number)


def _of_number(among: Any, number: int) -> RFID:
    card: RFID | None = among.filter(pk=number).first() if number <= MOST else None
    if card is None:
        raise Http404
    return card


def _changes(given: CardIn) -> dict[str, Any]:
    """What was named, as the model calls it."""
    changes = given.model_dump(exclude_unset=True, exclude={"rfid"})
    if "user" in changes:
        changes["user"] = None if given.user is None else find_user(given.user)
    if "group" in changes:
        changes["parent"] = changes.pop("group")
    return changes


def _told(cards: Sequence[RFID], *, whole: bool = True) -> list[dict[str, Any]]:
    same = CardOut.model_fields.keys() - {"user", "group", "rfid"}
    return [
        {name: getattr(card, name) for name in same}
        | {
            "rfid": card.rfid if whole else shortened(card.rfid),
            "user": card.user.username if card.user else None,
            "group": card.parent,
        }
        for card in cards
    ]
