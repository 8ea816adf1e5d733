"""What every test of the project stands on: a database file and a media folder of the run's own."""

from collections.abc import Iterator

import pytest
from django.db import connections
from django.test.utils import override_settings


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """On SQLite, test in a file as a node runs on one.

    Django's default is a shared database in memory, where a second thread does not wait for a
    lock but fails at once.
    """
    if connections["default"].vendor == "sqlite":
        file = tmp_path_factory.mktemp("database") / "test.sqlite3"
        connections["default"].settings_dict["TEST"]["NAME"] = str(file)


@pytest.fixture(scope="session", autouse=True)
def media_of_the_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep generated files out of the node's own media folder."""
    with override_settings(MEDIA_ROOT=str(tmp_path_factory.mktemp("media"))):
        yield
