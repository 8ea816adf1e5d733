"""Django registration of the `qrcodes` app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class QrcodesConfig(AppConfig):
    """The `qrcodes` app."""

    name = "qrcodes"
    verbose_name = pgettext_lazy("the app", "QR codes")
    default_auto_field = "django.db.models.BigAutoField"
    public_pages = [("qrcodes:generator", _("QR codes"))]

    def ready(self) -> None:
        """Listen to deleted records; register the duty."""
        from qrcodes import receivers  # noqa: F401
        from qrcodes.domain import cleaning

        cleaning.register_duty()
