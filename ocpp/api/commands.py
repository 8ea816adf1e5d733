"""Commands to all chargers, and what became of them."""

from collections.abc import Sequence
from typing import Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import Field

from accounts import access
from accounts.api import lists
from accounts.api.problems import ONE, Problem
from accounts.api.values import MOST, Moment, Text
from ocpp.api.filters import between, exactly, of_charger
from ocpp.api.schemas import CommandOut
from ocpp.choices import CommandState
from ocpp.domain import commands
from ocpp.domain.errors import NotFound
from ocpp.domain.lookup import find_charger
from ocpp.domain.redaction import redact
from ocpp.models import Command

router = Router(tags=["commands"])

SEE = "ocpp.view_command"


class CommandsIn(lists.ListIn):
    """Which commands."""

    order: Literal["-id", "id"] = "-id"
    charger: Text | None = Field(None, description="The id of a charger; 404 for an unknown one.")
    action: Text | None = None
    state: CommandState | None = None
    since: Moment | None = Field(None, description="Asked at this time or later.")
    until: Moment | None = Field(None, description="Asked before this time.")


@router.get(
    "/commands/",
    response={200: lists.Page[CommandOut], ONE: Problem},
    summary="Commands",
    url_name="commands",
    openapi_extra=lists.FILES,
)
def list_commands(request: HttpRequest, asked: Query[CommandsIn]) -> Any:
    """What chargers were told, by whom, and what came of it."""
    access.require(request, SEE)
    commands.expire_overdue(timezone.now())
    rows = Command.objects.select_related("charger", "created_by")
    found = exactly(of_charger(rows, asked.charger), asked, "action", "state")
    found = between(found, "created", asked.since, asked.until)
    return lists.answer(request, found, asked, CommandOut, told=_told)


@router.get(
    "/chargers/{path:cid}/commands/{int:number}/",
    response={200: CommandOut, 401: Problem, 403: Problem, 404: Problem},
    summary="What became of a command",
    url_name="charger-command",
)
def get_command(request: HttpRequest, cid: str, number: int) -> Any:
    """A command to a charger. `late` says that its answer came after the time limit."""
    access.require(request, SEE)
    charger = find_charger(cid)
    commands.expire_overdue(timezone.now(), charger.pk)
    command = None
    if number <= MOST:
        found = charger.commands.select_related("charger", "created_by")
        command = found.filter(pk=number).first()
    if command is None:
        raise NotFound(
            _("%(charger)s has no command %(number)s.")
            % {"charger": charger.charger_id, "number": number}
        )
    return _told([command])[0]


def _told(rows: Sequence[Command]) -> list[dict[str, Any]]:
    return [
        {
            "command": command.pk,
            "charger_id": command.charger.charger_id,
            "action": command.action,
            "arguments": redact(command.payload),
            "state": command.state,
            "asked_by": command.created_by.get_username() if command.created_by else None,
            "created": command.created,
            "expires": command.expires,
            "sent": command.sent,
            "finished": command.finished,
            "answer": command.response,
            "late": command.late,
            "progress": command.progress,
            "error_code": command.error_code,
            "error_description": command.error_description,
        }
        for command in rows
    ]
