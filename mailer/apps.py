"""Django registration of the `mailer` app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MailerConfig(AppConfig):
    """The `mailer` app."""

    name = "mailer"
    verbose_name = _("Mailer")
    default_auto_field = "django.db.models.BigAutoField"
