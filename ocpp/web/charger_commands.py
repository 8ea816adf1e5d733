"""`POST /ocpp/charger-command/<cid>/`: the commands that staff give most, from a charger's page."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.models import User
from ocpp import operations
from ocpp.domain.errors import DomainError, NotFound
from ocpp.domain.lookup import find_charger
from ocpp.domain.queries.dashboard import ConnectorRow
from ocpp.models import Charger

#: What a form may ask for: its name, the operation, and the arguments that it always has.
_DEEDS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "stop": ("remote_stop", {}),
    "unlock": ("unlock", {}),
    "restart": ("reset", {"type": "Soft"}),
    "restart_at_once": ("reset", {"type": "Hard"}),
    "ask_status": ("trigger_message", {"requested_message": "StatusNotification"}),
    "ask_values": ("trigger_message", {"requested_message": "MeterValues"}),
    "read_configuration": ("get_configuration", {}),
}
#: Arguments that a form may bring itself: whole numbers.
_NUMBERS = ("transaction_id", "connector_id")


@dataclass(frozen=True, slots=True)
class Deed:
    """A button: what it does, and what is asked before it is done ("" for nothing)."""

    name: str
    words: str | Promise
    icon: str
    warning: str | Promise = ""
    #: A number that goes with it: under which name, and which.
    number: tuple[str, int] | None = None
    #: The form of the operation in the admin, filled in: what the button is without scripts.
    url: str = ""


_ALWAYS = (
    Deed("ask_status", gettext_lazy("Ask for the status"), "chat-dots"),
    Deed("ask_values", gettext_lazy("Ask for meter values"), "speedometer2"),
    Deed("read_configuration", gettext_lazy("Read the configuration"), "list-check"),
    Deed(
        "restart",
        gettext_lazy("Restart"),
        "arrow-clockwise",
        gettext_lazy("Running sessions are ended first."),
    ),
    Deed(
        "restart_at_once",
        gettext_lazy("Restart at once"),
        "power",
        gettext_lazy("Running sessions may be cut off."),
    ),
)


def of_charger(user: AbstractBaseUser | AnonymousUser, charger: Charger) -> list[Deed]:
    """The buttons about a charger as a whole: none without the permission, or a connection."""
    if not _offered(user, charger):
        return []
    return [_with_url(deed, charger) for deed in _ALWAYS]


def of_connector(
    user: AbstractBaseUser | AnonymousUser, charger: Charger, row: ConnectorRow
) -> list[Deed]:
    """The buttons about one of its connectors."""
    if not _offered(user, charger):
        return []
    deeds: list[Deed] = []
    if row.session is not None:
        words = _("Stop the session on connector %(number)d") % {"number": row.number}
        warning = _("The vehicle stops charging.")
        number = ("transaction_id", row.session.pk)
        deeds.append(Deed("stop", words, "stop-circle", warning, number))
    if row.number:
        words = _("Unlock connector %(number)d") % {"number": row.number}
        warning = _("A session on it is ended.")
        deeds.append(Deed("unlock", words, "unlock", warning, ("connector_id", row.number)))
    return [_with_url(deed, charger) for deed in deeds]


def _offered(user: AbstractBaseUser | AnonymousUser, charger: Charger) -> bool:
    return charger.connected and operations.may_command(user)


def _with_url(deed: Deed, charger: Charger) -> Deed:
    name, arguments = _DEEDS[deed.name]
    given = arguments | (dict([deed.number]) if deed.number else {})
    url = reverse("admin:ocpp_charger_command", args=[charger.pk, name])
    return replace(deed, url=f"{url}?{urlencode(given)}" if given else url)


@require_POST
@staff_member_required
def charger_command(request: HttpRequest, cid: str) -> HttpResponse:
    """Queue what a button says, and go back to the page, which shows what becomes of it.

    400 is told on that page; 403 without the permission, 404 for an unknown charger or button.
    """
    if not isinstance(request.user, User) or not operations.may_command(request.user):
        raise PermissionDenied
    known = _DEEDS.get(request.POST.get("deed", ""))
    if known is None:
        raise Http404(_("There is no such operation."))
    name, arguments = known
    try:
        charger = find_charger(cid)
    except NotFound as missing:
        raise Http404(str(missing)) from missing
    try:
        operations.OPERATIONS[name].run(charger, arguments | _numbers(request), request.user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return HttpResponseRedirect(reverse("ocpp:charger", args=[charger.charger_id]) + "#commands")


def _numbers(request: HttpRequest) -> dict[str, int]:
    given = {name: request.POST.get(name, "") for name in _NUMBERS}
    return {
        name: int(text)
        for name, text in given.items()
        if text.isascii() and text.isdecimal() and len(text) <= 10
    }
