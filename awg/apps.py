"""Django registration of the `awg` app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AwgConfig(AppConfig):
    """The `awg` app."""

    name = "awg"
    verbose_name = _("Cable calculator")
    default_auto_field = "django.db.models.BigAutoField"
    public_pages = [("awg:calculator", _("Cables"))]
