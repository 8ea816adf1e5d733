"""Django registration of the `outgoing` app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OutgoingConfig(AppConfig):
    """The `outgoing` app."""

    name = "outgoing"
    verbose_name = _("Outgoing requests")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the check of the settings."""
        from outgoing import checks  # noqa: F401
