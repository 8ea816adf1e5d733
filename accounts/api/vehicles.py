"""Vehicles: a driver has their own, staff see and change all of them."""

from typing import Any, Literal

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Status
from pydantic import Field

from accounts.api import lists
from accounts.api.body import BodyIn, described, read
from accounts.api.problems import LIST, ONE, WRITE, Problem
from accounts.api.schemas import VehicleOut
from accounts.api.values import MOST, Number, Text
from accounts.api.whose import sees_all, user_of
from accounts.api_auth import PERSON
from accounts.domain import own, rows
from accounts.models import Account, Vehicle

router = Router(tags=["vehicles"])


class VehiclesIn(lists.ListIn):
    """Which vehicles."""

    order: Literal["id", "-id", "brand", "-brand", "VIN", "-VIN"] = "id"
    account: Number | None = Field(None, description="The number of an account.")


class VehicleIn(BodyIn):
    """What of a vehicle may be changed."""

    brand: Text = Field("", max_length=60)
    model: Text = Field("", max_length=60)
    VIN: Text = Field("", description="17 letters and digits, never I, O or Q.")


class NewVehicleIn(BodyIn):
    """A vehicle to be added."""

    brand: Text = Field(max_length=60)
    model: Text = Field(max_length=60)
    VIN: Text = Field(description="17 letters and digits, never I, O or Q.")
    account: Number | None = Field(None, description="For staff; otherwise one's own.")


_EXAMPLE = {"brand": "BYD", "model": "Dolphin", "VIN": "LGXCE4CB1P0123456"}


@router.get(
    "/vehicles/",
    auth=PERSON,
    response={200: lists.Page[VehicleOut], LIST: Problem},
    summary="Vehicles",
    url_name="vehicles",
    openapi_extra=lists.FILES,
)
def list_vehicles(request: HttpRequest, asked: Query[VehiclesIn]) -> Any:
    """All vehicles for staff who may see them; for everybody else their own."""
    found = _seen(request, "accounts.view_vehicle")
    if asked.account is not None:
        found = found.filter(account=asked.account)
    orders = {"id": "pk", "brand": "brand", "VIN": "VIN"}
    return lists.answer(request, found, asked, VehicleOut, orders)


@router.post(
    "/vehicles/",
    auth=PERSON,
    response={201: VehicleOut, WRITE: Problem},
    summary="Add a vehicle",
    url_name="vehicle-add",
    openapi_extra=described(NewVehicleIn, _EXAMPLE),
)
def add_vehicle(request: HttpRequest) -> Any:
    """To one's own account; staff who may add vehicles name any account.

    409 for a VIN that is registered already, or where the account has as many as it may have.
    """
    given = read(request, NewVehicleIn)
    user = user_of(request)
    accounts = Account.objects.select_related("user")
    if given.account is None:
        account = accounts.filter(user=user).first()
    elif sees_all(request, "accounts.add_vehicle"):
        account = accounts.filter(pk=given.account).first()
    else:
        account = accounts.filter(pk=given.account, user=user).first()
    if account is None:
        raise Http404
    vehicle = Vehicle(account=account, brand=given.brand, model=given.model, VIN=given.VIN)
    rows.check(vehicle)
    own.save_vehicle(vehicle)
    return Status(201, vehicle)


@router.get(
    "/vehicles/{int:number}/",
    auth=PERSON,
    response={200: VehicleOut, ONE: Problem},
    summary="One vehicle",
    url_name="vehicle",
)
def get_vehicle(request: HttpRequest, number: int) -> Any:
    """404 for another's, but for staff."""
    return _find(request, number, "accounts.view_vehicle")


@router.patch(
    "/vehicles/{int:number}/",
    auth=PERSON,
    response={200: VehicleOut, WRITE: Problem},
    summary="Change a vehicle",
    url_name="vehicle-change",
    openapi_extra=described(VehicleIn, {"model": "Dolphin Mini"}),
)
def change_vehicle(request: HttpRequest, number: int) -> Any:
    """What is not named stays as it is. 404 for another's, but for staff."""
    given = read(request, VehicleIn)
    vehicle = _find(request, number, "accounts.change_vehicle")
    return rows.save(vehicle, **given.model_dump(exclude_unset=True))


@router.delete(
    "/vehicles/{int:number}/",
    auth=PERSON,
    response={204: None, ONE: Problem},
    summary="Remove a vehicle",
    url_name="vehicle-remove",
)
def remove_vehicle(request: HttpRequest, number: int) -> Any:
    """Its sessions stay. 404 for another's, but for staff."""
    _find(request, number, "accounts.delete_vehicle").delete()
    return Status(204, None)


def _seen(request: HttpRequest, permission: str) -> Any:
    everyone = sees_all(request, permission)
    found = Vehicle.objects.all() if everyone else own.vehicles_of(user_of(request))
    return found.select_related("account__user")


def _find(request: HttpRequest, number: int, permission: str) -> Vehicle:
    found: Vehicle | None = None
    if number <= MOST:
        found = _seen(request, permission).filter(pk=number).first()
    if found is not None:
        return found
    if permission != "accounts.view_vehicle" and sees_all(request, "accounts.view_vehicle"):
        raise PermissionDenied(_("You need the permission %(names)s.") % {"names": permission})
    raise Http404
