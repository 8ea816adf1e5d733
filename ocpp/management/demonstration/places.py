"""Where the chargers of the demonstration stand, and what they are. All of it is made up."""

from typing import NamedTuple


class Model(NamedTuple):
    """A kind of charge point: how many connectors it has, and what each delivers (W)."""

    vendor: str
    name: str
    firmware: str
    connectors: int
    power_w: int
    #: Direct current: the vehicle tells its state of charge.
    dc: bool = False


WALLBOX = Model("Cerro", "Muro 7", "2.4.1", 1, 7_400)
POST = Model("Cerro", "Poste 2x22", "3.0.8", 2, 22_000)
FAST = Model("Halcón", "DC 60", "1.9.3", 2, 60_000, dc=True)


class Place(NamedTuple):
    """A car park with its chargers: position in degrees, sessions a day and connector."""

    code: str
    name: str
    latitude: str
    longitude: str
    models: tuple[Model, ...]
    sessions_a_day: float
    tariff: str = "public"
    hours: str = ""


PLACES = (
    Place("MTY", "Macroplaza", "25.669400", "-100.309800", (POST, POST, FAST), 3.4),
    Place("FUN", "Parque Fundidora", "25.678600", "-100.284200", (POST, POST), 2.6),
    Place("SPG", "Calzada del Valle", "25.653900", "-100.357900", (POST, FAST), 3.0),
    Place(
        "APO",
        "Aeropuerto Norte",
        "25.778500",
        "-100.106900",
        (WALLBOX, WALLBOX, FAST),
        2.2,
        "public",
    ),
    Place("SAL", "Plaza de Armas Saltillo", "25.423200", "-101.000500", (POST, WALLBOX), 1.8),
    Place(
        "RAM",
        "Taller Ramos Arizpe",
        "25.540600",
        "-100.947900",
        (WALLBOX, WALLBOX),
        1.2,
        "fleet",
        "Mo-Fr 06:00-22:00; Sa 07:00-15:00",
    ),
    Place("TRC", "Plaza Mayor Torreón", "25.540900", "-103.452600", (POST, FAST), 2.0),
    Place("MOV", "Alameda de Monclova", "26.903800", "-101.418900", (POST,), 1.1),
)
