"""Django registration of the `ocpp` app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OcppConfig(AppConfig):
    """The `ocpp` app."""

    name = "ocpp"
    verbose_name = _("Charging")
    default_auto_field = "django.db.models.BigAutoField"
