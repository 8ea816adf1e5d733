"""The bands of states."""

from datetime import timedelta

import pytest

from ocpp.domain.queries import status_history
from ocpp.models import Charger, Connector, StatusChange
from ocpp.tests.factories import NOON

HOUR = timedelta(hours=1)
#: Minutes from the beginning to the end of a span, and its word.
Told = list[tuple[int, int, str]]


def change(charger: Charger, minutes: int, status: str, connector: int | None = 1) -> None:
    StatusChange.objects.create(
        charger=charger,
        connector_id=connector,
        status=status,
        error_code="" if status != "Faulted" else "GroundFailure",
        time=NOON + timedelta(minutes=minutes),
    )


def band(charger: Charger) -> Told:
    connectors = list(charger.connectors.all())
    (found,) = status_history.bands(charger, connectors, NOON, NOON + HOUR)
    return [
        (
            int((span.begin - NOON).total_seconds()) // 60,
            int((span.end - NOON).total_seconds()) // 60,
            str(span.state.word) + span.error,
        )
        for span in found.spans
    ]


@pytest.fixture
def connected(charger: Charger) -> Charger:
    charger.owner = "host/1/word"
    charger.save(update_fields=["owner"])
    Connector.objects.create(charger=charger, connector_id=1)
    return charger


def test_a_state_holds_until_the_next_and_from_before_the_window(connected: Charger) -> None:
    change(connected, -30, "Available")
    change(connected, 20, "Charging")
    change(connected, 50, "Faulted")
    change(connected, 70, "Available")  # later than what is asked for
    assert band(connected) == [
        (0, 20, "Available"),
        (20, 50, "Charging"),
        (50, 60, "Out of orderGroundFailure"),
    ]


def test_without_a_connection_it_is_offline_whatever_it_said(connected: Charger) -> None:
    change(connected, 0, "Available")
    change(connected, 10, "Offline", None)
    change(connected, 20, "Online", None)
    assert band(connected) == [(0, 10, "Available"), (10, 20, "Offline"), (20, 60, "Available")]
    connected.owner, connected.disconnected_at = "", NOON + timedelta(minutes=40)
    assert band(connected)[-2:] == [(20, 40, "Available"), (40, 60, "Offline")]


def test_of_before_the_first_change_nothing_is_claimed(connected: Charger) -> None:
    change(connected, 20, "Available")
    assert band(connected) == [(20, 60, "Available")]


def test_a_state_from_before_there_was_a_history_holds_since_it_was_told(
    connected: Charger,
) -> None:
    connected.connectors.update(status="Available", status_time=NOON + timedelta(minutes=5))
    assert band(connected) == [(5, 60, "Available")]


def test_with_too_many_changes_the_oldest_are_not_guessed(
    connected: Charger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status_history, "MOST", 2)
    for minutes, status in ((0, "Available"), (10, "Preparing"), (20, "Charging")):
        change(connected, minutes, status)
    assert band(connected) == [(10, 20, "Preparing"), (20, 60, "Charging")]
