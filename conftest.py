"""What every test of the project stands on: files of the run's own, and a fresh thread."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test.utils import override_settings
from django.utils import translation

from config.logging import active_app


@pytest.fixture(scope="session", autouse=True)
def media_of_the_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep generated and uploaded files out of the node's own folders."""
    with override_settings(
        MEDIA_ROOT=str(tmp_path_factory.mktemp("media")),
        UPLOADS_ROOT=str(tmp_path_factory.mktemp("uploads")),
    ):
        yield


@pytest.fixture(autouse=True)
def fresh_thread() -> Iterator[None]:
    """The source language, and no active app.

    The test client runs requests in the test's own thread, where the language of the last page
    and the app that answered it would stay for the tests that follow.
    """
    with translation.override(settings.LANGUAGE_CODE), active_app(""):
        yield
