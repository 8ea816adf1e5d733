"""Power now: from what the charger last said, whatever it said."""

from typing import Any

import pytest

from ocpp.domain.queries import power
from ocpp.models import Charger, Transaction

SESSION = Transaction(pk=7, connector_id=1)


def sample(value: Any, **facts: Any) -> dict[str, Any]:
    return {"measurand": "Power.Active.Import", "value": value, "unit": "W"} | facts


def told(*values: Any, **facts: Any) -> int | None:
    payload = {"connectorId": 1, "transactionId": 7, "meterValue": list(values)} | facts
    return power.told(Charger(last_meter_values=payload), SESSION)


def at_once(*samples: Any) -> int | None:
    return told({"timestamp": "2026-03-01T12:00:00Z", "sampledValue": list(samples)})


@pytest.mark.parametrize(
    ("samples", "watts"),
    [
        ([sample("7400.4")], 7400),
        ([sample("7.4", unit="kW")], 7400),
        ([sample("1000", unit=None)], 1000),
        ([sample("1000", phase="L1"), sample("2000", phase="L2")], 3000),
        ([sample("1000", phase="L1"), sample("2500")], 2500),
        ([sample("1000", measurand="Current.Import")], None),
        ([sample("1000", unit="VA")], None),
        ([sample("NaN"), sample("-5"), sample("1e99"), sample("x"), sample(None)], None),
        (["x", None, {}], None),
        ([], None),
    ],
)
def test_the_samples_of_a_moment(samples: list[Any], watts: int | None) -> None:
    assert at_once(*samples) == watts


def test_the_newest_moment_with_power_counts() -> None:
    early, late = {"sampledValue": [sample("1")]}, {"sampledValue": [sample("2")]}
    assert told(early, late) == 2
    assert told(early, {"sampledValue": []}, "x") == 1


@pytest.mark.parametrize("facts", [{"connectorId": 2}, {"transactionId": 8}, {"meterValue": "x"}])
def test_what_belongs_to_something_else_does_not_count(facts: dict[str, Any]) -> None:
    assert told({"sampledValue": [sample("1")]}, **facts) is None


def test_nothing_was_said() -> None:
    nothings: list[Any] = [{}, [], None, "x"]
    for nothing in nothings:
        assert power.told(Charger(last_meter_values=nothing), SESSION) is None
