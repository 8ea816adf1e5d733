"""The prices of a charger in words: with tax, by the time of day, the one that counts now."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override

from ocpp.domain.queries import prices
from ocpp.domain.queries.prices import PriceList
from ocpp.models import Charger, Tariff, TariffPrice, TariffVersion

pytestmark = pytest.mark.django_db

#: A Friday, at noon in Monterrey.
NOON = datetime(2026, 5, 1, 18, tzinfo=UTC)


@pytest.fixture
def tariff() -> Tariff:
    return Tariff.objects.create(name="Public", standard=True, time_zone="America/Monterrey")


@pytest.fixture
def version(tariff: Tariff) -> TariffVersion:
    return TariffVersion.objects.create(
        tariff=tariff, valid_from=NOON - timedelta(days=30), tax_percent=Decimal(16)
    )


def price(version: TariffVersion, amount: str, component: str = "energy", **when: Any) -> None:
    position = version.prices.count()
    TariffPrice.objects.create(
        version=version, amount=Decimal(amount), component=component, position=position, **when
    )


def told(charger: Charger, now: datetime = NOON) -> PriceList:
    found = prices.of_charger(charger, now)
    assert found is not None
    return found


def test_without_a_tariff_nothing_is_told(charger: Charger) -> None:
    assert prices.of_charger(charger, NOON) is None


@pytest.mark.parametrize(
    ("amount", "with_tax"), [("5", "5.80"), ("2.5", "2.90"), ("3.456789", "4.0099"), ("0", "0.00")]
)
def test_prices_have_tax_in_them(
    charger: Charger, version: TariffVersion, amount: str, with_tax: str
) -> None:
    price(version, amount)
    (line,) = told(charger).now
    assert str(line.amount) == with_tax


def test_each_component_is_named(charger: Charger, version: TariffVersion) -> None:
    for component in ("energy", "charging", "idle", "session"):
        price(version, "1", component)
    assert [str(line.unit) for line in told(charger).now] == [
        "per kWh",
        "per minute of charging",
        "per minute connected without charging",
        "per session",
    ]


def test_the_first_that_holds_counts_now(charger: Charger, version: TariffVersion) -> None:
    price(version, "9", start=time(18), end=time(22), label="peak")
    price(version, "4", label="base")
    price(version, "3")
    found = told(charger)
    assert [line.label for line in found.now] == ["base"]
    assert [line.amount for line in found.others] == [Decimal("10.44"), Decimal("3.48")]
    evening = told(charger, NOON + timedelta(hours=7))
    assert [line.label for line in evening.now] == ["peak"]


def test_when_a_price_holds_is_told_in_words(charger: Charger, version: TariffVersion) -> None:
    price(version, "1", weekdays="01234", start=time(8), end=time(22))
    price(version, "1", weekdays="06", season_start="04-01", season_end="10-31")
    price(version, "1")
    assert [line.when for line in told(charger).lines] == [
        "Mon–Fri, 08:00–22:00",
        "Mon, Sun, April 1 to October 31",
        "",
    ]
    with override("es"):
        assert [line.when for line in told(charger).lines][
            1
        ] == "lun, dom, del 1 de abril al 31 de octubre"


def test_the_chargers_own_tariff_and_the_newest_version_count(
    charger: Charger, tariff: Tariff, version: TariffVersion
) -> None:
    price(version, "1")
    newer = TariffVersion.objects.create(tariff=tariff, valid_from=NOON - timedelta(days=1))
    TariffVersion.objects.create(tariff=tariff, valid_from=NOON + timedelta(days=1))
    price(newer, "2")
    assert [line.amount for line in told(charger).now] == [2]
    charger.tariff = Tariff.objects.create(name="Own", currency="USD")
    assert prices.of_charger(charger, NOON) is None


def test_a_holiday_counts_as_sunday(charger: Charger, version: TariffVersion) -> None:
    TariffVersion.objects.update(holidays="mx")
    price(version, "1", weekdays="6", label="Sunday")
    # The first of May.
    assert [line.label for line in told(charger).now] == ["Sunday"]
    assert told(charger, NOON + timedelta(days=3)).now == []
