"""The chargers of the demonstration with their connectors, groups and tariffs."""

import random
from datetime import datetime, time
from decimal import Decimal
from typing import NamedTuple

from ocpp.choices import CostComponent, HolidayCalendar, Registration
from ocpp.management.demonstration.places import PLACES, Model, Place
from ocpp.models import Charger, ChargerGroup, Connector, Tariff, TariffPrice, TariffVersion


class Site(NamedTuple):
    """A charger of the demonstration, where it stands and what it is."""

    charger: Charger
    place: Place
    model: Model


def make(chargers: int, since: datetime, dice: random.Random) -> list[Site]:
    """Make at most so many chargers, with tariffs that are in force from `since` on."""
    tariffs = {"public": _public(since), "fleet": _fleet(since)}
    sites: list[Site] = []
    for place in PLACES:
        group = ChargerGroup.objects.create(name=place.name, allowed_hours=place.hours)
        for number, model in enumerate(place.models, 1):
            if len(sites) == chargers:
                break
            charger = _charger(place, number, model, tariffs[place.tariff], dice)
            group.chargers.add(charger)
            sites.append(Site(charger, place, model))
    return sites


def _charger(
    place: Place, number: int, model: Model, tariff: Tariff, dice: random.Random
) -> Charger:
    charger = Charger(
        charger_id=f"{place.code}-{number:02}",
        name=f"{place.name} {number}",
        vendor=model.vendor,
        model=model.name,
        firmware_version=model.firmware,
        serial_number=f"{model.vendor[:2].upper()}{dice.randrange(10**8):08}",
        registration=Registration.ACCEPTED,
        require_rfid=True,
        # Beside each other, not upon each other.
        latitude=Decimal(place.latitude) + Decimal(number - 1) * Decimal("0.00012"),
        longitude=Decimal(place.longitude) + Decimal(number - 1) * Decimal("0.00009"),
        phases=1 if model.power_w < 11_000 else 3,
        tariff=None if tariff.standard else tariff,
    )
    charger.save()
    Connector.objects.bulk_create(
        Connector(charger=charger, connector_id=which, max_power_w=model.power_w)
        for which in range(1, model.connectors + 1)
    )
    return charger


def _public(since: datetime) -> Tariff:
    """By the hours of the day, as a time-of-use tariff of the grid has them; 16 % tax."""
    tariff = Tariff.objects.create(name="Público", standard=True)
    version = TariffVersion.objects.create(
        tariff=tariff,
        valid_from=since,
        tax_percent=Decimal(16),
        holidays=HolidayCalendar.MEXICO,
    )
    hours = (
        ("punta", "7.90", "01234", time(18), time(22)),
        ("base", "4.60", "0123456", time(0), time(6)),
        ("intermedia", "5.80", "0123456", time(0), time(0)),
    )
    prices = [
        TariffPrice(
            version=version,
            position=position,
            component=CostComponent.ENERGY,
            amount=Decimal(amount),
            label=label,
            weekdays=weekdays,
            start=start,
            end=end,
        )
        for position, (label, amount, weekdays, start, end) in enumerate(hours)
    ]
    prices.append(
        TariffPrice(
            version=version, position=9, component=CostComponent.IDLE, amount=Decimal("1.50")
        )
    )
    TariffPrice.objects.bulk_create(prices)
    return tariff


def _fleet(since: datetime) -> Tariff:
    """One price for all hours."""
    tariff = Tariff.objects.create(name="Flotilla")
    version = TariffVersion.objects.create(tariff=tariff, valid_from=since, tax_percent=Decimal(16))
    TariffPrice.objects.create(
        version=version, component=CostComponent.ENERGY, amount=Decimal("3.95")
    )
    return tariff
