"""Products in the admin."""

from django.contrib import admin

from accounts.exports import ExportedMixin
from subscriptions.models import Product


@admin.register(Product)
class ProductAdmin(ExportedMixin, admin.ModelAdmin):
    """What one can subscribe to."""

    exported = [
        "id",
        "name",
        "price",
        "currency",
        "renewal_period_days:renewal_period",
        "credit_kwh",
        "offered:active",
    ]
    list_display = ["name", "price", "currency", "renewal_period", "credit_kwh", "active"]
    list_filter = ["active", "currency"]
    search_fields = ["name", "description"]
    fields = [
        "name",
        "description",
        ("price", "currency"),
        ("renewal_period", "credit_kwh"),
        "active",
    ]
