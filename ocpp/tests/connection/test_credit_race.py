"""Fifty starts at one moment on credit for one: exactly one of them is accepted."""

import asyncio
import threading
from collections import Counter
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from accounts.models import Account
from ocpp.choices import TransactionState
from ocpp.models import Charger, Transaction
from ocpp.tests.connection.wire import Wire
from ocpp.tests.factories import NOON_TEXT, TAG, Reporter, in_thread, make_driver

pytestmark = pytest.mark.usefixtures("both_ways")

STARTS = 50
#: Connections to the database that the fifty share where each has a transaction of its own.
CONNECTIONS = 10


@pytest.fixture(autouse=True)
def one_hold_takes_all(settings: Settings) -> None:
    settings.OCPP_HOLD_WH = 5000


def prepare(credit_kwh: float) -> None:
    make_driver(credit_kwh=credit_kwh)
    for number in range(STARTS):
        Charger.objects.create(charger_id=f"CP{number}", require_rfid=True)


def check(answers: list[str]) -> None:
    """One was accepted; fifty are recorded; the credit is held once."""
    assert Counter(answers) == {"Accepted": 1, "Blocked": STARTS - 1}
    states = Counter(Transaction.objects.values_list("state", flat=True))
    assert states == {TransactionState.ACTIVE: 1, TransactionState.REFUSED: STARTS - 1}
    account = Account.objects.get()
    the_one = Transaction.objects.get(state=TransactionState.ACTIVE)
    assert the_one.held_wh == account.credits_kwh * 1000
    assert (account.held_kwh, account.available_kwh) == (account.credits_kwh, 0)
    assert account.balance_kwh == account.credits_kwh


@pytest.mark.parametrize("credit_kwh", [5, 0.001])
async def test_of_fifty_connections_one_starts(credit_kwh: float) -> None:
    """In one process: the starts meet in the same batches of the writer."""
    await in_thread(prepare, credit_kwh)
    wires = [await Wire(f"/CP{number}").open() for number in range(STARTS)]
    start: dict[str, Any] = {
        "connectorId": 1,
        "idTag": TAG,
        "meterStart": 0,
        "timestamp": NOON_TEXT,
    }
    answers = await asyncio.gather(*(wire.call("StartTransaction", **start) for wire in wires))
    # Whoever was refused asks again, as chargers do: that changes nothing.
    again = await asyncio.gather(*(wire.call("StartTransaction", **start) for wire in wires))
    assert again == answers
    assert len({answer["transactionId"] for answer in answers}) == STARTS
    await in_thread(check, [answer["idTagInfo"]["status"] for answer in answers])
    for wire in wires:
        await wire.end()


def start_all(chargers: list[Charger], together: threading.Barrier, answers: list[str]) -> None:
    try:
        together.wait(10)
        for charger in chargers:
            with transaction.atomic():
                answers.append(Reporter(charger).start()[1])
    finally:
        connection.close()


def test_of_fifty_transactions_of_the_database_one_starts() -> None:
    """In many processes: each start is a transaction of its own, ten are under way at a time."""
    prepare(5)
    chargers = list(Charger.objects.all())
    together = threading.Barrier(CONNECTIONS)
    answers: list[str] = []
    threads = [
        threading.Thread(target=start_all, args=[chargers[n::CONNECTIONS], together, answers])
        for n in range(CONNECTIONS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check(answers)
