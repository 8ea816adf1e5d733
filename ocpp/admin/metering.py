"""Meter readings in the admin."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from ocpp.admin.facts import FactsAdmin
from ocpp.admin.filters import MeasurandFilter
from ocpp.models import MeterReading


@admin.register(MeterReading)
class MeterReadingAdmin(FactsAdmin):
    """Sampled values, newest first."""

    list_display = [
        "timestamp",
        "charger",
        "connector_id",
        "measurand",
        "phase",
        "value",
        "unit",
        "context",
        "transaction_id",
    ]
    list_filter = [MeasurandFilter]
    exported = [
        "timestamp",
        "charger:charger__charger_id",
        "connector:connector_id",
        "transaction:transaction_id",
        "measurand",
        "phase",
        "location",
        "value",
        "unit",
        "context",
    ]
    ordering = ["-id"]
    search_help_text = _("The exact id of a charger.")
    fields = [
        ("charger", "connector_id", "transaction"),
        ("timestamp", "context"),
        ("measurand", "phase", "location"),
        ("value", "unit", "raw", "format"),
    ]
