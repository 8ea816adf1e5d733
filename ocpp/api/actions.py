"""Commanding chargers.

A request waits for its charger in the thread that Django gives to every synchronous view: under
ASGI each request has one of its own, so neither the event loop nor another request waits with
it. How many may wait at once is bounded; one too many is told at once where to look later.
"""

import threading
from collections.abc import Mapping
from typing import Annotated, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import Query, Router, Status

from accounts import access
from accounts.api.body import read_object
from accounts.api.problems import Problem
from accounts.models import User
from ocpp import operations
from ocpp.api.schemas import AnsweredOut, FailedOut, WaitingOut
from ocpp.choices import CommandState
from ocpp.domain.errors import Invalid
from ocpp.domain.lookup import find_charger
from ocpp.models import Command

#: The longest that a request may wait (s), and what the queue adds to a call's own time limit.
LONGEST_WAIT_S = 120
QUEUE_ALLOWANCE_S = 5

router = Router()
_waiting = threading.BoundedSemaphore(max(1, settings.OCPP_WAITING_REQUESTS))


def require_command(request: HttpRequest) -> User:
    """Who asks, who may command charge points as `operations.may_command` has it.

    Raises PermissionDenied.
    """
    user = request.user
    changes = isinstance(user, User) and user.has_perm("ocpp.change_charger")
    return access.require(request, "ocpp.change_charger" if changes else "ocpp.add_command")


def request_body(extra: Mapping[str, Any], example: Mapping[str, Any]) -> dict[str, Any]:
    """The body of an action for OpenAPI: one form for each operation, with `extra` properties."""
    forms = []
    for operation in operations.OPERATIONS.values():
        arguments = operation.arguments.values()
        forms.append(
            {
                "type": "object",
                "title": operation.name,
                "description": operation.__doc__,
                "properties": {
                    "action": {"type": "string", "const": operation.name},
                    **extra,
                    **{argument.name: argument.schema() for argument in arguments},
                },
                "required": ["action", *extra, *(a.name for a in arguments if a.required)],
                "additionalProperties": False,
            }
        )
    return {
        "required": True,
        "content": {"application/json": {"schema": {"oneOf": forms}, "example": dict(example)}},
    }


@router.post(
    "/chargers/{path:cid}/action/",
    response={
        200: AnsweredOut,
        202: WaitingOut,
        frozenset({400, 401, 403, 404, 409, 413, 415, 429}): Problem,
        frozenset({502, 504}): FailedOut,
    },
    summary="Command a charger",
    url_name="charger-action",
    openapi_extra={"requestBody": request_body({}, {"action": "remote_stop"})},
)
def act(
    request: HttpRequest,
    response: HttpResponse,
    cid: str,
    wait_s: Annotated[float | None, Query(ge=0, le=LONGEST_WAIT_S)] = None,
) -> Any:
    """Send a command to a charger and wait for its reply.

    * 200: it replied; `answer` is what it said, also when that is `Rejected`.
    * 202: nobody waits for the reply, because of `wait_s=0` or because too many wait already.
    * 409: it is not connected, or what is asked does not go with how things stand.
    * 429: too many commands wait for this charger.
    * 502: it refused with a CALLERROR, or its connection was lost.
    * 504: it did not reply in time.

    `wait_s` is how long to wait for the reply (s): 0 to 120, otherwise a little longer than
    the time that a charge point has for a reply. With 202, 502 and 504 the command can be read
    at the address in the header `Location`.
    """
    user = require_command(request)
    charger = find_charger(cid)
    given = read_object(request)
    name = given.pop("action", None)
    operation = operations.OPERATIONS.get(name) if isinstance(name, str) else None
    if operation is None:
        known = ", ".join(operations.OPERATIONS)
        raise Invalid("action", _("must be one of: %(words)s.") % {"words": known})
    command = operation.run(charger, given, user)
    if wait_s is None:
        wait_s = settings.OCPP_CALL_TIMEOUT_S + QUEUE_ALLOWANCE_S
    waited = wait_s > 0 and _waiting.acquire(blocking=False)
    if waited:
        try:
            command = operations.wait(command, wait_s)
        finally:
            _waiting.release()
    status, answer = _outcome(command, waited=waited)
    if status != 200:
        response["Location"] = reverse(
            "api:charger-command", kwargs={"cid": charger.charger_id, "number": command.pk}
        )
    return Status(status, answer)


def _outcome(command: Command, *, waited: bool) -> tuple[int, Any]:
    """Status and body for a command as it is now, after a wait for it or without one."""
    answer: dict[str, Any] = {"command": command.pk, "state": command.state}
    if command.state == CommandState.ANSWERED:
        return 200, answer | {"answer": command.response or {}}
    answer["detail"] = operations.sentence(command)
    if command.state == CommandState.ERROR:
        answer["error_code"] = command.error_code
        answer["error_description"] = command.error_description
    if command.state in (CommandState.ERROR, CommandState.FAILED):
        return 502, answer
    if command.is_finished or waited:
        return 504, answer
    return 202, answer
