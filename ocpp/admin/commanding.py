"""Commands from the admin: queue them all, wait a little, and say what each charger did."""

import time
from collections.abc import Callable, Iterable

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from ocpp import operations
from ocpp.choices import CommandState
from ocpp.domain.errors import DomainError
from ocpp.models import Charger, Command
from ocpp.operations import Outcome, bulk

#: How long a page may wait for all of the outcomes (s). A later one stands under Commands.
WAIT_S = 5.0
#: How many chargers may be commanded at once: each has a message of its own on the page.
MOST = 100

Deed = Callable[[], Command]


def asking_user(request: HttpRequest) -> User | None:
    """Who commands, for the record."""
    return request.user if isinstance(request.user, User) else None


def may_command(request: HttpRequest) -> bool:
    """Whether who asks may command chargers."""
    return operations.may_command(request.user)


def ask_for(
    request: HttpRequest, chargers: QuerySet[Charger], operation: str
) -> HttpResponse | None:
    """Go to the form of an operation for the chargers that are selected."""
    try:
        selected = bulk.select(chargers, asking_user(request))
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return None
    return HttpResponseRedirect(
        reverse("admin:ocpp_bulkcommand_form", args=[selected.pk, operation])
    )


def run(request: HttpRequest, deeds: Iterable[Deed]) -> None:
    """Do each deed and tell its outcome, which names its charger, in a message of the page."""
    deeds = list(deeds)
    if len(deeds) > MOST:
        text = _("At most %(most)d can be commanded at once; %(count)d are selected.")
        messages.error(request, text % {"most": MOST, "count": len(deeds)})
        return
    queued: list[Command] = []
    for deed in deeds:
        try:
            queued.append(deed())
        except DomainError as refusal:
            messages.error(request, str(refusal))
    deadline = time.monotonic() + WAIT_S
    for command in queued:
        finished = operations.wait(command, max(0.0, deadline - time.monotonic()))
        messages.add_message(request, _level(finished), _told(finished))


def _told(command: Command) -> str:
    told = f"{command.action}: {operations.sentence(command)}"
    if not command.is_finished:
        told += " " + _("See command %(number)d for what becomes of it.") % {"number": command.pk}
    return told


def _level(command: Command) -> int:
    if not command.is_finished:
        return messages.WARNING
    if command.state != CommandState.ANSWERED:
        return messages.ERROR
    done = operations.outcome_of(command) is Outcome.DONE
    return messages.SUCCESS if done else messages.WARNING
