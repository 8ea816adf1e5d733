"""A database for tests with several threads, which see only what is committed."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker


@pytest.fixture
def transactional_db(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Stands for pytest-django's fixture where a conftest imports it, and is much quicker.

    That one ends with TRUNCATE of all tables, which takes PostgreSQL a second; this one with
    DELETE from the tables of the apps that tests with it fill.
    """
    with django_db_blocker.unblock():
        yield
        _delete_everything()


def _delete_everything() -> None:
    assert "test" in str(connection.settings_dict["NAME"])
    tables = [
        model._meta.db_table
        for label in ("ocpp", "accounts", "qrcodes", "events", "nodes", "outgoing")
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
    ]
    # Foreign keys are checked at COMMIT, so any order will do.
    with transaction.atomic(), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'DELETE FROM "{table}"')  # noqa: S608
        # Nobody may delete what the audit holds, not even here.
        cursor.execute("SELECT 1 FROM audit_record LIMIT 1")
        if cursor.fetchone():
            empty = "TRUNCATE" if connection.vendor == "postgresql" else "DELETE FROM"
            cursor.execute(f"{empty} audit_record")
