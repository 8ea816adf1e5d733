"""Django registration of the `schedules` app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SchedulesConfig(AppConfig):
    """The `schedules` app."""

    name = "schedules"
    verbose_name = _("Schedules")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """The results of tasks are not kept for ever."""
        from schedules import domain, results

        domain.register(
            "schedules.results",
            results.prune,
            every_s=24 * 3600,
            label=_("Results of tasks are removed after two weeks."),
        )
