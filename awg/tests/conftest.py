"""What the tests of the calculator share."""

from importlib import import_module

import pytest
from django.apps import apps

from awg.models import CableSize


@pytest.fixture(autouse=True)
def reference(db: None) -> None:
    """Both tables, filled, though a test before has emptied the database."""
    if not CableSize.objects.exists():
        import_module("awg.migrations.0002_reference").fill(apps, None)
