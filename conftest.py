"""What every test starts from: the source language, and no active app.

The test client runs requests in the test's own thread, where the language of the last page and the
app that answered it would stay for the tests that follow.
"""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.utils import translation

from config.logging import active_app


@pytest.fixture(autouse=True)
def _fresh_thread() -> Iterator[None]:
    with translation.override(settings.LANGUAGE_CODE), active_app(""):
        yield
