"""Tariffs: their versions and prices; new ones. What sessions were charged by is never changed."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from accounts import access
from accounts.api import lists
from accounts.api.body import BodyIn, described, read
from accounts.api.problems import LIST, ONE, WRITE, Problem
from accounts.api.values import MOST, Moment, Text
from accounts.domain import rows
from ocpp.choices import CostComponent, HolidayCalendar
from ocpp.domain import charger_settings
from ocpp.domain.tariffs import versions
from ocpp.models import SessionCost, Tariff, TariffPrice, TariffVersion

router = Router(tags=["tariffs"])

#: A time of day.
Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class PriceOut(Schema):
    """A price without tax: per kWh, per minute or per session. The first that holds counts."""

    component: str
    amount: Decimal
    label: str
    weekdays: str = Field(description="Digits from 0 (Monday) to 6.")
    start: str = Field(description="On the clock, such as `18:00`.")
    end: str = Field(description="The same as `start`: all day.")
    season_start: str = Field(description="Month and day, such as `04-01`; empty: all year.")
    season_end: str

    @staticmethod
    def resolve_start(price: TariffPrice) -> str:
        """Hours and minutes."""
        return f"{price.start:%H:%M}"

    @staticmethod
    def resolve_end(price: TariffPrice) -> str:
        """Hours and minutes."""
        return f"{price.end:%H:%M}"


class VersionOut(Schema):
    """The prices of a tariff from a time on. `used`: sessions were charged by it."""

    id: int
    valid_from: datetime
    tax_percent: Decimal
    holidays: str
    used: bool
    prices: list[PriceOut]


class TariffOut(Schema):
    """A tariff. The standard one is for all chargers without one of their own."""

    id: int
    name: str
    currency: str
    time_zone: str
    standard: bool


class TariffDetailOut(TariffOut):
    """A tariff with its versions, the newest first."""

    versions: list[VersionOut]


class TariffsIn(lists.ListIn):
    """Which tariffs."""

    order: Literal["name", "-name", "id", "-id"] = "name"


class TariffIn(BodyIn):
    """What of a tariff may be changed."""

    name: Text = Field("", max_length=100)
    currency: Text = Field("MXN", description="By ISO 4217.")
    time_zone: Text = Field("", max_length=64, description="Empty: that of the node.")
    standard: bool = False


class NewTariffIn(TariffIn):
    """A tariff to be added."""

    name: Text = Field(max_length=100)


class PriceIn(BodyIn):
    """A price of a new version."""

    component: CostComponent
    amount: Decimal = Field(ge=0, max_digits=12, decimal_places=6)
    label: Text = Field("", max_length=40)
    weekdays: Text = "0123456"
    start: Clock = "00:00"
    end: Clock = "00:00"
    season_start: Text = ""
    season_end: Text = ""


class VersionIn(BodyIn):
    """A new version."""

    valid_from: Moment
    tax_percent: Decimal = Field(Decimal(0), ge=0, le=100, max_digits=5, decimal_places=2)
    holidays: HolidayCalendar = HolidayCalendar.NONE
    prices: list[PriceIn] = Field(max_length=200)


_VERSION = {
    "valid_from": "2027-01-01T06:00:00Z",
    "tax_percent": "16.00",
    "prices": [
        {
            "component": "energy",
            "amount": "9.50",
            "label": "peak",
            "start": "18:00",
            "end": "22:00",
        },
        {"component": "energy", "amount": "6.20"},
    ],
}


@router.get(
    "/tariffs/",
    response={200: lists.Page[TariffOut], LIST: Problem},
    summary="Tariffs",
    url_name="tariffs",
    openapi_extra=lists.FILES,
)
def list_tariffs(request: HttpRequest, asked: Query[TariffsIn]) -> Any:
    """All tariffs, without their prices."""
    access.require(request, "ocpp.view_tariff")
    orders = {"name": "name", "id": "pk"}
    return lists.answer(request, Tariff.objects.all(), asked, TariffOut, orders)


@router.post(
    "/tariffs/",
    response={201: TariffDetailOut, WRITE: Problem},
    summary="Add a tariff",
    url_name="tariff-add",
    openapi_extra=described(NewTariffIn, {"name": "Downtown", "currency": "MXN"}),
)
def add_tariff(request: HttpRequest) -> Any:
    """Its prices come with a version. 409 for a name that is taken, or a second standard one."""
    access.require(request, "ocpp.add_tariff")
    given = read(request, NewTariffIn)
    charger_settings.check_zone(given.time_zone)
    tariff = rows.save(Tariff(), **given.model_dump())
    return Status(201, _find(tariff.pk))


@router.get(
    "/tariffs/{int:number}/",
    response={200: TariffDetailOut, ONE: Problem},
    summary="One tariff",
    url_name="tariff",
)
def get_tariff(request: HttpRequest, number: int) -> Any:
    """With all its versions and their prices."""
    access.require(request, "ocpp.view_tariff")
    return _find(number)


@router.patch(
    "/tariffs/{int:number}/",
    response={200: TariffDetailOut, WRITE: Problem},
    summary="Change a tariff",
    url_name="tariff-change",
    openapi_extra=described(TariffIn, {"name": "Downtown", "standard": False}),
)
def change_tariff(request: HttpRequest, number: int) -> Any:
    """What is not named stays as it is. Prices are changed by a new version."""
    access.require(request, "ocpp.change_tariff")
    given = read(request, TariffIn).model_dump(exclude_unset=True)
    tariff = _find(number)
    charger_settings.check_zone(given.get("time_zone", ""))
    rows.save(tariff, **given)
    return tariff


@router.post(
    "/tariffs/{int:number}/versions/",
    response={201: TariffDetailOut, WRITE: Problem},
    summary="Add a version of a tariff",
    url_name="tariff-version-add",
    openapi_extra=described(VersionIn, _VERSION),
)
def add_version(request: HttpRequest, number: int) -> Any:
    """Prices from a time on, which lies after every session that was charged by this tariff."""
    access.require(request, "ocpp.add_tariffversion", "ocpp.add_tariffprice")
    given = read(request, VersionIn)
    tariff = _find(number)
    prices = [price.model_dump() for price in given.prices]
    fields = given.model_dump(exclude={"prices"})
    versions.add(tariff, prices, **fields)
    return Status(201, _find(number))


def _find(number: int) -> Tariff:
    used = Exists(SessionCost.objects.filter(version=OuterRef("pk")))
    told: QuerySet[Any] = TariffVersion.objects.annotate(used=used).prefetch_related("prices")
    found = Tariff.objects.prefetch_related(Prefetch("versions", told))
    tariff = found.filter(pk=number).first() if number <= MOST else None
    if tariff is None:
        raise Http404
    return tariff
