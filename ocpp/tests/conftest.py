"""What the tests of `ocpp` share; how things are made stands in `factories`."""

from collections.abc import Iterator

import hypothesis
import pytest
from django.apps import apps
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

from ocpp.models import Charger
from ocpp.tests.factories import Reporter

# A machine that is busy with something else is no fault of an example.
hypothesis.settings.register_profile("constellation", deadline=None)
hypothesis.settings.load_profile("constellation")


@pytest.fixture
def charger(db: None) -> Charger:
    """The charge point CP1, known and accepted."""
    return Charger.objects.create(charger_id="CP1")


@pytest.fixture
def reporter(charger: Charger) -> Reporter:
    """CP1 as it reports to the rules, without a connection."""
    return Reporter(charger)


@pytest.fixture
def committed_db(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A database that other threads and connections see, because what is written is committed.

    It is emptied by DELETE afterwards: the TRUNCATE of `django_db(transaction=True)` takes
    PostgreSQL a second for each test, and takes away what migrations have put there.
    """
    with django_db_blocker.unblock():
        yield
        tables = [
            model._meta.db_table
            for label in ("ocpp", "accounts")
            for model in apps.get_app_config(label).get_models(include_auto_created=True)
        ]
        # Foreign keys are checked when it commits, so any order will do.
        with transaction.atomic(), connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f'DELETE FROM "{table}"')  # noqa: S608
