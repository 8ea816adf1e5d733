"""What a process counts of itself."""

import timeit
from collections.abc import Iterator

import pytest

from ocpp import metrics
from ocpp.metrics import Histogram, Recent


@pytest.fixture
def heartbeats() -> Iterator[None]:
    """What is counted here is taken back."""
    before = metrics.received["Heartbeat"]
    yield
    metrics.received["Heartbeat"] = before


def test_a_histogram_knows_where_most_values_lie() -> None:
    values = Histogram((1, 2, 5))
    assert values.quantile(0.5) is None
    for value in (0.5, 1, 1.5, 9):
        values.add(value)
    assert values.counts == [2, 1, 0, 1]
    assert values.sum == 12
    assert values.quantile(0.5) == 1
    assert values.quantile(0.75) == 2
    assert values.quantile(0.99) == 5  # as far as its bounds tell
    before = values.counts.copy()
    values.add(1.7)
    assert values.quantile(0.5, before) == 2


@pytest.mark.usefixtures("heartbeats")
def test_the_last_minutes_are_told_in_stretches_and_as_a_rate() -> None:
    recent = Recent()
    recent.sample(1000.0)
    metrics.received["Heartbeat"] += 50
    recent.sample(1005.0)
    assert recent.messages_a_second() == 10
    metrics.received["Heartbeat"] += 7
    recent.sample(1021.0)
    told = recent.snapshot()["messages"]
    assert [stretch for stretch, _ in told] == [50, 51]
    assert told[1][1] == 7
    for later in range(2000):
        recent.sample(1021.0 + later)
    assert len(recent.snapshot()["messages"]) == metrics.STRETCHES
    assert len(recent._samples) < metrics.WINDOW_S + 3


def test_who_holds_a_number_offers_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "_readers", {})
    assert metrics.number("queue") == 0
    assert metrics.mapping("limits") == {}
    metrics.register("queue", lambda: 3)
    metrics.register("limits", lambda: {"message_size": 2})
    assert metrics.number("queue") == 3
    assert metrics.mapping("limits") == {"message_size": 2}


@pytest.mark.usefixtures("heartbeats")
def test_counting_a_message_costs_well_under_a_microsecond() -> None:
    def count() -> None:
        metrics.received["Heartbeat"] += 1

    best = min(timeit.repeat(count, number=20_000, repeat=20)) / 20_000
    assert best < 1e-6
