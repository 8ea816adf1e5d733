"""Django registration of `config`, for its management commands."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The project itself."""

    name = "config"

    def ready(self) -> None:
        """Put the limits of all apps on one page."""
        from config import limits

        limits.connect()
