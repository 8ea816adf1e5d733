"""Vendor data in the admin."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from ocpp.admin.facts import FactsAdmin
from ocpp.models import DataTransfer


@admin.register(DataTransfer)
class DataTransferAdmin(FactsAdmin):
    """What charge points sent for their vendors, newest first."""

    list_display = ["time", "charger", "vendor_id", "message_id"]
    exported = [
        "id",
        "time",
        "charger:charger__charger_id",
        "vendor_id",
        "message_id",
        "data",
    ]
    search_fields = ["charger__charger_id", "vendor_id", "message_id"]
    search_help_text = _("Charger, vendor or message id.")
    fields = ["charger", ("vendor_id", "message_id"), "time", "data"]
