"""The rules of times, rates and periods: what they take, and how they say what is wrong."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ocpp.domain.charging_rates import Period
from ocpp.domain.errors import Invalid
from ocpp.operations.arguments import ListOf, Rule
from ocpp.operations.quantities import HIGHEST_RATE, PeriodOf, Rate

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
PERIODS = ListOf(PeriodOf(), max_items=2)


@pytest.mark.parametrize(
    ("rule", "value", "taken"),
    [
        (Rate(), 0, Decimal("0.0")),
        (Rate(), -0.0, Decimal("0.0")),
        (Rate(), 16, Decimal("16.0")),
        (Rate(), 16.1, Decimal("16.1")),
        (Rate(), Decimal("16.10"), Decimal("16.1")),
        (Rate(), HIGHEST_RATE, Decimal("10000000.0")),
        (PeriodOf(), {"start": 0, "limit": 6}, Period(0, Decimal("6.0"))),
        (PeriodOf(), {"start": 0, "limit": 6, "phases": None}, Period(0, Decimal("6.0"))),
        (PeriodOf(), {"start": 9, "limit": 0.3, "phases": 3}, Period(9, Decimal("0.3"), 3)),
        (PeriodOf(), Period(9, Decimal("0.3"), 3), Period(9, Decimal("0.3"), 3)),
    ],
)
def test_what_keeps_the_rule_is_taken(rule: Rule, value: Any, taken: Any) -> None:
    checked = rule.check("field", value)
    assert checked == taken
    assert str(checked) == str(taken)


@pytest.mark.parametrize(
    ("rule", "value", "sentence"),
    [
        (Rate(), "16", "field: must be a number."),
        (Rate(), True, "field: must be a number."),
        (Rate(), -0.1, "field: must be a number from 0 to 10000000."),
        (Rate(), HIGHEST_RATE + 1, "field: must be a number from 0 to 10000000."),
        (Rate(), float("nan"), "field: must be a number from 0 to 10000000."),
        (Rate(), 1e300, "field: must be a number from 0 to 10000000."),
        (Rate(), 16.05, "field: has more than one decimal."),
        (Rate(), 1e-300, "field: has more than one decimal."),
        (PeriodOf(), [0, 16], "field: must be an object with start and limit."),
        (PeriodOf(), {"start": 0}, "field.limit: is required."),
        (PeriodOf(), {"limit": 5}, "field.start: is required."),
        (PeriodOf(), {"start": -1, "limit": 5}, "field.start: must be a whole number from 0"),
        (PeriodOf(), {"start": 0, "limit": -1}, "field.limit: must be a number from 0"),
        (PeriodOf(), {"start": 0, "limit": 1, "phases": 4}, "field.phases: must be a whole"),
        (PeriodOf(), {"start": 0, "limit": 1, "phases": 0}, "field.phases: must be a whole"),
        (PeriodOf(), {"start": 0, "limit": 1, "watts": 4}, "field.watts: is none of:"),
        (PERIODS, [{"start": 0, "limit": 1}, 5], "field[1]: must be an object"),
        (PERIODS, [{"start": 0, "limit": 1}] * 3, "field: has 3 entries;"),
    ],
)
def test_what_breaks_the_rule_is_told(rule: Rule, value: Any, sentence: str) -> None:
    with pytest.raises(Invalid) as caught:
        rule.check("field", value)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize(
    ("rule", "text", "value"),
    [
        (Rate(), "16.1", Decimal("16.1")),
        (PERIODS, "0:16.1", [Period(0, Decimal("16.1"))]),
        (PERIODS, "0:16:3, 60:0.5:1", [Period(0, Decimal(16), 3), Period(60, Decimal("0.5"), 1)]),
    ],
)
def test_on_the_command_line(rule: Rule, text: str, value: Any) -> None:
    assert rule.from_text("field", text) == value


@pytest.mark.parametrize(
    ("rule", "text", "sentence"),
    [
        (Rate(), "much", "field: must be a number."),
        (Rate(), "nan", "field: must be a number from"),
        (PERIODS, "0", "field[0]: must be start:limit or start:limit:phases."),
        (PERIODS, "0:1:1:1", "field[0]: must be start:limit"),
        (PERIODS, "0:1,x:1", "field[1].start: must be a whole number."),
        (PERIODS, "0:1,1:1,2:1", "field: has 3 entries;"),
    ],
)
def test_on_the_command_line_it_is_told_as_well(rule: Rule, text: str, sentence: str) -> None:
    with pytest.raises(Invalid) as caught:
        rule.from_text("field", text)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize("rule", [Rate(), PERIODS])
def test_it_is_described(rule: Rule) -> None:
    assert isinstance(rule, Rule)
    Draft202012Validator.check_schema(rule.schema())


@given(tenths=st.integers(0, HIGHEST_RATE * 10))
def test_every_rate_of_one_decimal_keeps_its_digits(tenths: int) -> None:
    text = f"{tenths // 10}.{tenths % 10}"
    rate = Rate().check("field", float(text))
    assert f"{rate:.1f}" == text
    assert repr(float(f"{rate:.1f}")) == repr(float(text))
