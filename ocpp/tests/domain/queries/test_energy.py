"""Energy by days and quarter-hours, from the roll-up."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from ocpp.domain.queries import energy
from ocpp.models import Charger, QuarterHour

BERLIN = ZoneInfo("Europe/Berlin")


def row(charger: Charger, start: datetime, energy_wh: int, connector: int = 1) -> None:
    QuarterHour.objects.create(
        charger=charger, connector_id=connector, start=start, energy_wh=energy_wh
    )


def test_days_are_those_of_the_zone(charger: Charger) -> None:
    with timezone.override(BERLIN):
        now = datetime(2026, 3, 30, 10, tzinfo=UTC)
        # The 29th has 23 hours; it begins at 23:00 and ends at 22:00 in UTC.
        for hour, day in ((22, 28), (23, 28), (21, 29), (22, 29)):
            row(charger, datetime(2026, 3, day, hour, 45, tzinfo=UTC), 2**hour % 97)
        row(charger, datetime(2026, 3, 29, 12, tzinfo=UTC), 1000, connector=2)
        row(Charger.objects.create(charger_id="CP2"), datetime(2026, 3, 29, 12, tzinfo=UTC), 5)
        found = energy.by_day(charger, now, days=3)
        assert [one.begin.day for one in found] == [28, 29, 30]
        hours = [one.end.timestamp() - one.begin.timestamp() for one in found]
        assert hours == [86400, 82800, 86400]
        assert [one.energy_wh for one in found] == [
            2**22 % 97,
            2**23 % 97 + 2**21 % 97 + 1000,
            2**22 % 97,
        ]


def test_quarters_of_the_last_day(charger: Charger) -> None:
    now = datetime(2026, 5, 1, 12, 7, tzinfo=UTC)
    present = datetime(2026, 5, 1, 12, tzinfo=UTC)
    row(charger, present, 100)
    row(charger, present, 11, connector=2)
    row(charger, present - timedelta(hours=24), 7)
    row(charger, present - timedelta(hours=24) + energy.QUARTER, 8)
    found = energy.by_quarter(charger, now)
    assert len(found) == 96
    assert (found[0].energy_wh, found[-1].energy_wh) == (8, 111)
    assert (found[-1].begin, found[-1].end) == (present, present + energy.QUARTER)
    assert sum(one.energy_wh for one in found) == 119


@pytest.mark.parametrize("ask", [energy.by_day, energy.by_quarter])
def test_nothing_but_the_roll_up_is_read(
    charger: Charger, ask: object, django_assert_num_queries: object
) -> None:
    with django_assert_num_queries(1) as captured:  # type: ignore[operator]
        assert not any(one.energy_wh for one in ask(charger, timezone.now()))  # type: ignore[operator]
    assert 'FROM "ocpp_quarterhour"' in captured[0]["sql"]
