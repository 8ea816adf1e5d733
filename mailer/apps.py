"""Django registration of the `mailer` app."""

from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class MailerConfig(AppConfig):
    """The `mailer` app."""

    name = "mailer"
    verbose_name = _("Mailer")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the duties; once the tables are there, a row for each standard template."""
        from mailer import checks  # noqa: F401
        from mailer.domain import housekeeping

        housekeeping.register()
        post_migrate.connect(_lay_out, sender=self, dispatch_uid="mailer.lay_out")


def _lay_out(apps: Any = apps, **kwargs: Any) -> None:
    """After a migration, with the models as they are then; after a flush there are no `apps`."""
    from mailer.domain import templates

    try:
        apps.get_model("mailer", "Template")
    except LookupError:
        # The migrations have gone back to before the table was made.
        return
    templates.lay_out()
