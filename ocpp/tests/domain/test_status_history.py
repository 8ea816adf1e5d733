"""What is kept of the states of connectors: changes, and times without a connection."""

from datetime import datetime, timedelta

import pytest

from ocpp.domain import availability, chargers
from ocpp.domain.availability import Status
from ocpp.domain.status_history import SHORTEST_GAP
from ocpp.domain.visitor import Visitor
from ocpp.models import Charger, StatusChange
from ocpp.tests.factories import NOON, Reporter

Row = tuple[int | None, str, datetime]


def rows() -> list[Row]:
    return list(StatusChange.objects.order_by("pk").values_list("connector_id", "status", "time"))


def tell(reporter: Reporter, status: str, minutes: int = 0, connector: int = 1) -> None:
    told = Status(connector, status, "NoError", time="2020-01-01T00:00:00Z")
    reporter.report(availability.report, told, now=NOON + timedelta(minutes=minutes))


def test_a_change_is_a_row_at_the_time_of_the_node(reporter: Reporter) -> None:
    tell(reporter, "Available")
    tell(reporter, "Charging", 1)
    tell(reporter, "Available", 1, connector=2)
    assert rows() == [
        (1, "Available", NOON),
        (1, "Charging", NOON + timedelta(minutes=1)),
        (2, "Available", NOON + timedelta(minutes=1)),
    ]


def test_what_is_told_again_is_no_row_and_one_statement(
    reporter: Reporter, django_assert_num_queries: object
) -> None:
    tell(reporter, "Available")
    with django_assert_num_queries(1):  # type: ignore[operator]
        tell(reporter, "Available", 5)
    assert len(rows()) == 1
    connector = reporter.charger.connectors.get()
    assert (connector.status, connector.error_code) == ("Available", "NoError")


@pytest.mark.parametrize(
    ("gap", "kept"),
    [(timedelta(minutes=3), 2), (SHORTEST_GAP - timedelta(seconds=1), 0)],
)
def test_a_time_without_a_connection_is_kept_when_it_ends(
    charger: Charger, gap: timedelta, kept: int
) -> None:
    Charger.objects.filter(pk=charger.pk).update(disconnected_at=NOON)
    visitor = Visitor(charger_id="CP1", path="/CP1/", address="127.0.0.1", private=True)
    chargers.admit(visitor, NOON + gap)
    assert rows() == [(None, "Offline", NOON), (None, "Online", NOON + gap)][:kept]


def test_a_first_connection_and_a_takeover_leave_nothing(charger: Charger) -> None:
    visitor = Visitor(charger_id="CP1", path="/CP1/", address="127.0.0.1", private=True)
    chargers.admit(visitor, NOON)
    chargers.admit(visitor, NOON + timedelta(minutes=1))
    assert rows() == []
