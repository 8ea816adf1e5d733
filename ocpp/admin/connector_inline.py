"""The connectors on the page of their charger."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ocpp.admin.facts import ReadOnlyMixin
from ocpp.admin.states import state_html
from ocpp.domain.queries import states
from ocpp.models import Connector


class ConnectorInline(ReadOnlyMixin, admin.TabularInline):
    """The connectors of a charger, as they reported themselves."""

    model = Connector
    fields = ["connector_id", "shown_state", "error_code", "info", "status_time"]
    readonly_fields = ["shown_state"]
    show_change_link = True
    extra = 0

    @admin.display(description=_("status"))
    def shown_state(self, connector: Connector) -> SafeString:
        """What it last reported; whether that still holds is told by the charger's connection."""
        return state_html(states.of_status(connector.status))
