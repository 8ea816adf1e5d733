"""Django registration of the `accounts` app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """The `accounts` app."""

    name = "accounts"
    verbose_name = _("People, cards and energy")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks of the settings, and what is done again and again."""
        from accounts import checks  # noqa: F401
        from accounts.domain import logins

        logins.register()
