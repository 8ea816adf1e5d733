"""`/admin/ocpp/charger/<pk>/configuration/`: a charger's keys, changed and answered one by one."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import asking
from ocpp import operations
from ocpp.admin import configuration_form as form
from ocpp.admin.commanding import asking_user
from ocpp.choices import CommandState
from ocpp.domain import commands, configuration, snapshots
from ocpp.domain.errors import DomainError
from ocpp.models import Charger, Command

if TYPE_CHECKING:
    from ocpp.admin.charger import ChargerAdmin

NAME = "ocpp_charger_configuration"
TEMPLATE = "admin/ocpp/charger/configuration.html"
#: Commands whose outcome one page shows, and snapshots with their differences.
MOST_RESULTS = 500
SNAPSHOTS = 10

_SHOWN = ("change_configuration", "get_configuration", "reset")


def urls(charger_admin: "ChargerAdmin") -> list[URLPattern]:
    """The page, and what it asks while commands are on their way."""
    wrap = charger_admin.admin_site.admin_view

    def page(request: HttpRequest, pk: int) -> HttpResponse:
        return _page(charger_admin, request, _charger(charger_admin, request, pk))

    def results(request: HttpRequest, pk: int) -> HttpResponse:
        charger = _charger(charger_admin, request, pk)
        return JsonResponse({"results": _results(request, charger)})

    return [
        path("<int:pk>/configuration/", wrap(page), name=NAME),
        path("<int:pk>/configuration/results/", wrap(results), name=f"{NAME}_results"),
    ]


def _charger(charger_admin: "ChargerAdmin", request: HttpRequest, pk: int) -> Charger:
    """The charger. Raises PermissionDenied for those who may not see it, Http404 for none."""
    if not charger_admin.has_view_permission(request):
        raise PermissionDenied
    charger = Charger.objects.filter(pk=pk).first() if pk < 2**63 else None
    if charger is None:
        raise Http404(_("There is no such charger."))
    return charger


def _page(charger_admin: "ChargerAdmin", request: HttpRequest, charger: Charger) -> HttpResponse:
    may_change = charger_admin.has_change_permission(request, charger)
    shown = form.fields(charger.config)
    new_error = ""
    if request.method == "POST":
        if not may_change:
            raise PermissionDenied
        question = _question(request, charger)
        if question is not None:
            return question
        changed, new_error = form.changes(shown, request.POST.dict())
        if not new_error and not any(field.error for field in shown):
            return _send(request, charger, changed)
        messages.error(request, _("Nothing was sent. Please correct what is marked."))
    results = _results(request, charger)
    context = {
        **charger_admin.admin_site.each_context(request),
        "title": _("Configuration of %(charger)s") % {"charger": charger},
        "opts": Charger._meta,
        "charger": charger,
        "fields": shown,
        "editable_until": form.MOST,
        "may_change": may_change,
        "new_key": request.POST.get(form.NEW_KEY, ""),
        "new_error": new_error,
        "results": results,
        "waiting": any(not one["finished"] for one in results),
        "awaiting_restart": _awaiting_restart(charger),
        "snapshots": [
            (one, snapshots.since_before(one)) for one in charger.snapshots.all()[:SNAPSHOTS]
        ],
    }
    return TemplateResponse(request, TEMPLATE, context)


def _question(request: HttpRequest, charger: Charger) -> HttpResponse | None:
    """The page between the button that restarts a charger and the restart."""
    if request.POST.get("action") != "restart":
        return None
    return asking.unless_confirmed(
        request,
        Charger.objects.filter(pk=charger.pk),
        action="restart",
        title=_("Restart, ending transactions first"),
        intro=_("Running sessions are ended first."),
        back=reverse(f"admin:{NAME}", args=[charger.pk]),
    )


def _send(request: HttpRequest, charger: Charger, changed: dict[str, str]) -> HttpResponse:
    """Queue what a button says; the page that follows shows what becomes of it."""
    user = asking_user(request)
    sent: list[Command] = []
    action = request.POST.get("action", "save")
    try:
        if action == "refresh":
            sent.append(operations.get_configuration(charger, user=user))
        elif action == "restart":
            sent.append(operations.reset(charger, type="Soft", user=user))
        else:
            if not changed:
                messages.warning(request, _("Nothing was changed."))
            for key, value in changed.items():
                sent.append(
                    operations.change_configuration(charger, key=key, value=value, user=user)
                )
    except DomainError as refusal:
        messages.error(request, str(refusal))
        unsent = list(changed)[len(sent) :]
        if action == "save" and unsent:
            messages.error(request, _("Not sent: %(keys)s.") % {"keys": ", ".join(unsent)})
    target = reverse(f"admin:{NAME}", args=[charger.pk])
    if sent:
        target += "?commands=" + ",".join(str(command.pk) for command in sent)
    return HttpResponseRedirect(target)


def _results(request: HttpRequest, charger: Charger) -> list[dict[str, Any]]:
    """What became of the commands that the address names, in its order."""
    asked = request.GET.get("commands", "").split(",")[:MOST_RESULTS]
    numbers = [int(text) for text in asked if text.isascii() and text.isdecimal()]
    numbers = [number for number in numbers if number < 2**63]
    if not numbers:
        return []
    commands.expire_overdue(timezone.now(), charger.pk)
    mine = charger.commands.filter(pk__in=numbers, action__in=_SHOWN).select_related("charger")
    return [_result(command) for command in sorted(mine, key=lambda one: numbers.index(one.pk))]


def _result(command: Command) -> dict[str, Any]:
    status = str((command.response or {}).get("status", ""))
    words = {
        "Accepted": _("Accepted"),
        "RebootRequired": _("Accepted; in effect after a restart"),
        "Rejected": _("Rejected by the charger"),
        "NotSupported": _("The charger does not know this key"),
    }
    known = command.state == CommandState.ANSWERED and status in words
    deeds = {"get_configuration": _("Read all keys"), "reset": _("Restart")}
    good = command.state == CommandState.ANSWERED and status in ("", "Accepted", "RebootRequired")
    return {
        "number": command.pk,
        "what": command.payload.get("key") or deeds.get(command.action, command.action),
        "finished": command.is_finished,
        "good": good,
        "told": words[status] if known else operations.sentence(command),
    }


def _awaiting_restart(charger: Charger) -> list[str]:
    """Keys that were changed since the last boot and are not in effect yet."""
    changed = configuration.awaiting_restart(charger.pk, since=charger.last_boot)
    return sorted({command.payload.get("key", "") for command in changed[:MOST_RESULTS]})
