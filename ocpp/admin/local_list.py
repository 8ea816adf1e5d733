"""Local authorization lists in the admin."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ocpp import operations
from ocpp.admin.facts import FactsAdmin, as_json
from ocpp.choices import LocalListState
from ocpp.models import LocalList


@admin.register(LocalList)
class LocalListAdmin(FactsAdmin):
    """Which cards each charge point was sent, in which version, and what it said to that."""

    list_display = ["created", "charger", "version", "update_type", "cards", "state", "reason"]
    list_filter = ["state", "created"]
    list_select_related = ["charger", "command__charger"]
    exported = [
        "id",
        "charger:charger__charger_id",
        "version",
        "update_type",
        "state",
        "created",
        "finished",
    ]
    date_hierarchy = "created"
    search_help_text = _("Charger.")
    fields = [
        ("charger", "version", "update_type"),
        ("created", "finished", "command"),
        ("state", "reason", "parts_accepted"),
        "shown_entries",
    ]
    readonly_fields = ["reason", "shown_entries"]

    class Media:
        css = {"all": ["ocpp/admin.css"]}

    @admin.display(description=_("cards"))
    def cards(self, row: LocalList) -> int:
        """How many cards are on it."""
        return len(row.entries)

    @admin.display(description=_("reason"))
    def reason(self, row: LocalList) -> str:
        """What the answer means, or why there is none."""
        if row.state == LocalListState.SENDING:
            return operations.sentence(row.command) if row.command is not None else "–"
        return str(_REASONS.get(LocalListState(row.state), "–"))

    @admin.display(description=_("cards"))
    def shown_entries(self, row: LocalList) -> SafeString:
        """The whole list."""
        return as_json(row.entries)


_REASONS = {
    LocalListState.FAILED: _("It could not store the list."),
    LocalListState.NOT_SUPPORTED: _("It has no local list, or its list is switched off."),
    LocalListState.VERSION_MISMATCH: _(
        "Its list has another version than was thought; the next one will be a full one."
    ),
}
