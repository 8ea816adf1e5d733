"""Django registration of the `readme` app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReadmeConfig(AppConfig):
    """The `readme` app."""

    name = "readme"
    verbose_name = _("Documentation")
    default_auto_field = "django.db.models.BigAutoField"
    public_pages = [("readme:index", _("Documentation"))]
