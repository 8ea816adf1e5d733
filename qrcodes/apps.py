"""Django registration of the `qrcodes` app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QrcodesConfig(AppConfig):
    """The `qrcodes` app."""

    name = "qrcodes"
    verbose_name = _("QR codes")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to deleted records."""
        from qrcodes import receivers  # noqa: F401
