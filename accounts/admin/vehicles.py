"""Vehicles in the admin."""

from django.contrib import admin

from accounts.exports import ExportedMixin
from accounts.models import Vehicle


@admin.register(Vehicle)
class VehicleAdmin(ExportedMixin, admin.ModelAdmin):
    """Vehicles of all accounts."""

    list_display = ["brand", "model", "VIN", "account"]
    list_select_related = ["account__user"]
    search_fields = ["brand", "model", "VIN", "account__user__username"]
    exported = [
        "brand",
        "model",
        "VIN",
        "account:account__user__username",
    ]
    autocomplete_fields = ["account"]
