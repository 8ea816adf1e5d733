"""The drivers of the demonstration, their cards, vehicles and credit. All of them are made up."""

import math
import random
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from accounts.domain import balance
from accounts.models import RFID, Account, Address, Credit, User, Vehicle

#: The name of the one driver whom one can log in as.
GUEST = "demo"

_FIRST = (
    *("Ana Sofía", "Luis", "María José", "Jorge", "Fernanda", "Raúl", "Daniela", "Héctor"),
    *("Paola", "Miguel Ángel", "Lucía", "Arturo", "Valeria", "Iván", "Regina", "Óscar"),
    *("Ximena", "Gerardo", "Camila", "Rubén", "Natalia", "Emilio", "Renata", "Tomás"),
)
_LAST = (
    *("Garza", "Treviño", "Cantú", "Villarreal", "Elizondo", "Salinas", "Lozano", "Guajardo"),
    *("de la Fuente", "Morales", "Ríos", "Cepeda", "Valdés", "Dávila", "Flores", "Aguirre"),
)
_VEHICLES = (
    *(("Nissan", "Leaf"), ("BYD", "Dolphin"), ("Tesla", "Model 3"), ("Chevrolet", "Bolt EUV")),
    *(("Renault", "Kwid E-Tech"), ("JAC", "E10X"), ("Kia", "EV6"), ("Ford", "Mustang Mach-E")),
)
_STREETS = ("Hidalgo", "Juárez", "Zaragoza", "Morelos", "Allende", "Madero", "Ocampo", "Padre Mier")
_TOWNS = (
    *(("NL", "Monterrey", "64000"), ("NL", "San Pedro Garza García", "66220")),
    *(("NL", "Guadalupe", "67100"), ("NL", "Apodaca", "66600")),
    *(("CO", "Saltillo", "25000"), ("CO", "Torreón", "27000"), ("CO", "Monclova", "25700")),
)
#: Letters and digits of a VIN (ISO 3779): no I, O and Q.
_VIN = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"


class Driver(NamedTuple):
    """A driver: the tag of their card, and how much their battery takes (Wh)."""

    account: Account
    tag: str
    battery_wh: int


def make(count: int, dice: random.Random) -> list[Driver]:
    """Make so many drivers with an account, a card and a vehicle, and a company's account last."""
    drivers = [_driver(number, dice) for number in range(count)]
    drivers.append(_fleet(dice))
    # Cards that charge nothing, for there are such in every network.
    RFID.objects.create(rfid=_tag(dice), allowed=False, block_reason="Perdida")
    RFID.objects.create(rfid=_tag(dice))
    return drivers


def give_credit(
    drivers: list[Driver], wanted_wh: Mapping[str, int], dice: random.Random, staff: User | None
) -> None:
    """Give each driver credit in round amounts for what their card will take, and some more.

    The last of them gets too little: a network has such drivers too.
    """
    *sound, short = drivers[:-1]
    for driver in sound:
        kwh = wanted_wh.get(driver.tag, 0) / 1000 * dice.uniform(1.1, 1.6) + 60
        for _ in range(2):
            _credit(driver, math.ceil(kwh / 2 / 50) * 50, staff)
    _credit(short, max(10, int(wanted_wh.get(short.tag, 0) / 1000 * 0.8)), staff)


def _credit(driver: Driver, amount_kwh: int, staff: User | None) -> None:
    Credit.objects.create(account=driver.account, amount_kwh=Decimal(amount_kwh), created_by=staff)


def _driver(number: int, dice: random.Random) -> Driver:
    first, last = dice.choice(_FIRST), f"{dice.choice(_LAST)} {dice.choice(_LAST)}"
    user = User(
        username=GUEST if number == 0 else f"demo{number:02}",
        first_name=first,
        last_name=last,
        email=f"demo{number:02}@example.com",
        phone_number=f"+52 81 5550 {number:04}",
        address=_address(dice),
        has_charger=dice.random() < 0.2,
    )
    user.set_unusable_password()
    user.save()
    account = balance.open_account(user)
    brand, model = dice.choice(_VEHICLES)
    Vehicle.objects.create(account=account, brand=brand, model=model, VIN=_vin(dice))
    card = RFID.objects.create(rfid=_tag(dice), user=user)
    return Driver(account, card.rfid, dice.choice((27_000, 40_000, 58_000, 77_000)))


def _fleet(dice: random.Random) -> Driver:
    """The account of a company's vehicles: it charges whatever its balance says."""
    user = User(username="demo-flotilla", first_name="Flotilla", last_name="Ramos Arizpe")
    user.set_unusable_password()
    user.save()
    account = balance.open_account(user)
    account.service_account = True
    account.save(update_fields=["service_account"])
    Vehicle.objects.create(account=account, brand="JAC", model="E-Sunray", VIN=_vin(dice))
    card = RFID.objects.create(rfid=_tag(dice), user=user)
    return Driver(account, card.rfid, 88_000)


def _address(dice: random.Random) -> Address:
    state, town, code = dice.choice(_TOWNS)
    return Address.objects.create(
        street=dice.choice(_STREETS),
        number=str(dice.randrange(100, 2_900)),
        municipality=town,
        state=state,
        postal_code=code,
    )


def _tag(dice: random.Random) -> str:
    return f"{dice.randrange(1 << 32):08X}"


def _vin(dice: random.Random) -> str:
    return "3" + "".join(dice.choice(_VIN) for _ in range(16))
