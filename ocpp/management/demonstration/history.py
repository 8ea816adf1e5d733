"""Sessions that never were, told to the rules as charge points would have told them at the time.

Nothing is written past the rules: holds, energy, costs, readings and what is odd come about as
they do for real charge points, with a clock that stands where the message belongs.
"""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction

from ocpp.domain import availability, clock, transactions
from ocpp.domain.authorization import ACCEPTED
from ocpp.domain.samples import REGISTER, Sample, Samples, sample
from ocpp.domain.station import Station
from ocpp.management.demonstration.network import Site
from ocpp.management.demonstration.sessions import STEP, Planned
from ocpp.models import Charger
from ocpp.writer.batch import Batch

#: So many messages share a COMMIT.
_TOGETHER = 200
_PLUGGED = timedelta(seconds=40)
_HOUR = timedelta(hours=1)


class _Told(NamedTuple):
    """A message: when it comes in, its place among those of the same moment, what it does."""

    when: datetime
    order: int
    tell: Callable[[Station], None]
    site: Site


def tell(sites: list[Site], planned: list[Planned]) -> Iterator[tuple[int, int]]:
    """Tell all messages in the order of their time; yields how many of how many are told."""
    stations = {
        site.charger.pk: Station(site.charger.pk, site.charger.charger_id, 0, booted=True)
        for site in sites
    }
    registers: dict[tuple[int, int], int] = {}
    messages: list[_Told] = []
    for one in planned:
        place = (one.site.charger.pk, one.connector)
        begin = registers.get(place, 1_000_000 + 37_000 * one.connector)
        messages += _Session(one, begin, len(messages)).messages()
        registers[place] = begin + one.energy_wh
    messages.sort(key=lambda told: told[:2])
    for first in range(0, len(messages), _TOGETHER):
        with transaction.atomic():
            batch = Batch()
            for told in messages[first : first + _TOGETHER]:
                station = stations[told.site.charger.pk]
                station.now, station.batch = told.when, batch
                told.tell(station)
            batch.flush()
        yield min(first + _TOGETHER, len(messages)), len(messages)
    _see(sites, messages)


def break_one(site: Site, now: datetime) -> None:
    """Let the last connector of a charger be out of order, an hour ago."""
    since = now - timedelta(hours=1)
    station = Station(site.charger.pk, site.charger.charger_id, 0, now=since)
    status = availability.Status(
        site.model.connectors, "Faulted", "GroundFailure", time=clock.written(since)
    )
    with transaction.atomic():
        availability.report(station, status)
        station.batch.flush()


def _see(sites: list[Site], messages: list[_Told]) -> None:
    """When each charger was heard of last."""
    for told in messages:
        charger = told.site.charger
        if charger.last_seen is None or told.when > charger.last_seen:
            charger.last_seen = told.when
    Charger.objects.bulk_update((site.charger for site in sites), ["last_seen"])


class _Session:
    """The messages of one session, as its charge point would send them."""

    def __init__(self, plan: Planned, register: int, order: int) -> None:
        self._plan = plan
        self._register = register
        self._order = order
        self._number = 0

    def messages(self) -> list[_Told]:
        """Plugged in, started, values each five minutes, stopped, free again."""
        plan = self._plan
        told = [
            (plan.start - _PLUGGED, self._status("Preparing")),
            (plan.start, self._start),
            (plan.start, self._status("Charging")),
        ]
        flowed = 0
        for index, step in enumerate(plan.steps, 1):
            flowed += step
            when = plan.start + STEP * index
            told.append((when, self._values(when, flowed, step)))
        if plan.idle:
            told.append((plan.stop - plan.idle, self._status("SuspendedEV")))
        told += [
            (plan.stop, self._stop),
            (plan.stop, self._status("Finishing")),
            (plan.stop + _PLUGGED, self._status("Available")),
        ]
        return [
            _Told(when, self._order + place, tell, plan.site)
            for place, (when, tell) in enumerate(told)
        ]

    def _status(self, word: str) -> Callable[[Station], None]:
        def tell(station: Station) -> None:
            when = clock.written(station.now)
            availability.report(
                station,
                availability.Status(self._plan.connector, word, "NoError", time=when),
            )

        return tell

    def _start(self, station: Station) -> None:
        told = transactions.Start(
            self._plan.connector,
            self._plan.driver.tag,
            self._register,
            clock.written(station.now),
        )
        made, info = transactions.start(station, told)
        self._number = made.transaction_id
        if info.status != ACCEPTED:
            self._end(station, self._register, "DeAuthorized")
            self._number = 0

    def _stop(self, station: Station) -> None:
        if self._number and not self._plan.lost:
            self._end(station, self._register + self._plan.energy_wh, self._plan.reason)

    def _end(self, station: Station, meter: int, reason: str) -> None:
        # What is still in the batch is evidence of it.
        station.batch.flush()
        told = transactions.Stop(
            transaction_id=self._number,
            id_tag=self._plan.driver.tag if reason == "Local" else "",
            meter=meter,
            time=clock.written(station.now),
            reason=reason,
            moments=[],
        )
        transactions.stop(station, told)

    def _values(self, when: datetime, flowed: int, step: int) -> Callable[[Station], None]:
        samples = self._samples(flowed, step)

        def tell(station: Station) -> None:
            if not self._number:
                return  # the card was refused: nothing flows
            time = clock.written(when)
            transactions.values(
                station,
                self._plan.connector,
                self._number,
                [Samples(time, samples)],
                json.dumps(self._payload(time, samples)),
            )

        return tell

    def _samples(self, flowed: int, step: int) -> list[Sample]:
        model = self._plan.site.model
        power_w = round(step / (STEP / _HOUR))
        phases = 1 if model.power_w < 11_000 else 3
        volts = 400 if model.dc else 220
        amperes = power_w / (volts * (1 if model.dc or phases == 1 else 3))
        samples = [
            sample(str(self._register + flowed), REGISTER, "Wh"),
            sample(str(power_w), "Power.Active.Import", "W"),
            sample(f"{amperes:.1f}", "Current.Import", "A"),
            sample(f"{volts - amperes / 20:.1f}", "Voltage", "V"),
        ]
        if model.dc:
            soc = self._plan.soc + flowed * 100 // self._plan.driver.battery_wh
            samples.append(sample(str(min(100, soc)), "SoC", "Percent"))
            samples.append(sample(f"{31 + amperes / 12:.1f}", "Temperature", "Celsius"))
        return samples

    def _payload(self, time: str, samples: list[Sample]) -> dict[str, Any]:
        """The message as it would have come over the wire (OCPP 1.6, 6.31)."""
        return {
            "connectorId": self._plan.connector,
            "transactionId": self._number,
            "meterValue": [
                {
                    "timestamp": time,
                    "sampledValue": [
                        {"value": value, "measurand": kind.measurand, "unit": kind.unit}
                        for value, kind in samples
                    ],
                }
            ],
        }
