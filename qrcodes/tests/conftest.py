"""What the tests of QR codes share."""

from pathlib import Path

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> Path:
    """A media folder of the test's own."""
    folder = tmp_path / "media"
    settings.MEDIA_ROOT = str(folder)
    return folder
