"""What the tests of `ocpp` share; how things are made stands in `factories`."""

import hypothesis
import pytest

from ocpp.domain import anomalies
from ocpp.models import Charger
from ocpp.tests.factories import Reporter

# A machine that is busy with something else is no fault of an example.
hypothesis.settings.register_profile("constellation", deadline=None)
hypothesis.settings.load_profile("constellation")


@pytest.fixture(autouse=True)
def nothing_is_remembered() -> None:
    """What one test recorded, another may record again: numbers of rows are used again."""
    anomalies._rarely.clear()


@pytest.fixture
def charger(db: None) -> Charger:
    """The charge point CP1, known and accepted."""
    return Charger.objects.create(charger_id="CP1")


@pytest.fixture
def reporter(charger: Charger) -> Reporter:
    """CP1 as it reports to the rules, without a connection."""
    return Reporter(charger)
