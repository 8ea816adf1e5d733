"""What the tests of the calculator share."""

import pytest

from tests.support.awg_tables import fill_tables


@pytest.fixture(autouse=True)
def reference(db: None) -> None:
    """Both tables, filled."""
    fill_tables()
