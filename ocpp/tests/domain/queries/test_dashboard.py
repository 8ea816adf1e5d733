"""The reads of the dashboard."""

from datetime import UTC, datetime

import pytest
from pytest_django import DjangoAssertNumQueries

from ocpp.choices import Registration, TransactionState
from ocpp.domain.queries import dashboard
from ocpp.domain.queries.dashboard import ChargerRow
from ocpp.domain.queries.states import OFFLINE, Tone
from ocpp.models import Charger, Connector, Transaction

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def charger(charger_id: str, *statuses: str, online: bool = True, **facts: object) -> Charger:
    """A charger with connectors 1, 2, … in these states."""
    made = Charger.objects.create(
        charger_id=charger_id, owner="host/1/word" if online else "", **facts
    )
    for number, status in enumerate(statuses, start=1):
        connector(made, number, status)
    return made


def connector(of: Charger, number: int, status: str, error: str = "NoError") -> Connector:
    return Connector.objects.create(
        charger=of, connector_id=number, status=status, error_code=error, status_time=NOON
    )


def session(of: Charger, number: int, **facts: object) -> Transaction:
    values: dict[str, object] = {
        "charger": of,
        "connector_id": number,
        "id_tag": "AABBCCDD",
        "meter_start": 0,
        "energy_wh": 1500,
        "start_time": NOON,
        "start_received": NOON,
        "start_raw": f"{Transaction.objects.count()}",
    }
    return Transaction.objects.create(**(values | facts))


def rows(*, staff: bool = True) -> list[ChargerRow]:
    return dashboard.rows(dashboard.visible(staff=staff), staff=staff)


def test_staff_see_all_chargers_and_others_the_accepted_ones() -> None:
    charger("A")
    charger("B", registration=Registration.PENDING)
    charger("C", registration=Registration.REJECTED)
    assert [row.charger.charger_id for row in rows()] == ["A", "B", "C"]
    assert [row.charger.charger_id for row in rows(staff=False)] == ["A"]


def test_a_session_stands_at_its_connector_for_staff_only() -> None:
    made = charger("A", "Available", "Charging")
    running = session(made, 2)
    session(made, 1, state=TransactionState.COMPLETED)
    assert [row.session for row in rows()[0].connectors] == [None, running]
    assert [row.session for row in rows(staff=False)[0].connectors] == [None, None]


def test_a_session_at_a_connector_that_never_reported_itself_is_seen() -> None:
    running = session(charger("A"), 3)
    (row,) = rows()[0].connectors
    assert (row.number, row.session) == (3, running)
    assert row.state.tone is Tone.UNKNOWN


def test_of_two_sessions_at_one_connector_the_newer_is_shown() -> None:
    made = charger("A", "Charging")
    session(made, 1)
    newer = session(made, 1)
    assert rows()[0].connectors[0].session == newer


def test_an_offline_charger_has_only_last_known_states() -> None:
    charger("A", "Available", "", online=False)
    first, second = rows()[0].connectors
    assert first.state is OFFLINE
    assert first.last_known is not None
    assert first.last_known.tone is Tone.FREE
    assert second.last_known is None


@pytest.mark.parametrize(
    ("status", "numbers"), [("Available", [1]), ("", [1]), ("Faulted", [0, 1])]
)
def test_the_charger_as_a_whole_is_shown_when_it_has_something_to_say(
    status: str, numbers: list[int]
) -> None:
    connector(charger("A", "Available"), 0, status)
    assert [row.number for row in rows()[0].connectors] == numbers


@pytest.mark.parametrize(
    ("whole", "word", "tones"),
    [
        ("Faulted", "Out of order", [Tone.BROKEN, Tone.BROKEN, Tone.BUSY]),
        ("Unavailable", "Out of service", [Tone.BROKEN, Tone.BROKEN, Tone.BUSY]),
    ],
)
def test_nothing_is_offered_while_the_charger_as_a_whole_is_down(
    whole: str, word: str, tones: list[Tone]
) -> None:
    """What charges goes on; what was free is not."""
    connector(charger("A", "Available", "Charging"), 0, whole)
    charger("B", "Available")
    shown = rows()[0].connectors
    assert [row.number for row in shown] == [0, 1, 2]
    assert [row.state.tone for row in shown] == tones
    assert str(shown[1].state.word) == word
    totals = dashboard.totals(dashboard.visible(staff=True))
    assert (totals.free, totals.charging) == (1, 1)
    assert totals.broken == (1 if whole == "Faulted" else 0)


def test_the_charger_as_a_whole_is_shown_when_there_is_nothing_else() -> None:
    connector(charger("A"), 0, "Available")
    assert [row.number for row in rows()[0].connectors] == [0]


def test_the_charger_as_a_whole_is_shown_with_a_session_on_it() -> None:
    made = charger("A", "Available")
    connector(made, 0, "Available")
    running = session(made, 0)
    assert rows()[0].connectors[0].session == running


def test_no_error_is_no_error() -> None:
    made = charger("A", "Available")
    connector(made, 2, "Faulted", error="GroundFailure")
    assert [row.error for row in rows()[0].connectors] == ["", "GroundFailure"]


def test_totals_count_connectors_of_connected_chargers_only() -> None:
    connector(charger("A", "Available", "Charging", "Charging", "Faulted"), 0, "Available")
    charger("B", "Available", "Faulted", online=False)
    charger("C", "Available", registration=Registration.PENDING)
    assert dashboard.totals(dashboard.visible(staff=False)) == dashboard.Totals(
        chargers=2, connected=1, free=1, charging=2, broken=1
    )
    assert dashboard.totals(dashboard.visible(staff=True)).free == 2


def test_search_looks_for_every_word() -> None:
    charger("CP-1", name="Plaza Norte", vendor="Wallbox")
    charger("CP-2", name="Plaza Sur", vendor="ABB")

    def found(text: str, *, staff: bool = True) -> list[str]:
        chosen = dashboard.search(Charger.objects.all(), text, staff=staff)
        return [charger.charger_id for charger in chosen]

    assert found("plaza") == ["CP-1", "CP-2"]
    assert found("plaza cp-2") == ["CP-2"]
    assert found("abb") == ["CP-2"]
    assert found("abb", staff=False) == []
    assert found("100%") == []


@pytest.mark.parametrize("count", [10, 500])
def test_the_number_of_queries_does_not_grow_with_the_chargers(
    django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    made = Charger.objects.bulk_create(
        Charger(charger_id=f"CP{n}", id_key=f"cp{n}", owner="host/1/word") for n in range(count)
    )
    Connector.objects.bulk_create(
        Connector(charger=one, connector_id=number, status="Charging")
        for one in made
        for number in (1, 2)
    )
    Transaction.objects.bulk_create(
        Transaction(
            charger=one,
            connector_id=1,
            id_tag="AA",
            meter_start=0,
            start_time=NOON,
            start_received=NOON,
            start_raw="",
        )
        for one in made
    )
    with django_assert_num_queries(6):
        found = rows()
        assert len(found) == count
        assert all(row.connectors[0].session for row in found)
    with django_assert_num_queries(3):
        rows(staff=False)
    with django_assert_num_queries(2):
        dashboard.totals(dashboard.visible(staff=True))
