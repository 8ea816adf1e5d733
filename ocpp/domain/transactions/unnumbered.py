"""Stops without the number of their transaction: 0, -1, or one that this charge point never got.

A charge point that was offline at the start tells no number at the stop, and its queue may come in
any order. So each such stop is kept as a row, and which transaction it ended is said anew whenever
something comes that may change it: a start, or a stop. The answer depends on what was told and not
on when it came; what staff have settled stays.

They are gone through in the order of their times. Each ends what ran at its time by all that is
known: on each connector that is the newest accepted start before it, if nothing has ended that yet.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from functools import partial
from typing import NamedTuple

from django.conf import settings
from django.db.models import Q, QuerySet

from accounts.prepared import Prepared
from ocpp.choices import TransactionState
from ocpp.domain import anomalies, clock, energy, metering, running
from ocpp.domain.oddities import Oddity, odd
from ocpp.domain.station import Station
from ocpp.domain.transactions import finishing, judging
from ocpp.domain.transactions.finishing import Stop, same_tag
from ocpp.models import MeterReading, OrphanStop, Transaction


class _Fate(NamedTuple):
    """The transaction that a stop ends, if any, or whose stop it tells again."""

    found: Transaction | None
    is_repeated: bool = False


#: Whether a charger has told any such stop. Mostly it has not.
_UNSETTLED = Prepared(
    lambda charger: (
        OrphanStop.objects.filter(charger=charger, settled=False).order_by().values_list("pk")[:1]
    ),
    1,
)


def stop(station: Station, told: Stop) -> Transaction | None:
    """Keep a stop without a number; returns the transaction that it ended, None for none so far."""
    repeated = _ended_alike(station, told.time[:64], told.meter, told.id_tag)
    if repeated is not None:
        return repeated
    row, is_new = _keep(station, told)
    if not is_new:
        return row.transaction
    fit(station, row.time)
    row.refresh_from_db()
    if row.transaction is None:
        number, meter = told.transaction_id, told.meter
        fits_none = odd(
            Oddity.STOP_FITS_NONE, number=number, meter=meter, time=told.time, tag=told.id_tag
        )
        anomalies.note(station, fits_none)
    return row.transaction


def joined_to(found: Transaction) -> OrphanStop | None:
    """The stop without a number that ended it, unless that is settled."""
    if found.stop_received is None:
        return None
    return OrphanStop.objects.filter(transaction=found, settled=False).first()


def confirm(row: OrphanStop) -> None:
    """Its transaction was named since, or staff stand by it: it stays where it is."""
    row.settled = True
    row.save(update_fields=["settled", "transaction"])


def take_back(station: Station, row: OrphanStop) -> None:
    """It was not the stop of the transaction that it was joined to; now it is that of none."""
    found = Transaction.objects.select_for_update().get(unnumbered_stops=row)
    _move_readings(row, 0, None)
    finishing.take_back(station, found, row.held_wh)
    row.transaction = row.held_wh = None
    row.save(update_fields=["transaction", "held_wh"])
    taken_back = odd(Oddity.STOP_TAKEN_BACK, meter=row.meter)
    anomalies.note(station, taken_back, transaction_id=found.pk)


def fit(station: Station, since: datetime, stopped: Stop | None = None) -> None:
    """Say again what the stops without a number end, from `since` on: something came of that time.

    `stopped` is a stop that named its transaction, maybe after it was sent without the number.
    """
    if not _UNSETTLED.all(station.pk):
        return
    of_interest = Q(time__gte=since)
    if stopped is not None:
        of_interest |= Q(time_raw=stopped.time[:64], meter=stopped.meter)
    mine = OrphanStop.objects.filter(of_interest, charger=station.pk, settled=False)
    rows = sorted(mine, key=lambda row: (row.time, row.meter, row.transaction_id_sent, row.id_tag))
    if not rows:
        return
    plan = _plan(station, rows)
    # The transactions are locked by now; a row that staff have just settled is theirs.
    open_ones = OrphanStop.objects.select_for_update().filter(settled=False)
    still = set(open_ones.filter(pk__in=plan).values_list("pk", flat=True))
    changed = [row for row in rows if row.pk in still and _differs(row, plan[row.pk])]
    # Values of this message, and those before it in the batch, are evidence.
    station.batch.flush()
    for row in changed:
        if row.transaction_id is not None:
            take_back(station, row)
    for row in changed:
        found, is_repeated = plan[row.pk]
        if found is not None and is_repeated:
            row.transaction = found
            confirm(row)
        elif found is not None:
            _join(station, row, found.pk)


def _differs(row: OrphanStop, fate: _Fate) -> bool:
    found = None if fate.found is None else fate.found.pk
    return row.transaction_id != found or fate.is_repeated


def _plan(station: Station, rows: list[OrphanStop]) -> dict[int, _Fate]:
    """What each of them ends; locks these transactions, and those that they ended so far."""
    joined = [row.transaction_id for row in rows if row.transaction_id is not None]
    mine = Transaction.objects.filter(charger=station.pk).order_by("pk")
    guessed = {found.pk for found in mine.select_for_update().filter(pk__in=joined)}
    connectors = _connectors(mine)
    plan: dict[int, _Fate] = {}
    taken: set[int] = set()
    for row in rows:
        named = _ended_alike(station, row.time_raw, row.meter, row.id_tag, guessed)
        if named is not None:
            plan[row.pk] = _Fate(named, is_repeated=True)
            continue
        free = partial(_is_free, row, taken, guessed)
        ran = (_running(row, connector, free) for connector in connectors)
        options = [one for one in ran if one is not None]
        found = _only(row, options)
        plan[row.pk] = _Fate(found)
        if found is not None:
            taken.add(found.pk)
    return plan


def _connectors(mine: QuerySet[Transaction]) -> list[int]:
    """The connectors that have transactions, each found by the index, however many there are."""
    found: list[int] = []
    after = -1
    while True:
        later = mine.filter(connector_id__gt=after).order_by("connector_id")
        connector = later.values_list("connector_id", flat=True).first()
        if connector is None:
            return found
        found.append(connector)
        after = connector


def _is_free(
    row: OrphanStop, taken: Collection[int], guessed: Collection[int], found: Transaction
) -> bool:
    """Whether no stop has ended a transaction yet, but for what is being said anew."""
    return (
        found.pk not in taken
        and (found.stop_received is None or found.pk in guessed)
        and same_tag(row.id_tag, found.id_tag)
        and not judging.is_decided(found, *judging.OF_ENERGY)
    )


def _running(
    row: OrphanStop, connector_id: int, is_free: Callable[[Transaction], bool]
) -> Transaction | None:
    """What ran on a connector at the time of a stop: the newest before it, by clock and meter.

    A start at the very meter value of the stop began after it, as far as another one can be meant:
    clocks are set back, and meters are not.
    """
    before = (
        Transaction.objects.select_for_update()
        .filter(charger=row.charger_id, connector_id=connector_id, start_time__lte=row.time)
        .exclude(state=TransactionState.REFUSED)
        .order_by("-start_time", "-meter_start", "-id_tag")
    )
    for newest in (
        before.filter(meter_start__lt=row.meter).first(),
        before.filter(meter_start=row.meter).first(),
    ):
        if newest is not None and is_free(newest):
            return newest
    return None


def _only(row: OrphanStop, options: list[Transaction]) -> Transaction | None:
    """The one that it fits, or fits better than the others; None where that is not clear."""
    for better in (_is_plausible, _has_its_tag):
        fitting = [one for one in options if better(row, one)]
        options = fitting or options
    return options[0] if len(options) == 1 else None


def _is_plausible(row: OrphanStop, found: Transaction) -> bool:
    """Whether the connector can have delivered what lies between the start and the stop."""
    power = Transaction.objects.filter(pk=found.pk).values_list(running.power_of_connector())
    power_w = power[0][0] or settings.OCPP_CONNECTOR_POWER_W
    most = energy.most_wh(power_w, row.time - found.start_time)
    return row.meter - found.meter_start <= most


def _has_its_tag(row: OrphanStop, found: Transaction) -> bool:
    return row.id_tag.casefold() == found.id_tag.casefold()


def _ended_alike(
    station: Station, time_raw: str, meter: int, id_tag: str, guessed: Collection[int] = ()
) -> Transaction | None:
    """The transaction that a stop of the same time and meter has ended, guessed ones left out."""
    alike = Transaction.objects.filter(charger=station.pk, stop_raw=time_raw, meter_stop=meter)
    found = alike.exclude(pk__in=guessed).order_by("pk")
    return next((one for one in found if same_tag(id_tag, one.id_tag)), None)


def _join(station: Station, row: OrphanStop, number: int) -> None:
    """End the transaction with that stop, as if it had been named."""
    found = Transaction.objects.select_for_update().get(pk=number)
    row.transaction, row.held_wh = found, found.held_wh
    row.save(update_fields=["transaction", "held_wh"])
    _move_readings(row, found.connector_id, found.pk)
    told = Stop(row.transaction_id_sent, row.id_tag, row.meter, row.time_raw, row.reason, [])
    finishing.finish(station, found, told, (row.time, row.received))
    guessed = odd(Oddity.STOP_GUESSED, number=row.transaction_id_sent)
    anomalies.note(station, guessed, transaction_id=found.pk)


def _move_readings(row: OrphanStop, connector_id: int, transaction_id: int | None) -> None:
    """The values that came with a stop are those of the transaction that it ended."""
    if row.readings:
        MeterReading.objects.filter(pk__in=row.readings).update(
            connector_id=connector_id, transaction=transaction_id
        )


def _keep(station: Station, told: Stop) -> tuple[OrphanStop, bool]:
    """Its row, and whether that is new: a stop waits once, however often it is sent."""
    alike = OrphanStop.objects.filter(
        charger=station.pk, meter=told.meter, time_raw=told.time[:64], id_tag=told.id_tag[:255]
    )
    known = alike.order_by("pk").first()
    if known is not None:
        return known, False
    row, is_new = OrphanStop.objects.get_or_create(
        charger_id=station.pk,
        transaction_id_sent=max(-(2**63), min(told.transaction_id, 2**63 - 1)),
        meter=told.meter,
        time_raw=told.time[:64],
        defaults={
            "id_tag": told.id_tag[:255],
            "reason": told.reason[:20],
            "time": clock.read(told.time, station.time_zone, station.now).time,
            "received": station.now,
        },
    )
    if is_new and told.moments:
        row.readings = _record(station, told)
        row.save(update_fields=["readings"])
    return row, is_new


def _record(station: Station, told: Stop) -> list[int]:
    """Record the values that came with it; they wait with it. Returns their numbers."""
    station.batch.flush()
    newest = MeterReading.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    metering.record(station, 0, None, told.moments)
    station.batch.flush()
    mine = MeterReading.objects.filter(pk__gt=newest, charger=station.pk)
    return list(mine.order_by("pk").values_list("pk", flat=True))
