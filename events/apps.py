"""Django registration of the `events` app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EventsConfig(AppConfig):
    """The `events` app."""

    name = "events"
    verbose_name = _("Events and webhooks")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """What is old is removed once a day; what is told is counted and shown."""
        from events import metrics
        from events.domain import pruning, standing
        from ocpp import metrics as counted
        from ocpp.domain.queries import status
        from schedules import domain as schedules

        schedules.register(
            "events.prune",
            pruning.prune,
            every_s=24 * 3600,
            label=_("Old events and what webhooks were told are removed."),
        )
        counted.register("events", metrics.of_process)
        status.register_figures(standing.figures)
