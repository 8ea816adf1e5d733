"""Who waits to be let in, who was refused and why, and deciding about it."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status
from pydantic import Field

from accounts import access
from accounts.api.body import read_object
from accounts.api.problems import Problem
from ocpp.choices import Registration
from ocpp.domain import links, onboarding, refusals
from ocpp.domain.errors import Invalid
from ocpp.models import ConnectionAttempt

#: Entries of each kind in one answer, at most: the newest.
MOST = 500
_DECIDE = ("ocpp.change_charger", "ocpp.add_charger")

router = Router()


class WaitingChargerOut(Schema):
    """A charger that is pending. `seen`: staff have looked at it and let it wait."""

    charger_id: str
    name: str
    seen: bool
    connected: bool
    vendor: str
    model: str
    firmware_version: str
    remote_address: str
    created: datetime
    last_seen: datetime | None


class RefusedOut(Schema):
    """Connections that were refused, with the reason and what to do, in the language asked for."""

    number: int
    charger_id: str = Field(description="As it was asked for.")
    remote_address: str
    path: str
    code: str
    reason: str
    fix: str
    answer: str
    first: datetime
    last: datetime
    times: int


class OnboardingOut(Schema):
    """`address`: with a charger id at its end, what to type into a charge point."""

    address: str
    waiting: list[WaitingChargerOut]
    refused: list[RefusedOut]


class DecidedOut(Schema):
    """What was decided."""

    charger_id: str
    registration: str


@router.get(
    "/onboarding/",
    response={200: OnboardingOut, 401: Problem, 403: Problem},
    summary="Chargers that wait, and refused connections",
    url_name="onboarding",
)
def list_onboarding(request: HttpRequest) -> Any:
    """Chargers that wait for approval, and refused connections with their fix; newest first."""
    access.require(request, "ocpp.view_charger", "ocpp.view_connectionattempt")
    host, secure = request.get_host(), request.is_secure()
    waiting = onboarding.waiting().defer("config", "last_meter_values")[:MOST]
    return {
        "address": links.charge_point_bases(host, secure=secure)[0],
        "waiting": [_waiting(charger) for charger in waiting],
        "refused": [_refused(attempt) for attempt in ConnectionAttempt.objects.all()[:MOST]],
    }


@router.post(
    "/onboarding/",
    response={
        200: DecidedOut,
        frozenset({400, 401, 403, 413, 415}): Problem,
    },
    summary="Let a charger in, have it wait, or refuse it",
    url_name="onboarding-decide",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "properties": {
                            "charger_id": {"type": "string", "minLength": 1, "maxLength": 48},
                            "decision": {"type": "string", "enum": list(Registration.values)},
                        },
                        "required": ["charger_id", "decision"],
                        "additionalProperties": False,
                    },
                    "example": {"charger_id": "CP9", "decision": "Accepted"},
                }
            },
        }
    },
)
def decide(request: HttpRequest) -> Any:
    """Decide about a charger by its id; one that is not known yet is made.

    A connected charger learns it at once. What was refused of that id is forgotten.
    """
    user = access.require(request, *_DECIDE)
    given = read_object(request)
    for name in given:
        if name not in ("charger_id", "decision"):
            known = "charger_id, decision"
            raise Invalid(name, _("is not known here; known are: %(known)s.") % {"known": known})
    charger_id, decision = given.get("charger_id"), given.get("decision")
    if not isinstance(charger_id, str):
        raise Invalid("charger_id", _("must be text."))
    if decision not in Registration.values:
        words = ", ".join(Registration.values)
        raise Invalid("decision", _("must be one of: %(words)s.") % {"words": words})
    charger = onboarding.decide(charger_id, Registration(decision), user)
    return {"charger_id": charger.charger_id, "registration": charger.registration}


@router.delete(
    "/onboarding/{int:number}/",
    response={204: None, 401: Problem, 403: Problem, 404: Problem},
    summary="Forget a refused connection",
    url_name="onboarding-forget",
)
def forget(request: HttpRequest, number: int) -> Any:
    """It has been seen to. It comes back if it is refused again."""
    access.require(request, *_DECIDE)
    onboarding.forget(number)
    return Status(204, None)


def _waiting(charger: Any) -> dict[str, Any]:
    names = WaitingChargerOut.model_fields.keys() - {"seen"}
    return {name: getattr(charger, name) for name in names} | {"seen": not charger.discovered}


def _refused(attempt: ConnectionAttempt) -> dict[str, Any]:
    words = refusals.words(attempt.code)
    return {
        "number": attempt.pk,
        "charger_id": attempt.charger_id,
        "remote_address": attempt.address,
        "path": attempt.path,
        "code": attempt.code,
        "reason": str(words.reason),
        "fix": str(words.fix),
        "answer": attempt.reason,
        "first": attempt.first,
        "last": attempt.last,
        "times": attempt.count,
    }
