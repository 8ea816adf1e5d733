"""Reasons that are stored in the source language are told in that of the reader."""

from datetime import timedelta

import pytest
from django.utils import translation

from accounts.models import RFID, Account
from ocpp.domain.queries import reasons
from ocpp.tests.factories import NOON, Reporter, at, make_driver


@pytest.mark.parametrize("source", [*reasons.OURS, *reasons.OF_ACCOUNTS])
def test_each_sentence_is_told_in_spanish_with_its_values(source: str) -> None:
    values = {
        name: f"‹{name}›" for name in ("words", "count", "most", "why", "hours", "kwh", "until")
    }
    stored = source.format(**values)
    assert reasons.told(stored) == stored
    with translation.override("es"):
        told = reasons.told(stored)
    assert told != stored
    assert all((value in told) == (value in stored) for value in values.values())


def test_other_words_are_told_as_they_are() -> None:
    with translation.override("es"):
        assert reasons.told("Because of the rain.") == "Because of the rain."
        assert reasons.told("") == ""


@pytest.mark.parametrize(
    "refuse",
    [
        pytest.param({"allowed": False}, id="not allowed"),
        pytest.param({"allowed": False, "block_reason": "lost"}, id="lost"),
        pytest.param({"expires": NOON - timedelta(days=9)}, id="expired"),
        pytest.param({"user": None}, id="of nobody"),
        pytest.param({"max_concurrent": 1}, id="charging already"),
    ],
)
def test_what_is_stored_with_a_refused_start_is_known(
    reporter: Reporter, refuse: dict[str, object]
) -> None:
    account: Account = make_driver()
    reporter.charger.require_rfid = True
    reporter.charger.save()
    reporter.start(connector=2, time=at(-1))
    RFID.objects.filter(user=account.user).update(**refuse)
    refused, status = reporter.start()
    assert status != "Accepted"
    assert reasons.told(refused.authorization_reason) == refused.authorization_reason
    with translation.override("es"):
        assert reasons.told(refused.authorization_reason) != refused.authorization_reason
