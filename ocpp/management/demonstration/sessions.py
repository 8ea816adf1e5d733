"""The sessions of the demonstration: when vehicles come, and what they take."""

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ocpp.management.demonstration.network import Site
from ocpp.management.demonstration.people import Driver
from ocpp.simulator.swarm.day import SHAPE

#: Between two MeterValues.
STEP = timedelta(minutes=5)
_CLOCK = ZoneInfo("America/Monterrey")
_LONGEST = timedelta(hours=9)
#: The part of all sessions whose stop is never told: they come to the review queue.
_LOST = 0.006


class Planned(NamedTuple):
    """A session to come: the energy that flows within each step (Wh), and its end."""

    site: Site
    connector: int
    driver: Driver
    start: datetime
    steps: tuple[int, ...]
    #: How long the vehicle stays connected when it takes no more.
    idle: timedelta
    #: State of charge at the start (percent).
    soc: int
    reason: str
    #: The charge point never tells that it ended.
    lost: bool

    @property
    def stop(self) -> datetime:
        """When the cable is unplugged."""
        return self.start + STEP * len(self.steps) + self.idle

    @property
    def energy_wh(self) -> int:
        """All that flows."""
        return sum(self.steps)


def plan(
    sites: list[Site],
    drivers: list[Driver],
    since: datetime,
    until: datetime,
    dice: random.Random,
) -> list[Planned]:
    """All sessions of all connectors that end before `until`, by their start.

    Nobody charges at two places at once.
    """
    wanted = sorted(
        (
            (moment, order, site, connector)
            for order, (site, connector) in enumerate(_connectors(sites))
            for moment in _arrivals(site, since, until, dice)
        ),
        key=lambda one: one[:2],
    )
    free_again: dict[object, datetime] = {}
    planned = []
    for moment, _order, site, connector in wanted:
        if free_again.get((site.charger.pk, connector), since) > moment:
            continue
        driver = _who(site, drivers, moment, free_again, dice)
        if driver is None:
            continue
        session = _session(site, connector, driver, moment, dice)
        if session.stop > until:
            continue
        rest = timedelta(minutes=dice.randrange(4, 25))
        free_again[site.charger.pk, connector] = session.stop + rest
        free_again[driver.tag] = session.stop + timedelta(hours=3)
        planned.append(session)
    return planned


def wanted_wh(planned: list[Planned]) -> dict[str, int]:
    """What the card of each driver will take (Wh)."""
    wanted: dict[str, int] = defaultdict(int)
    for one in planned:
        wanted[one.driver.tag] += one.energy_wh
    return dict(wanted)


def _connectors(sites: list[Site]) -> Iterator[tuple[Site, int]]:
    for site in sites:
        for connector in range(1, site.model.connectors + 1):
            yield site, connector


def _arrivals(
    site: Site, since: datetime, until: datetime, dice: random.Random
) -> Iterator[datetime]:
    """Moments at which a vehicle comes, by the hour of the day; half as many at weekends."""
    busiest = site.place.sessions_a_day / sum(SHAPE)
    moment = since
    while True:
        moment += timedelta(hours=dice.expovariate(busiest))
        if moment >= until:
            return
        local = moment.astimezone(_CLOCK)
        part = SHAPE[local.hour] * (0.5 if local.weekday() >= 5 else 1)
        if dice.random() < part:
            yield moment.replace(microsecond=0)


def _who(
    site: Site,
    drivers: list[Driver],
    moment: datetime,
    free_again: dict[object, datetime],
    dice: random.Random,
) -> Driver | None:
    if site.place.tariff == "fleet":
        return drivers[-1]
    for _ in range(5):
        driver = dice.choice(drivers[:-1])
        if free_again.get(driver.tag, moment) <= moment:
            return driver
    return None


def _session(
    site: Site, connector: int, driver: Driver, moment: datetime, dice: random.Random
) -> Planned:
    soc = dice.randrange(12, 70)
    target = dice.choice((80, 90, 100, 100))
    wanted_wh = driver.battery_wh * max(5, target - soc) // 100
    # A vehicle with a small charger of its own takes less than an AC post could give.
    power_w = site.model.power_w if site.model.dc else min(site.model.power_w, 11_000)
    steps: list[int] = []
    flowed = 0
    hours = STEP / timedelta(hours=1)
    while flowed < wanted_wh and STEP * len(steps) < _LONGEST:
        full = soc / 100 + flowed / driver.battery_wh
        # Batteries take less and less from 80 % on.
        part = 1.0 if full < 0.8 else max(0.12, 1 - (full - 0.8) * 4.4)
        step = round(power_w * hours * part * dice.uniform(0.93, 0.99))
        steps.append(min(step, wanted_wh - flowed))
        flowed += steps[-1]
    idle = timedelta(minutes=dice.choice((0, 2, 5, 10, 35)))
    reason = dice.choice(("EVDisconnected", "Local", "Local", "Remote"))
    lost = dice.random() < _LOST
    return Planned(site, connector, driver, moment, tuple(steps), idle, soc, reason, lost)
