"""Commands in the admin."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ocpp import operations
from ocpp.admin.facts import FactsAdmin, as_json
from ocpp.models import Command


@admin.register(Command)
class CommandAdmin(FactsAdmin):
    """What charge points were told, by whom, and what became of it; newest first."""

    list_display = ["id", "charger", "action", "state", "outcome", "created_by", "created"]
    list_filter = ["state", "created"]
    list_select_related = ["charger", "created_by"]
    search_fields = ["charger__charger_id", "action", "created_by__username"]
    search_help_text = _("Charger, action or user.")
    fields = [
        ("charger", "action", "state"),
        ("created_by", "created", "expires"),
        ("sent", "finished", "late"),
        "outcome",
        "arguments",
        "shown_response",
        ("error_code", "error_description"),
        "message_id",
    ]
    readonly_fields = ["outcome", "arguments", "shown_response"]

    class Media:
        css = {"all": ["ocpp/admin.css"]}

    @admin.display(description=_("outcome"))
    def outcome(self, command: Command) -> str:
        """What became of it, in a sentence."""
        return operations.sentence(command)

    @admin.display(description=_("arguments"))
    def arguments(self, command: Command) -> SafeString:
        """What it was sent with, without secrets."""
        return as_json(command.payload)

    @admin.display(description=_("answer"))
    def shown_response(self, command: Command) -> SafeString | str:
        """What the charge point answered."""
        return "–" if command.response is None else as_json(command.response)
