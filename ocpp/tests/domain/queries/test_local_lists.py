"""Where a local list stands, in words."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import RFID
from ocpp.choices import ListProblem
from ocpp.domain import cards_version, list_upkeep
from ocpp.domain.queries.local_lists import standing
from ocpp.models import Charger, LocalListSync
from ocpp.tests.commanding import make_charger


@pytest.fixture
def charger(db: None) -> Charger:
    RFID.objects.create(rfid="AAAAAAAA")
    made = make_charger(local_list_upkeep="always")
    LocalListSync.objects.update(cards_version=cards_version.current(), epoch=made.epoch)
    return made


def test_up_to_date_until_a_card_changes(charger: Charger) -> None:
    now = standing(charger)
    assert (now.kept, now.up_to_date, now.sentence) == (True, True, "It is up to date.")
    RFID.objects.create(rfid="BBBBBBBB")
    now = standing(charger)
    assert (now.up_to_date, now.sentence) == (False, "It is being brought up to date.")
    charger.owner = ""
    assert standing(charger).sentence == "It is brought up to date when the charger connects."


@pytest.mark.parametrize(
    ("upkeep", "sentence"),
    [
        ("manual", "It changes only when staff send it."),
        (
            "auto",
            "It is not kept up to date: the charger has told of no list that is in use.",
        ),
    ],
)
def test_one_that_is_not_kept_says_why(charger: Charger, upkeep: str, sentence: str) -> None:
    charger.local_list_upkeep = upkeep
    charger.save()
    list_upkeep.review(charger.pk)
    now = standing(charger)
    assert (now.kept, now.up_to_date, now.sentence) == (False, False, sentence)


@pytest.mark.parametrize(
    ("problem", "again"), [(ListProblem.FAILED, True), (ListProblem.TOO_MANY_CARDS, False)]
)
def test_a_problem_is_told_and_when_it_is_tried_again(
    charger: Charger, problem: Any, again: bool
) -> None:
    later = timezone.now() + timedelta(minutes=5)
    LocalListSync.objects.update(problem=problem, next_try=later)
    now = standing(charger)
    assert now.sentence.startswith(str(problem.label))
    assert ("tried again" in now.sentence) is again
    assert (now.problem, now.next_try) == (problem, later if again else None)
    assert not now.up_to_date
