"""The message log, page by page."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries

from ocpp.domain.queries import log
from ocpp.domain.queries.log import Filters
from ocpp.models import Charger, Message

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ALL = Filters()


@pytest.fixture
def charger(db: None) -> Charger:
    return Charger.objects.create(charger_id="CP1")


def message(charger: Charger, action: str = "Heartbeat", **facts: object) -> Message:
    values: dict[str, object] = {
        "direction": "in",
        "action": action,
        "request": "[]",
        "answer": "[]",
        "time": NOW,
        "answer_time": NOW,
    }
    return Message.objects.create(charger=charger, **(values | facts))


def keys(page: log.Page) -> list[int]:
    return [entry.message.pk for entry in page.entries]


def test_pages_lead_to_older_and_back_to_newer(charger: Charger) -> None:
    made = [message(charger).pk for _ in range(7)][::-1]
    message(Charger.objects.create(charger_id="CP2"))

    first = log.page(charger, ALL, size=3)
    assert (keys(first), first.newer) == (made[0:3], None)
    second = log.page(charger, ALL, before=first.older, size=3)
    assert keys(second) == made[3:6]
    third = log.page(charger, ALL, before=second.older, size=3)
    assert (keys(third), third.older) == (made[6:], None)

    back = log.page(charger, ALL, after=third.newer, size=3)
    assert keys(back) == made[3:6]
    front = log.page(charger, ALL, after=back.newer, size=3)
    assert (keys(front), front.newer) == (made[0:3], None)
    assert front.older == made[2]


def test_an_empty_log_is_an_empty_page(charger: Charger) -> None:
    for beside in ({}, {"before": 5}, {"after": 5}):
        assert log.page(charger, ALL, **beside) == log.Page([], None, None)


def test_filters_choose(charger: Charger) -> None:
    beat = message(charger)
    reset = message(charger, "Reset", direction="out")
    failed = message(charger, "Foo", error_code="NotImplemented")
    with time_machine.travel(NOW, tick=False):
        assert keys(log.page(charger, Filters(action="Heartbeat"))) == [beat.pk]
        assert keys(log.page(charger, Filters(direction="out"))) == [reset.pk]
        assert keys(log.page(charger, Filters(errors=True))) == [failed.pk]
        assert keys(log.page(charger, Filters(action="Reset", direction="in"))) == []


def test_a_call_without_an_answer_fails_once_its_time_is_over(charger: Charger) -> None:
    message(charger, "Reset", direction="out", answer="", answer_time=None)
    with time_machine.travel(NOW + timedelta(seconds=29), tick=False):
        (entry,) = log.page(charger, ALL).entries
        assert (entry.unanswered, entry.failed, entry.latency_ms) == (False, False, None)
        assert keys(log.page(charger, Filters(errors=True))) == []
    with time_machine.travel(NOW + timedelta(seconds=31), tick=False):
        (entry,) = log.page(charger, Filters(errors=True)).entries
        assert (entry.unanswered, entry.failed) == (True, True)


def test_latency_is_from_the_call_to_its_answer(charger: Charger) -> None:
    message(charger, answer_time=NOW + timedelta(milliseconds=1234))
    assert log.page(charger, ALL).entries[0].latency_ms == 1234


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"a":1}', '{\n  "a": 1\n}'),
        ('{"key": "AuthorizationKey", "value": "s3cret"}', "***"),
        ("{not json", "{not json"),
        ("", ""),
        ("9" * 6000, "9" * 6000),
        ("[" * 5000, "[" * 5000),
        ('"ñ\\u2028"', '"ñ\u2028"'),
    ],
    ids=["json", "secret", "not json", "empty", "huge number", "deep", "unicode"],
)
def test_frames_are_made_readable(text: str, shown: str) -> None:
    made = log.pretty(text)
    assert shown in made
    assert "s3cret" not in made


def test_a_frame_that_is_too_long_is_cut_and_says_so(charger: Charger) -> None:
    made = log.pretty('"' + "x" * log.MAX_SHOWN + '"')
    assert len(made) < log.MAX_SHOWN + 20
    assert made.endswith(f"… ({log.MAX_SHOWN + 2})")


def test_the_actions_to_choose_from_are_those_of_the_newest_messages(
    charger: Charger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "ACTIONS_FROM", 3)
    message(charger, "Old")
    for action in ("Reset", "", "Heartbeat"):
        message(charger, action)
    assert log.actions(charger) == ["Heartbeat", "Reset"]


def test_a_page_takes_one_query(
    charger: Charger, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(60):
        message(charger)
    with django_assert_num_queries(1):
        assert len(log.page(charger, ALL).entries) == log.PAGE_SIZE
