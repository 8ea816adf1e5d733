"""Chargers: reading them, and what staff decide about one."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import Field

from accounts import access
from accounts.api import lists
from accounts.api.body import BodyIn, described, read
from accounts.api.problems import LIST, WRITE, Problem
from accounts.api.values import Number, Text
from ocpp.api import reads
from ocpp.api.schemas import ChargerDetailOut, ChargerOut, ChargersOut
from ocpp.choices import Registration
from ocpp.domain import charger_settings
from ocpp.domain.errors import Invalid
from ocpp.domain.lookup import find_charger
from ocpp.models import Tariff

#: Chargers in one answer, at most.
MOST_CHARGERS = 1000

router = Router()


class ChargersIn(lists.ListIn):
    """Which chargers."""

    order: Literal["charger_id", "-charger_id"] = "charger_id"
    limit: Annotated[int, Field(ge=1, le=MOST_CHARGERS)] = MOST_CHARGERS
    offset: Annotated[int, Field(ge=0, le=10**9)] = 0
    connected: bool | None = None
    registration: Registration | None = None
    vendor: Text | None = None
    model: Text | None = None


class ChargerIn(BodyIn):
    """What of a charger may be changed."""

    name: Text = Field("", max_length=100)
    require_rfid: bool = False
    strict: bool = False
    time_zone: Text = Field("", max_length=64)
    latitude: Decimal | None = Field(None, max_digits=9, decimal_places=6)
    longitude: Decimal | None = Field(None, max_digits=9, decimal_places=6)
    tariff: Number | None = Field(None, description="Its number; null: the standard one.")


@router.get(
    "/chargers/",
    response={200: ChargersOut, LIST: Problem},
    summary="All chargers",
    url_name="chargers",
    openapi_extra=lists.FILES,
)
def list_chargers(request: HttpRequest, asked: Query[ChargersIn]) -> Any:
    """Every charger with its connectors and active transactions, by id.

    Without `limit` up to 1000 at once; `count` tells how many there are. `next` leads to the page
    that follows; `offset` skips, too.
    """
    access.require(request, "ocpp.view_charger")
    found = reads.chargers()
    if asked.connected is not None:
        found = found.exclude(owner="") if asked.connected else found.filter(owner="")
    for name in ("registration", "vendor", "model"):
        value = getattr(asked, name)
        found = found if value is None else found.filter(**{name: value})
    orders = {"charger_id": "charger_id"}
    if asked.format != "json":
        return lists.answer(request, found, asked, ChargerOut, orders)
    skipped = asked.offset if asked.cursor is None else 0
    page = lists.page(request, found, asked, orders, skipped=skipped)
    return {
        "count": found.count(),
        "limit": asked.limit,
        "offset": asked.offset,
        "chargers": page["items"],
        "next": page["next"],
    }


@router.get(
    "/chargers/{path:cid}/",
    response={200: ChargerDetailOut, 401: Problem, 403: Problem, 404: Problem},
    summary="One charger",
    url_name="charger",
)
def get_charger(request: HttpRequest, cid: str) -> Any:
    """Details of a charger, its current or last transaction, and its newest 100 messages."""
    access.require(request, "ocpp.view_charger")
    return reads.detail(find_charger(cid))


@router.patch(
    "/chargers/{path:cid}/",
    response={200: ChargerDetailOut, WRITE: Problem},
    summary="Change a charger",
    url_name="charger-change",
    openapi_extra=described(ChargerIn, {"name": "Garage", "require_rfid": True}),
)
def change_charger(request: HttpRequest, cid: str) -> Any:
    """What is not named stays as it is. What the charge point itself reports is not changed."""
    access.require(request, "ocpp.change_charger", "ocpp.view_charger")
    given = read(request, ChargerIn)
    charger = find_charger(cid)
    changes = given.model_dump(exclude_unset=True)
    if given.tariff is not None:
        changes["tariff"] = Tariff.objects.filter(pk=given.tariff).first()
        if changes["tariff"] is None:
            raise Invalid("tariff", _("there is no such tariff."))
    return reads.detail(charger_settings.change(charger, **changes))
