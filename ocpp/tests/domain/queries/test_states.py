"""States in words."""

import pytest

from ocpp.domain.queries import states
from ocpp.domain.queries.states import Tone


def test_every_status_of_the_standard_has_words_of_its_own() -> None:
    assert states.STATUSES == (
        "Available",
        "Preparing",
        "Charging",
        "SuspendedEVSE",
        "SuspendedEV",
        "Finishing",
        "Reserved",
        "Unavailable",
        "Faulted",
    )
    shown = [states.of_status(status) for status in states.STATUSES]
    assert len({str(state.word) for state in shown}) == len(shown)
    assert len({str(state.advice) for state in shown}) == len(shown)


@pytest.mark.parametrize(
    ("status", "tone"),
    [
        ("Available", Tone.FREE),
        ("Charging", Tone.BUSY),
        ("Preparing", Tone.WAITING),
        ("Unavailable", Tone.BROKEN),
        ("Faulted", Tone.BROKEN),
        ("", Tone.UNKNOWN),
        ("Occupied", Tone.UNKNOWN),
    ],
)
def test_the_tone_says_whether_one_can_charge(status: str, tone: Tone) -> None:
    assert states.of_status(status).tone is tone


def test_a_status_of_another_version_is_shown_as_it_is() -> None:
    assert states.of_status("Occupied").word == "Occupied"


def test_a_charger_that_is_not_connected_is_offline_whatever_it_said_last() -> None:
    assert states.of_connector("Available", connected=False) is states.OFFLINE
    assert states.of_connector("Available", connected=True).tone is Tone.FREE
