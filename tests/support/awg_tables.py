"""The reference tables of cables and conduits, which migrations fill and some tests empty."""

from importlib import import_module

from django.apps import apps

from awg.models import CableSize


def fill_tables() -> None:
    """Fill both tables where a test before has emptied the database."""
    if not CableSize.objects.exists():
        import_module("awg.migrations.0002_reference").fill(apps, None)
