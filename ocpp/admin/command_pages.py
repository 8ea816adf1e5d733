"""The pages from which one charger is commanded: the list of operations, and each one's form."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from ocpp import operations
from ocpp.admin import charger_now, live
from ocpp.admin.command_forms import CommandForm, entry, groups
from ocpp.admin.commanding import asking_user, may_command
from ocpp.domain.errors import DomainError
from ocpp.models import Charger, Command
from ocpp.operations import Operation

#: Name of the parameter with the number of a command whose arguments are to be filled in again.
AGAIN = "again"


class CommandPages(admin.ModelAdmin):
    """Adds the pages to the admin of chargers."""

    def get_urls(self) -> Any:
        """With the pages of commands, and what the charger's page follows."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/command/", wrap(self.commands_view), name="ocpp_charger_commands"),
            path(
                "<int:pk>/command/<str:name>/",
                wrap(self.command_view),
                name="ocpp_charger_command",
            ),
            path("<int:pk>/now/", wrap(self.now_view), name="ocpp_charger_now"),
            *super().get_urls(),
        ]

    def commands_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """All operations, by profile."""
        charger = self._commanded(request, pk)
        offered = [
            (group, [(one, _form_url(charger, one.name)) for one in entries])
            for group, entries in groups()
        ]
        context = self._context(request, charger, _("Command %(charger)s") % {"charger": charger})
        return TemplateResponse(
            request, "admin/ocpp/command/operations.html", {**context, "groups": offered}
        )

    def command_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """The form of an operation; when it is right, the command is queued and shown."""
        charger = self._commanded(request, pk)
        operation = operations.OPERATIONS.get(name)
        if operation is None:
            raise Http404(_("There is no such operation."))
        form = CommandForm(
            operation,
            charger,
            request.POST if request.method == "POST" else None,
            _given(request, charger, operation),
        )
        if form.is_bound and not form.wants_more and form.is_valid():
            try:
                command = operation.run(charger, form.arguments, asking_user(request))
            except DomainError as refusal:
                form.refuse(refusal)
            else:
                return HttpResponseRedirect(reverse("admin:ocpp_command_live", args=[command.pk]))
        words = entry(operation)
        context = self._context(request, charger, f"{words.title}: {charger}")
        context |= {
            "form": form,
            "entry": words,
            "up": (reverse("admin:ocpp_charger_commands", args=[charger.pk]), _("Commands")),
            "submit": _("Send"),
        }
        return TemplateResponse(request, "admin/ocpp/command/form.html", context)

    def now_view(self, request: HttpRequest, pk: int) -> JsonResponse:
        """What goes on at the charger, for its page."""
        charger = self.get_object(request, str(pk))
        if charger is None:
            raise Http404(_("There is no such charger."))
        if not self.has_view_permission(request, charger):
            raise PermissionDenied
        context = {"now": charger_now.of(charger)}
        return live.part(request, charger_now.TEMPLATE, context, final=False)

    def _commanded(self, request: HttpRequest, pk: int) -> Charger:
        if not may_command(request):
            raise PermissionDenied
        charger = Charger.objects.filter(pk=pk).first()
        if charger is None:
            raise Http404(_("There is no such charger."))
        return charger

    def _context(self, request: HttpRequest, charger: Charger, title: str) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "charger": charger,
            "charger_url": reverse("admin:ocpp_charger_change", args=[charger.pk]),
        }


def _form_url(charger: Charger, name: str) -> str:
    return reverse("admin:ocpp_charger_command", args=[charger.pk, name])


def _given(request: HttpRequest, charger: Charger, operation: Operation[Any]) -> dict[str, Any]:
    """The arguments to begin with: those of an earlier command, and what the address names."""
    given = {name: request.GET[name] for name in operation.arguments if name in request.GET}
    number = request.GET.get(AGAIN, "")
    if number.isascii() and number.isdecimal() and len(number) < 19:
        earlier = Command.objects.filter(
            pk=int(number), charger=charger, action=operation.name
        ).first()
        if earlier is not None:
            given = {**earlier.payload, **given}
    return given
