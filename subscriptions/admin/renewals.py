"""The periods of all subscriptions in the admin."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.exports import ExportedMixin
from subscriptions.admin.read_only import ReadOnly
from subscriptions.models import Renewal


@admin.register(Renewal)
class RenewalAdmin(ExportedMixin, ReadOnly, admin.ModelAdmin):
    """The journal of all periods: what was granted and what is owed."""

    exported = [
        "id",
        "subscription:subscription_id",
        "account:subscription__account__user__username",
        "product:subscription__product__name",
        "period_start",
        "period_end",
        "price",
        "currency",
        "credit_kwh:credit__amount_kwh",
        "granted:created",
    ]
    list_display = [
        "period_start",
        "period_end",
        "account",
        "product",
        "price",
        "currency",
        "credit",
        "created",
    ]
    list_filter = ["subscription__product", "currency", "period_start"]
    list_select_related = ["subscription__account__user", "subscription__product", "credit"]
    date_hierarchy = "period_start"
    search_fields = ["subscription__account__user__username", "subscription__product__name"]

    @admin.display(description=_("account"), ordering="subscription__account__user__username")
    def account(self, renewal: Renewal) -> str:
        """Whose."""
        return str(renewal.subscription.account)

    @admin.display(description=_("product"), ordering="subscription__product__name")
    def product(self, renewal: Renewal) -> str:
        """Of what."""
        return str(renewal.subscription.product)
