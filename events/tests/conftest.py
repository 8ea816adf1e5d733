"""What the tests of `events` share."""

import pytest

from events.domain import collecting
from events.models import Event
from ocpp.models import Charger
from ocpp.tests.factories import Reporter
from outgoing.tests.conftest import allowed, loopback, serve

__all__ = ["allowed", "loopback", "serve"]


@pytest.fixture
def charger(db: None) -> Charger:
    """The charge point CP1, known and accepted."""
    return Charger.objects.create(charger_id="CP1")


@pytest.fixture
def reporter(charger: Charger) -> Reporter:
    """CP1 as it reports to the rules, without a connection."""
    return Reporter(charger)


@pytest.fixture
def listening(charger: Charger) -> None:
    """Somebody wants to know from now on."""
    collecting.collect(at_once=True)


def collected() -> list[Event]:
    """What a look finds."""
    newest = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    collecting.collect(at_once=True)
    return list(Event.objects.filter(pk__gt=newest).order_by("pk"))
