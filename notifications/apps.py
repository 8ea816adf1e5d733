"""Django registration of the `notifications` app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    """The `notifications` app."""

    name = "notifications"
    verbose_name = _("Notifications")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Bring the standard texts, listen to the apps below, register the duty."""
        from notifications import receivers, texts
        from notifications.domain import looking

        texts.register()
        receivers.connect()
        looking.register()
