"""Reservations, charging profiles and configuration snapshots, as they are and were.

They are made by commands (`POST /ocpp/chargers/<id>/action/`): what a charge point was not asked
for it would not know.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema

from accounts import access
from accounts.api import lists
from accounts.api.problems import ONE, Problem
from accounts.api.values import MOST
from ocpp.api.filters import OfChargerIn, of_charger
from ocpp.choices import OPEN_RESERVATION_STATES, ProfilePurpose, ProfileState, ReservationState
from ocpp.domain.redaction import redact
from ocpp.models import ChargingProfile, ConfigurationSnapshot, Reservation

router = Router(tags=["plans"])


class ReservationOut(Schema):
    """A connector kept for an id tag. Connector 0 is any."""

    id: int
    charger_id: str
    connector_id: int
    id_tag: str
    group: str
    account_id: int | None
    state: str
    reason: str
    created: datetime
    created_by: str | None
    expires: datetime
    session: int | None


class ReservationsIn(OfChargerIn):
    """Which reservations."""

    state: ReservationState | None = None


class PeriodOut(Schema):
    """From so many seconds after the beginning, at most so much."""

    start: int
    limit: Decimal
    phases: int | None


class ProfileOut(Schema):
    """A charging profile as it was sent. Its times are in s, its limits in A or W (`unit`)."""

    id: int
    charger_id: str
    connector_id: int
    profile_id: int
    purpose: str
    stack_level: int
    kind: str
    recurrency: str
    valid_from: datetime | None
    valid_to: datetime | None
    session: int | None
    unit: str
    periods: list[PeriodOut]
    duration_s: int | None
    schedule_start: datetime | None
    min_rate: Decimal | None
    state: str
    reason: str
    command: int | None
    created: datetime
    created_by: str | None
    installed: datetime | None
    ended: datetime | None


class ProfilesIn(OfChargerIn):
    """Which profiles."""

    state: ProfileState | None = None
    purpose: ProfilePurpose | None = None


class SnapshotOut(Schema):
    """All configuration keys of a charger at a time: how many."""

    id: int
    charger_id: str
    taken: datetime
    confirmed: datetime
    firmware_version: str
    count: int


class KeyOut(Schema):
    """A configuration key. The value of a secret is null."""

    value: str | None
    readonly: bool


class SnapshotDetailOut(SnapshotOut):
    """All configuration keys of a charger at a time, by name."""

    keys: dict[str, KeyOut]


@router.get(
    "/reservations/",
    response={200: lists.Page[ReservationOut], ONE: Problem},
    summary="Reservations",
    url_name="reservations",
    openapi_extra=lists.FILES,
)
def list_reservations(request: HttpRequest, asked: Query[ReservationsIn]) -> Any:
    """Made by the action `reserve`, cancelled by `cancel_reservation`."""
    access.require(request, "ocpp.view_reservation")
    found: QuerySet[Any] = of_charger(_reservations(), asked.charger)
    if asked.state is not None:
        found = found.filter(_in_state(asked.state, timezone.now()))
    return lists.answer(request, found, asked, ReservationOut, told=_told_reservations)


@router.get(
    "/reservations/{int:number}/",
    response={200: ReservationOut, ONE: Problem},
    summary="One reservation",
    url_name="reservation",
)
def get_reservation(request: HttpRequest, number: int) -> Any:
    """By the number that the charge point knows it by."""
    access.require(request, "ocpp.view_reservation")
    return _told_reservations([_one(_reservations(), number)])[0]


def _reservations() -> QuerySet[Reservation]:
    return Reservation.objects.select_related("charger", "created_by")


def _in_state(state: ReservationState, now: datetime) -> Q:
    """What `Reservation.state_at` says, for a query."""
    still_open = Q(state__in=OPEN_RESERVATION_STATES)
    if state == ReservationState.EXPIRED:
        return Q(state=state) | (still_open & Q(expires__lte=now))
    if state in OPEN_RESERVATION_STATES:
        return Q(state=state, expires__gt=now)
    return Q(state=state)


def _told_reservations(rows: Sequence[Reservation]) -> list[dict[str, Any]]:
    now = timezone.now()
    same = ("id", "connector_id", "id_tag", "account_id", "reason", "created", "expires")
    return [
        {name: getattr(one, name) for name in same}
        | {
            "charger_id": one.charger.charger_id,
            "group": one.parent_id_tag,
            "state": one.state_at(now).value,
            "created_by": one.created_by.get_username() if one.created_by else None,
            "session": one.transaction_id,
        }
        for one in rows
    ]


@router.get(
    "/profiles/",
    response={200: lists.Page[ProfileOut], ONE: Problem},
    summary="Charging profiles",
    url_name="profiles",
    openapi_extra=lists.FILES,
)
def list_profiles(request: HttpRequest, asked: Query[ProfilesIn]) -> Any:
    """Made by the action `set_charging_profile`, taken away by `clear_charging_profile`."""
    access.require(request, "ocpp.view_chargingprofile")
    found = of_charger(_profiles(), asked.charger)
    if asked.state is not None:
        found = found.filter(state=asked.state)
    if asked.purpose is not None:
        found = found.filter(purpose=asked.purpose)
    return lists.answer(request, found, asked, ProfileOut, told=_told_profiles)


@router.get(
    "/profiles/{int:number}/",
    response={200: ProfileOut, ONE: Problem},
    summary="One charging profile",
    url_name="profile",
)
def get_profile(request: HttpRequest, number: int) -> Any:
    """By its own number, which is not `profile_id`."""
    access.require(request, "ocpp.view_chargingprofile")
    return _told_profiles([_one(_profiles(), number)])[0]


def _profiles() -> QuerySet[ChargingProfile]:
    return ChargingProfile.objects.select_related("charger", "created_by")


def _told_profiles(rows: Sequence[ChargingProfile]) -> list[dict[str, Any]]:
    same = ProfileOut.model_fields.keys() - {"charger_id", "session", "command", "created_by"}
    return [
        {name: getattr(one, name) for name in same}
        | {
            "charger_id": one.charger.charger_id,
            "session": one.transaction_id,
            "command": one.command_id,
            "created_by": one.created_by.get_username() if one.created_by else None,
        }
        for one in rows
    ]


@router.get(
    "/configuration/",
    response={200: lists.Page[SnapshotOut], ONE: Problem},
    summary="Configuration snapshots",
    url_name="snapshots",
    openapi_extra=lists.FILES,
)
def list_snapshots(request: HttpRequest, asked: Query[OfChargerIn]) -> Any:
    """The action `get_configuration` takes one, where something is different from the last."""
    access.require(request, "ocpp.view_configurationsnapshot")
    found = of_charger(ConfigurationSnapshot.objects.select_related("charger"), asked.charger)
    return lists.answer(request, found, asked, SnapshotOut, told=_told_snapshots)


@router.get(
    "/configuration/{int:number}/",
    response={200: SnapshotDetailOut, ONE: Problem},
    summary="One configuration snapshot",
    url_name="snapshot",
)
def get_snapshot(request: HttpRequest, number: int) -> Any:
    """All keys that the charge point told, without secrets."""
    access.require(request, "ocpp.view_configurationsnapshot")
    row = _one(ConfigurationSnapshot.objects.select_related("charger"), number)
    keys = {
        name: {"value": one.get("value"), "readonly": bool(one.get("readonly"))}
        for name, one in redact(row.keys).items()
    }
    return _told_snapshots([row])[0] | {"keys": keys}


def _told_snapshots(rows: Sequence[ConfigurationSnapshot]) -> list[dict[str, Any]]:
    same = ("id", "taken", "confirmed", "firmware_version")
    return [
        {name: getattr(one, name) for name in same}
        | {"charger_id": one.charger.charger_id, "count": len(one.keys)}
        for one in rows
    ]


def _one(found: QuerySet[Any], number: int) -> Any:
    row = found.filter(pk=number).first() if number <= MOST else None
    if row is None:
        raise Http404
    return row
