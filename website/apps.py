"""Django registration of the `website` app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebsiteConfig(AppConfig):
    """The `website` app."""

    name = "website"
    verbose_name = _("Website")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Notice when somebody saves a site."""
        from website.domain import sites

        sites.connect()
