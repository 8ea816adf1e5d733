"""Chargers, people with cards, and charge points that report to the rules without a socket."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from django.db import connections

from accounts.domain import balance
from accounts.models import RFID, Account, Credit, User
from ocpp.domain import transactions
from ocpp.domain.samples import Sample, Samples, sample
from ocpp.domain.station import Station
from ocpp.models import Anomaly, Charger, MeterReading, Transaction
from ocpp.writer.batch import Batch

T = TypeVar("T")

TAG = "CAFE0001"
#: When most tests take place, and how a charge point writes it.
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
NOON_TEXT = "2026-05-01T12:00:00Z"


def at(minutes: float) -> str:
    """A time so many minutes after noon, as a charge point writes it."""
    return (NOON + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def make_driver(
    name: str = "ana", *, tag: str = TAG, credit_kwh: float = 100, allowed: bool = True
) -> Account:
    """The account of a driver with a card and a credit."""
    user = User.objects.create_user(name)
    RFID.objects.create(rfid=tag, user=user, allowed=allowed)
    account = balance.open_account(user)
    if credit_kwh:
        Credit.objects.create(account=account, amount_kwh=Decimal(str(credit_kwh)))
    return account


def make_running(charger: Charger, energy_wh: int, *, start: datetime = NOON) -> Transaction:
    """A session that runs on its first connector, as a row alone."""
    return Transaction.objects.create(
        charger=charger,
        connector_id=1,
        id_tag="AABBCCDD",
        meter_start=0,
        energy_wh=energy_wh,
        start_time=start,
        start_received=start,
        start_raw="",
    )


def dead_pid() -> int:
    """The number of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


class Reporter:
    """A charge point as the rules see it: each report is a message, with a batch of its own."""

    def __init__(self, charger: Charger, **facts: Any) -> None:
        self.charger = charger
        self.station = Station(charger.pk, charger.charger_id, charger.epoch, **facts)

    def report(self, rule: Callable[..., T], *arguments: Any, now: datetime = NOON) -> T:
        """Let `rule` handle a message that came at `now`, and write what it asked for."""
        self.station.batch, self.station.now = Batch(), now
        result = rule(self.station, *arguments)
        self.station.batch.flush()
        return result

    def start(
        self,
        tag: str = TAG,
        meter: int = 1000,
        time: str = NOON_TEXT,
        connector: int = 1,
        *,
        reservation: int | None = None,
        now: datetime = NOON,
    ) -> tuple[Transaction, str]:
        """StartTransaction; returns the transaction and the status that is answered."""
        told = transactions.Start(connector, tag, meter, time, reservation)
        started, info = self.report(transactions.start, told, now=now)
        return started, info.status

    def stop(
        self,
        transaction_id: int,
        meter: int = 6000,
        time: str = at(60),
        tag: str = TAG,
        reason: str = "Local",
        moments: list[Samples] | None = None,
        *,
        now: datetime = NOON + timedelta(hours=1),
    ) -> Transaction | None:
        """StopTransaction; returns the transaction that it ended."""
        told = transactions.Stop(transaction_id, tag, meter, time, reason, moments or [])
        return self.report(transactions.stop, told, now=now)

    def values(
        self,
        *samples: Sample | str,
        transaction_id: int | None = None,
        connector: int = 1,
        time: str = at(30),
        payload: str = "{}",
        now: datetime = NOON + timedelta(minutes=30),
    ) -> list[MeterReading]:
        """MeterValues of one moment; a text is a register value in Wh. Returns its readings."""
        newest = MeterReading.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        taken = [sample(one) if isinstance(one, str) else one for one in samples]
        moments = [Samples(time, taken)]
        self.report(transactions.values, connector, transaction_id, moments, payload, now=now)
        return list(MeterReading.objects.filter(pk__gt=newest).order_by("pk"))

    def anomalies(self) -> list[Anomaly]:
        """What was odd so far, oldest first."""
        return list(Anomaly.objects.filter(charger=self.charger).order_by("pk"))


async def in_thread(function: Callable[..., T], *arguments: Any) -> T:
    """Call `function`, which uses the database, beside the event loop.

    In a thread and on a connection of its own: it sees what is committed, and nothing else.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def work() -> None:
        try:
            result = function(*arguments)
        except BaseException as error:
            loop.call_soon_threadsafe(future.set_exception, error)
        else:
            loop.call_soon_threadsafe(future.set_result, result)
        finally:
            connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        return await future
    finally:
        thread.join()
