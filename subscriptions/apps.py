"""Django registration of the `subscriptions` app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SubscriptionsConfig(AppConfig):
    """The `subscriptions` app."""

    name = "subscriptions"
    verbose_name = _("Subscriptions")
    default_auto_field = "django.db.models.BigAutoField"
    public_pages = [("subscriptions:products", _("Subscriptions"))]

    def ready(self) -> None:
        """Register what is done again and again."""
        from subscriptions.domain import renewing

        renewing.register()
