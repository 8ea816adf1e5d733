"""Django registration of `config`, for its management commands."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The project itself."""

    name = "config"
