"""The history of states in the admin."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ocpp.admin.facts import FactsAdmin
from ocpp.admin.states import state_html
from ocpp.domain.queries import states
from ocpp.models import StatusChange
from ocpp.models.status_change import ONLINE


@admin.register(StatusChange)
class StatusChangeAdmin(FactsAdmin):
    """Changes of status, and when connections were lost and came back; newest first."""

    list_display = ["time", "charger", "connector_id", "shown_state", "error_code"]
    exported = [
        "time",
        "charger:charger__charger_id",
        "connector:connector_id",
        "status",
        "error_code",
    ]
    search_help_text = _("The exact id of a charger.")
    fields = ["charger", "connector_id", "shown_state", "error_code", "time"]
    readonly_fields = ["shown_state"]

    class Media:
        css = {"all": ["bootstrap-icons/font/bootstrap-icons.min.css", "ocpp/states.css"]}

    @admin.display(description=_("state"))
    def shown_state(self, row: StatusChange) -> SafeString:
        """The state from then on."""
        if row.connector_id is not None:
            return state_html(states.of_status(row.status))
        return state_html(states.CONNECTED if row.status == ONLINE else states.OFFLINE)
