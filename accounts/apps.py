"""Django registration of the `accounts` app."""

from typing import Any

from django.apps import AppConfig, apps
from django.db import DEFAULT_DB_ALIAS
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """The `accounts` app."""

    name = "accounts"
    verbose_name = _("People, cards and energy")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks of the settings, and what is done again and again."""
        from accounts import checks, recording  # noqa: F401
        from accounts.domain import logins

        logins.register()
        recording.connect()
        post_migrate.connect(_keep_roles, dispatch_uid="accounts.roles")


def _keep_roles(app_config: AppConfig, using: str, **kwargs: Any) -> None:
    """Once for each `migrate`, after the last app: the permissions of all others exist by then."""
    from django.contrib.auth.management import create_permissions

    from accounts.domain import roles

    with_models = [config for config in apps.get_app_configs() if config.models_module]
    if using != DEFAULT_DB_ALIAS or app_config.label != with_models[-1].label:
        return
    create_permissions(app_config, using=using, **kwargs)
    roles.keep()
