"""What every test of the project stands on: folders for files of the run's own."""

from collections.abc import Iterator

import pytest
from django.test.utils import override_settings


@pytest.fixture(scope="session", autouse=True)
def media_of_the_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep generated and uploaded files out of the node's own folders."""
    with override_settings(
        MEDIA_ROOT=str(tmp_path_factory.mktemp("media")),
        UPLOADS_ROOT=str(tmp_path_factory.mktemp("uploads")),
    ):
        yield
