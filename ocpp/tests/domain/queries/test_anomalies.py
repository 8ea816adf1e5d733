"""Scores of models: the formula, its words, and what it costs to reckon."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from ocpp.choices import AnomalyKind
from ocpp.domain.queries import anomalies
from ocpp.domain.queries.since import first_id
from ocpp.models import Anomaly, Charger, Message
from ocpp.tests.factories import NOON

pytestmark = pytest.mark.django_db


def make(name: str, messages: int, *, vendor: str = "Maker", model: str = "M1") -> Charger:
    charger = Charger.objects.create(charger_id=name, vendor=vendor, model=model)
    say(charger, messages)
    return charger


def say(charger: Charger, messages: int, *, days_ago: float = 1) -> None:
    time = NOON - timedelta(days=days_ago)
    Message.objects.bulk_create(Message(charger=charger, time=time) for _ in range(messages))


def odd(charger: Charger, kind: AnomalyKind, count: int = 1, *, days_ago: float = 1) -> None:
    time = NOON - timedelta(days=days_ago)
    for _ in range(count):
        Anomaly.objects.create(charger=charger, kind=kind, detail="odd", time=time)


def test_every_kind_has_a_weight_and_words_for_what_is_done() -> None:
    assert set(anomalies.WEIGHTS) == set(AnomalyKind)
    # Also of those that were stored before oddities had codes.
    assert all(anomalies.done_about(Anomaly(kind=kind, detail="odd")) for kind in AnomalyKind)
    assert anomalies.told(Anomaly(kind=AnomalyKind.CLOCK, detail="odd")) == "odd"


def test_an_oddity_is_told_in_the_language_of_the_reader() -> None:
    values = {"start": 1000, "register": 7}
    row = Anomaly(kind=AnomalyKind.METERING, code="other_base", values=values, detail="odd")
    english = (anomalies.told(row), anomalies.done_about(row))
    with translation.override("es"):
        spanish = (anomalies.told(row), anomalies.done_about(row))
    assert "from 1000 to 7 Wh" in english[0]
    assert "1000" in spanish[0]
    assert set(english).isdisjoint(spanish)


def test_the_score_is_100_less_weighted_oddities_for_each_1000_messages() -> None:
    charger = make("CP1", 1000)
    odd(charger, AnomalyKind.TOLERATED, 3)
    odd(charger, AnomalyKind.METERING, 2)
    (model,) = anomalies.scores(NOON).models
    assert (model.score, model.oddities, model.messages) == (100 - 3 - 10, 5, 1000)
    assert dict(model.by_kind) == {"Tolerated form": 3, "Metering": 2}
    assert str(model.state.word) == "Small oddities"


@pytest.mark.parametrize(
    ("count", "word"),
    [
        (0, "Keeps to the standard"),
        (1, "Keeps to the standard"),
        (2, "Small oddities"),
        (10, "Needs tolerance"),
        (11, "Wayward"),
        (99, "Wayward"),
    ],
)
def test_a_score_has_a_word(count: int, word: str) -> None:
    odd(make("CP1", 1000), AnomalyKind.METERING, count)
    (model,) = anomalies.scores(NOON).models
    assert str(model.state.word) == word
    assert model.score == max(0, 100 - 5 * count)


def test_one_that_was_hardly_seen_has_no_score() -> None:
    odd(make("CP1", anomalies.FEWEST_MESSAGES - 1), AnomalyKind.METERING)
    (model,) = anomalies.scores(NOON).models
    assert (model.score, str(model.state.word)) == (None, "Too little seen")


def test_chargers_of_a_model_are_counted_together_the_worst_model_first() -> None:
    first, second = make("CP1", 100), make("CP2", 100)
    make("CP3", 100, vendor="Other")
    make("CP4", 0, vendor="Silent")
    odd(first, AnomalyKind.TOLERATED)
    odd(second, AnomalyKind.TOLERATED)
    Charger.objects.filter(pk=first.pk).update(firmware_version="2.0", strict=True)
    Charger.objects.filter(pk=second.pk).update(firmware_version="1.0")
    told = anomalies.scores(NOON).models
    assert [(one.vendor, one.score) for one in told] == [
        ("Maker", 90),
        ("Other", 100),
        ("Silent", None),
    ]
    maker = told[0]
    assert (maker.chargers, maker.strict, maker.firmware) == (2, 1, ["1.0", "2.0"])


def test_what_is_older_than_the_window_does_not_count() -> None:
    charger = Charger.objects.create(charger_id="CP1")
    say(charger, 50, days_ago=30)
    odd(charger, AnomalyKind.METERING, 7, days_ago=30)
    say(charger, 120)
    odd(charger, AnomalyKind.TOLERATED, 1)
    scores = anomalies.scores(NOON)
    assert (scores.models[0].messages, scores.models[0].oddities) == (120, 1)
    assert scores.since == NOON - anomalies.WINDOW


def test_no_more_than_the_newest_messages_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anomalies, "MOST_MESSAGES", 100)
    charger = Charger.objects.create(charger_id="CP1")
    say(charger, 50, days_ago=2)
    odd(charger, AnomalyKind.METERING, 7, days_ago=2)
    say(charger, 100, days_ago=1)
    odd(charger, AnomalyKind.TOLERATED, days_ago=0.5)
    scores = anomalies.scores(NOON)
    assert (scores.models[0].messages, scores.models[0].oddities) == (100, 1)
    assert scores.since == NOON - timedelta(days=1)


def test_the_queries_do_not_grow_with_the_rows() -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            anomalies.scores(NOON)
        return len(captured)

    odd(make("CP0", 10), AnomalyKind.CLOCK)
    few = queries()
    for number in range(1, 6):
        odd(make(f"CP{number}", 200, model=f"M{number}"), AnomalyKind.CLOCK, 20)
    # Halving takes one query more for twice the rows.
    assert queries() <= few + 16
    assert few < 100


def test_where_a_time_begins_is_found_by_halving() -> None:
    charger = Charger.objects.create(charger_id="CP1")
    other = Charger.objects.create(charger_id="CP2")
    for old in range(20, 0, -1):
        say(charger, 1, days_ago=old)
        say(other, 3, days_ago=old)
    mine = Message.objects.filter(charger=charger)
    for days in (25.0, 20, 12.5, 1, 0.5):
        time = NOON - timedelta(days=days)
        expected = mine.filter(time__gte=time)
        assert list(mine.filter(id__gte=first_id(mine, time))) == list(expected)
    assert first_id(Message.objects.none(), NOON) == 1
