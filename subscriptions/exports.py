"""The columns of files that are exported from the admin."""

from accounts.exports import Table, column
from subscriptions.models import Product, Renewal, Subscription


class ProductTable(Table):
    """Products."""

    id = column("id")
    name = column("name")
    price = column("price")
    currency = column("currency")
    renewal_period_days = column("renewal_period_days", "renewal_period")
    credit_kwh = column("credit_kwh")
    offered = column("offered", "active")

    class Meta:
        model = Product
        fields = (
            "id",
            "name",
            "price",
            "currency",
            "renewal_period_days",
            "credit_kwh",
            "offered",
        )


class SubscriptionTable(Table):
    """Who has what."""

    id = column("id")
    account = column("account", "account__user__username")
    product = column("product", "product__name")
    started = column("started")
    next_renewal = column("next_renewal")
    cancelled = column("cancelled")
    ends = column("ends")

    class Meta:
        model = Subscription
        fields = ("id", "account", "product", "started", "next_renewal", "cancelled", "ends")


class RenewalTable(Table):
    """Each period: what was granted, and what is owed."""

    id = column("id")
    subscription = column("subscription", "subscription_id")
    account = column("account", "subscription__account__user__username")
    product = column("product", "subscription__product__name")
    period_start = column("period_start")
    period_end = column("period_end")
    price = column("price")
    currency = column("currency")
    credit_kwh = column("credit_kwh", "credit__amount_kwh")
    granted = column("granted", "created")

    class Meta:
        model = Renewal
        fields = (
            "id",
            "subscription",
            "account",
            "product",
            "period_start",
            "period_end",
            "price",
            "currency",
            "credit_kwh",
            "granted",
        )
