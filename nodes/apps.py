"""Django registration of the `nodes` app."""

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class NodesConfig(AppConfig):
    """The `nodes` app."""

    name = "nodes"
    verbose_name = _("Nodes")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """This node says again and again that it is there."""
        from nodes.domain import current
        from schedules import domain as schedules

        schedules.register(
            "nodes.heartbeat",
            current.heartbeat,
            every_s=settings.NODE_HEARTBEAT_S,
            limit_s=60,
            label=_("This node tells its hub that it is there."),
        )
