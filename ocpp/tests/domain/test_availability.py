"""Connectors and their status."""

from datetime import timedelta

import pytest

from ocpp.choices import AnomalyKind
from ocpp.domain import availability
from ocpp.domain.availability import MAX_CONNECTOR, Status
from ocpp.models import Charger, Connector
from ocpp.tests.factories import NOON, Reporter, at


def test_a_status_makes_its_connector(reporter: Reporter) -> None:
    told = Status(2, "Faulted", "GroundFailure", "wet", at(-1), "Vendor", "E77")
    reporter.report(availability.report, told)
    connector = Connector.objects.get()
    assert connector.charger == reporter.charger
    assert (connector.connector_id, connector.status) == (2, "Faulted")
    assert (connector.error_code, connector.info) == ("GroundFailure", "wet")
    assert (connector.vendor_id, connector.vendor_error_code) == ("Vendor", "E77")
    assert connector.status_time == NOON - timedelta(minutes=1)


def test_the_newest_status_takes_the_place_of_the_one_before(reporter: Reporter) -> None:
    reporter.report(availability.report, Status(1, "Faulted", "OtherError", "wet", "", "V", "E"))
    reporter.report(availability.report, Status(1, "Available", "NoError"))
    connector = Connector.objects.get()
    assert (connector.status, connector.error_code) == ("Available", "NoError")
    assert (connector.info, connector.vendor_id, connector.vendor_error_code) == ("", "", "")
    assert connector.status_time == NOON


def test_connector_0_is_the_charge_point_and_others_are_their_own(reporter: Reporter) -> None:
    for number in (0, 1, 2, MAX_CONNECTOR):
        reporter.report(availability.report, Status(number, "Available", "NoError"))
    reporter.report(availability.report, Status(1, "Charging", "NoError"))
    found = dict(Connector.objects.values_list("connector_id", "status"))
    assert found == {0: "Available", 1: "Charging", 2: "Available", MAX_CONNECTOR: "Available"}
    other = Reporter(Charger.objects.create(charger_id="CP2"))
    other.report(availability.report, Status(1, "Faulted", "NoError"))
    assert Connector.objects.get(charger=reporter.charger, connector_id=1).status == "Charging"


@pytest.mark.parametrize("number", [-1, MAX_CONNECTOR + 1, 2**31, 10**18 - 1, -(10**18) + 1])
def test_a_connector_that_cannot_exist_is_noted_and_not_made(
    reporter: Reporter, number: int
) -> None:
    reporter.report(availability.report, Status(number, "Faulted", "NoError"))
    assert Connector.objects.count() == 0
    (anomaly,) = reporter.anomalies()
    assert anomaly.kind == AnomalyKind.BAD_VALUE
    assert str(number) in anomaly.detail


@pytest.mark.parametrize("number", [-1, MAX_CONNECTOR + 1, 2**63])
def test_what_happens_at_such_a_connector_happens_at_the_charge_point(
    reporter: Reporter, number: int
) -> None:
    assert reporter.report(availability.connector, number) == 0
    assert len(reporter.anomalies()) == 1


def test_a_status_of_a_bad_clock_is_of_now(reporter: Reporter) -> None:
    reporter.report(
        availability.report, Status(1, "Available", "NoError", time="1970-01-01T00:00:00Z")
    )
    assert Connector.objects.get().status_time == NOON
    (anomaly,) = reporter.anomalies()
    assert anomaly.kind == AnomalyKind.CLOCK
