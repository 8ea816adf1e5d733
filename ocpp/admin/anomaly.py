"""Anomalies in the admin."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from ocpp.admin.facts import FactsAdmin
from ocpp.models import Anomaly


@admin.register(Anomaly)
class AnomalyAdmin(FactsAdmin):
    """What charge points did against the standard, newest first."""

    list_display = ["time", "charger", "kind", "action", "detail", "transaction_id"]
    list_filter = ["kind"]
    search_fields = ["charger__charger_id", "detail"]
    search_help_text = _("Charger or detail.")
    fields = [("charger", "transaction"), ("kind", "time"), ("action", "message_id"), "detail"]
