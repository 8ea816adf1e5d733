"""The journal of security events in the admin."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from ocpp.admin.facts import FactsAdmin
from ocpp.models import SecurityEvent


@admin.register(SecurityEvent)
class SecurityEventAdmin(FactsAdmin):
    """What charge points reported of their security, newest first."""

    list_display = ["time", "charger", "type", "tech_info"]
    exported = [
        "id",
        "time",
        "charger:charger__charger_id",
        "type",
        "tech_info",
        "received",
    ]
    search_fields = ["charger__charger_id", "type"]
    search_help_text = _("Charger or type of event.")
    fields = ["charger", "type", "tech_info", ("time", "received")]
