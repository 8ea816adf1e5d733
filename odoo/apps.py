"""Django registration of the `odoo` app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OdooConfig(AppConfig):
    """The `odoo` app."""

    name = "odoo"
    verbose_name = _("Odoo")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what is done again and again."""
        from odoo.domain import syncing

        syncing.register()
