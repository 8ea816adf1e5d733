"""The admin of products, subscriptions and their periods."""

from subscriptions.admin.products import ProductAdmin
from subscriptions.admin.renewals import RenewalAdmin
from subscriptions.admin.subscriptions import SubscriptionAdmin

__all__ = ["ProductAdmin", "RenewalAdmin", "SubscriptionAdmin"]
