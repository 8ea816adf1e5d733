"""Commands in the admin: their list, and a page for each that follows what becomes of it."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ocpp import operations
from ocpp.admin import answers, live, outcomes
from ocpp.admin.command_forms import catalogue
from ocpp.admin.command_pages import AGAIN
from ocpp.admin.commanding import may_command
from ocpp.admin.facts import FactsAdmin, as_json
from ocpp.choices import CommandState
from ocpp.domain import commands
from ocpp.models import Command

#: How long the page of a command without an answer in time goes on looking for a late one.
LATE_ANSWERS = timedelta(minutes=5)
PART = "admin/ocpp/command/answer.html"
#: How often the page looks for what nobody tells it (ms): that the time to send it is over.
LOOK_AGAIN_MS = 4000


@admin.register(Command)
class CommandAdmin(FactsAdmin):
    """What charge points were told, by whom, and what became of it; newest first."""

    list_display = [
        *("id", "charger", "action", "state", "outcome", "progress", "created_by", "created")
    ]
    list_filter = ["state", "created"]
    list_select_related = ["charger", "created_by"]
    exported = [
        "id",
        "charger:charger__charger_id",
        "action",
        "state",
        "error_code",
        "error_description",
        "created_by:created_by__username",
        "created",
        "sent",
        "finished",
    ]
    date_hierarchy = "created"
    search_fields = ["charger__charger_id", "action", "created_by__username"]
    search_help_text = _("Charger, action or user.")
    fields = [
        ("charger", "action", "state"),
        ("created_by", "created", "expires"),
        ("sent", "finished", "late"),
        "progress",
        ("outcome", "follow"),
        "arguments",
        "shown_response",
        ("error_code", "error_description"),
        "message_id",
    ]
    readonly_fields = ["outcome", "follow", "arguments", "shown_response"]

    class Media:
        css = {"all": ["ocpp/admin.css"]}

    def get_urls(self) -> Any:
        """With the page that follows a command."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/live/", wrap(self.live_view), name="ocpp_command_live"),
            path("<int:pk>/live/part/", wrap(self.part_view), name="ocpp_command_part"),
            *super().get_urls(),
        ]

    @admin.display(description=_("outcome"))
    def outcome(self, command: Command) -> str:
        """What became of it, in a sentence."""
        return operations.sentence(command)

    @admin.display(description=_("follow"))
    def follow(self, command: Command) -> SafeString:
        """A link to the page that shows its answer as it comes."""
        url = reverse("admin:ocpp_command_live", args=[command.pk])
        return format_html('<a href="{}">{}</a>', url, _("Answer"))

    @admin.display(description=_("arguments"))
    def arguments(self, command: Command) -> SafeString:
        """What it was sent with, without secrets."""
        return as_json(command.payload)

    @admin.display(description=_("answer"))
    def shown_response(self, command: Command) -> SafeString | str:
        """What the charge point answered."""
        return "–" if command.response is None else as_json(command.response)

    # --- as it happens ------------------------------------------------------------------------

    def live_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A command, and its answer as soon as there is one."""
        command = self._seen(request, pk)
        title = f"{catalogue.title(command.action)}: {command.charger}"
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "part": PART,
            "part_url": reverse("admin:ocpp_command_part", args=[pk]),
            "final": _is_final(command),
            "look_again_ms": LOOK_AGAIN_MS,
            "load_again_s": live.LOAD_AGAIN_S,
            "charger_url": reverse("admin:ocpp_charger_change", args=[command.charger_id]),
            **_facts(request, command),
        }
        return TemplateResponse(request, "admin/ocpp/command/live.html", context)

    def part_view(self, request: HttpRequest, pk: int) -> JsonResponse:
        """The part of the page that changes."""
        command = self._seen(request, pk)
        return live.part(request, PART, _facts(request, command), final=_is_final(command))

    def _seen(self, request: HttpRequest, pk: int) -> Command:
        """The command as it is now. Whoever may command may see what becomes of it."""
        if not (self.has_view_permission(request) or may_command(request)):
            raise PermissionDenied
        found = Command.objects.select_related("charger", "created_by").filter(pk=pk)
        command = found.first()
        if command is None:
            raise Http404(gettext("There is no such command."))
        if command.state == CommandState.QUEUED and command.expires <= timezone.now():
            commands.expire_overdue(timezone.now(), command.charger_id)
            command = found.get()
        return command


def _is_final(command: Command) -> bool:
    """Whether nothing is to be expected any more. A late answer may still come for a while."""
    if command.state == CommandState.TIMEOUT and not command.late:
        ended = command.finished or command.created
        return timezone.now() - ended > LATE_ANSWERS
    return command.is_finished


def _facts(request: HttpRequest, command: Command) -> dict[str, Any]:
    again = ""
    if command.action in operations.OPERATIONS and may_command(request):
        form = reverse("admin:ocpp_charger_command", args=[command.charger_id, command.action])
        again = f"{form}?{AGAIN}={command.pk}"
    return {
        "command": command,
        "outcome": outcomes.html(operations.outcome_of(command)),
        "sentence": operations.sentence(command),
        "arguments": answers.arguments(command),
        "answer": answers.readable(command),
        "again": again,
    }
