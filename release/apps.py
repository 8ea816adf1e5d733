"""Django registration of the `release` app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReleaseConfig(AppConfig):
    """The `release` app."""

    name = "release"
    verbose_name = _("Release")
    default_auto_field = "django.db.models.BigAutoField"
