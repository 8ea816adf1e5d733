"""Transactions as real charge points report them, one test for each quirk.

Whatever they do, each start is one transaction, and its energy is counted once.
"""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.models import Account
from ocpp.choices import TransactionState
from ocpp.domain import events, transactions, unknown_tags
from ocpp.models import Charger, MeterReading, OrphanStop, Transaction
from ocpp.tests.connection.wire import connected, settle
from ocpp.tests.factories import NOON_TEXT, TAG, at, in_thread, make_driver
from ocpp.tests.quirks.playing import alive, odd, only, rows, start, stop, transaction, values

ACTIVE, COMPLETED = TransactionState.ACTIVE, TransactionState.COMPLETED


async def settled() -> int:
    """What the only account has been charged (Wh)."""
    account: Account = await only(Account)
    return account.settled_wh


async def test_start_retried_with_another_message_id() -> None:
    """A charger that got no answer sends its start again, maybe after our restart.

    Arthexis made a second row of it.
    """
    await in_thread(make_driver)
    numbers = set()
    for _ in range(3):
        async with connected() as wire:
            numbers.add(await start(wire))
            numbers.add(await start(wire))
        await settle()
    assert len(numbers) == 1
    assert len(await rows(Transaction)) == 1
    assert await odd() == []


async def test_start_retried_is_not_concurrent_with_itself() -> None:
    """A card that may charge once at a time is still good for the retry of its own start.

    MicroOcpp#237: the server answered the retry with ConcurrentTx, and charging ended.
    """

    def limit() -> None:
        account = make_driver()
        account.user.rfids.update(max_concurrent=1)

    await in_thread(limit)
    told: dict[str, Any] = {
        "connectorId": 1,
        "idTag": TAG,
        "meterStart": 1000,
        "timestamp": NOON_TEXT,
    }
    async with connected() as wire:
        first = await wire.call("StartTransaction", **told)
    async with connected() as wire:
        assert await wire.call("StartTransaction", **told) == first
        other = await wire.call("StartTransaction", **{**told, "connectorId": 2})
    assert first["idTagInfo"]["status"] == "Accepted"
    assert other["idTagInfo"]["status"] == "ConcurrentTx"


async def test_refused_start_has_a_transaction_id() -> None:
    """The schema requires a number in every answer; Arthexis left it out of refusals."""
    await in_thread(lambda: Charger.objects.create(charger_id="CP1", require_rfid=True))
    async with connected() as wire:
        told: dict[str, Any] = {
            "connectorId": 1,
            "idTag": "WHO",
            "meterStart": 1,
            "timestamp": NOON_TEXT,
        }
        answer = await wire.call("StartTransaction", **told)
    kept: Transaction = await only(Transaction)
    assert answer == {"transactionId": kept.pk, "idTagInfo": {"status": "Invalid"}}
    assert kept.state == TransactionState.REFUSED


@pytest.mark.parametrize("number", [0, -1, 4_000_000])
async def test_stop_with_a_number_that_nobody_gave(number: int) -> None:
    """A charger that lost its number after a power cut stops transaction 0 or -1.

    OCPP.Core#34, steve#292. It is confirmed, and means the only one that it can mean.
    """
    await in_thread(make_driver)
    async with connected() as wire:
        started = await start(wire)
        assert await stop(wire, number) == {"idTagInfo": {"status": "Accepted"}}
    ended = await transaction(started)
    assert (ended.state, ended.energy_wh) == (COMPLETED, 5000)
    assert await settled() == 5000
    assert [kind for kind, _ in await odd()] == ["transaction"]


async def test_stop_that_fits_two_transactions_ends_neither() -> None:
    """Where it is not clear which one is meant, people decide; the charger is confirmed."""
    async with connected() as wire:
        numbers = [await start(wire, connectorId=1), await start(wire, connectorId=2)]
        assert "idTagInfo" in await stop(wire, 0)
        for number in numbers:
            assert (await transaction(number)).state == ACTIVE
    ((kind, detail),) = await odd()
    assert kind == "transaction"
    assert "6000" in detail


async def test_stop_with_another_chargers_number() -> None:
    """A number is no permission: SteVe let any charger end any transaction (CVE-2026-28230)."""
    await in_thread(make_driver)
    async with connected("/CP1") as victim, connected("/CP2") as stranger:
        number = await start(victim)
        assert "idTagInfo" in await stop(stranger, number, 900_000)
        assert (await transaction(number)).state == ACTIVE
        # Its meter values do not count either.
        await values(stranger, "900000", transactionId=number)
        assert (await transaction(number)).energy_wh == 0
        await stop(victim, number)
    assert (await transaction(number)).energy_wh == 5000
    assert await settled() == 5000


async def test_stop_without_any_start_is_confirmed_and_kept() -> None:
    """Of a transaction of the system before this one, only the stop arrives."""
    async with connected() as wire:
        data = [{"timestamp": at(60), "sampledValue": [{"value": "6000"}]}]
        assert "idTagInfo" in await stop(wire, 77, transactionData=data)
    assert await rows(Transaction) == []
    assert [one.value for one in await rows(MeterReading)] == [6000]
    ((kind, detail),) = await odd()
    assert kind == "transaction"
    assert "77" in detail


async def test_stop_twice_counts_once() -> None:
    """A stop is repeated until it is confirmed; energy was counted twice in citrineos-core#880."""
    await in_thread(make_driver)
    async with connected() as wire:
        number = await start(wire)
        first = await stop(wire, number)
        assert await stop(wire, number) == first
    async with connected() as wire:
        assert await stop(wire, number) == first
        assert await odd() == []
        # A different one is confirmed as well, and told to staff.
        assert await stop(wire, number, 9000) == first
    assert await settled() == 5000
    assert (await transaction(number)).meter_stop == 6000
    assert [kind for kind, _ in await odd()] == ["transaction"]


ORDERS = list(itertools.permutations(("start", "values", "stop")))


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("order", ORDERS)
async def test_any_order_of_a_session_leads_to_the_same_ledger(
    order: tuple[str, ...], known: bool
) -> None:
    """Queues are sent in odd orders: a stop before its start, values after the stop.

    `known` is a charger that repeats a start which we had received although it heard no answer;
    another one has no number to tell before we have.
    """
    await in_thread(make_driver)
    async with connected() as wire:
        number = await start(wire) if known else -1
        for deed in order:
            if deed == "start":
                number = await start(wire)
            elif deed == "values":
                await values(wire, "3000", transactionId=number)
            else:
                await stop(wire, number)
        await alive(wire)
    session: Transaction = await only(Transaction)
    assert (session.state, session.energy_wh) == (COMPLETED, 5000)
    assert await settled() == 5000


async def test_stop_without_a_number_is_joined_to_the_start_that_comes_later() -> None:
    """A charger that was offline from start to stop has no number; its queue is in odd order."""
    await in_thread(make_driver)
    async with connected() as wire:
        assert "idTagInfo" in await stop(wire, 0)
        assert await rows(Transaction) == []
        # Told again, before its start and after it: it is one stop.
        await stop(wire, 0)
        number = await start(wire)
        await stop(wire, 0)
        kept: OrphanStop = await only(OrphanStop)
        assert kept.transaction_id == number
        # And when the number is known at last, nothing is counted twice.
        await stop(wire, number)
    assert (await transaction(number)).energy_wh == await settled() == 5000


async def test_stop_without_a_number_is_taken_back_when_its_start_comes_late() -> None:
    """It was taken for the session before, whose own stop is lost."""
    await in_thread(make_driver)
    async with connected() as wire:
        before = await start(wire)
        await values(wire, "3000", transactionId=before)
        await stop(wire, -1)
        assert (await transaction(before)).state == COMPLETED
        after = await start(wire, meterStart=4000, timestamp=at(40))
    lost = await transaction(before)
    assert (lost.state, lost.energy_wh, lost.billed_wh) == (TransactionState.LOST, 2000, 0)
    assert (lost.needs_review, lost.stop_raw, lost.stop_received) == (True, "", None)
    ended = await transaction(after)
    assert (ended.state, ended.energy_wh) == (COMPLETED, 2000)
    assert await settled() == 2000


async def test_offline_queue_of_days_tells_nobody_of_a_live_start() -> None:
    """Days later the whole session arrives at once: counted in full, announced to nobody."""
    heard: list[int] = []

    def hear(transaction_id: int, **_: Any) -> None:
        heard.append(transaction_id)

    await in_thread(make_driver)
    begun = datetime.now(UTC).replace(microsecond=0) - timedelta(days=6)
    times = [(begun + timedelta(hours=n)).strftime("%Y-%m-%dT%H:%M:%SZ") for n in (0, 2)]
    events.transaction_started.connect(hear)
    try:
        async with connected() as wire:
            old = await start(wire, timestamp=times[0])
            await stop(wire, old, timestamp=times[1])
            await settle()
            assert heard == []
            now = await start(wire, timestamp=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
            await settle()
    finally:
        events.transaction_started.disconnect(hear)
    assert heard == [now]
    session = await transaction(old)
    assert (session.energy_wh, session.stop_time) == (5000, begun + timedelta(hours=2))
    assert await settled() == 5000


@pytest.mark.parametrize("number", [None, 0, 31_337])
async def test_meter_values_without_a_known_transaction(number: int | None) -> None:
    """Values without a number, or with a wrong one, belong to what runs on their connector.

    CitrineOS drops them, and Arthexis invented a transaction for them.
    """
    told = {} if number is None else {"transactionId": number}
    async with connected() as wire:
        await values(wire, "500", **told)
        assert await rows(Transaction) == []
        running = await start(wire)
        await values(wire, "3000", **told)
        await values(wire, "3500", connectorId=2, **told)
    found: list[MeterReading] = await rows(MeterReading)
    assert [one.transaction_id for one in found] == [None, running, None]
    assert (await transaction(running)).energy_wh == 2000


async def test_id_tag_in_another_case() -> None:
    """Readers write the same card in either case."""
    await in_thread(make_driver)
    async with connected() as wire:
        await in_thread(lambda: Charger.objects.update(require_rfid=True))
        for tag in (TAG, TAG.lower(), TAG.title()):
            answer = await wire.call("Authorize", idTag=tag)
            assert answer["idTagInfo"]["status"] == "Accepted"
        number = await start(wire, idTag=TAG.lower())
        await stop(wire, number, idTag=TAG)
    assert await settled() == 5000
    assert await odd() == []


async def test_id_tag_in_reversed_byte_order_is_only_a_suggestion() -> None:
    """Some readers send the bytes of a card backwards: staff are told, no card is guessed."""
    await in_thread(make_driver)
    await in_thread(lambda: Charger.objects.create(charger_id="CP1", require_rfid=True))
    backwards = bytes.fromhex(TAG)[::-1].hex()
    async with connected() as wire:
        answer = await wire.call("Authorize", idTag=backwards)
        assert answer["idTagInfo"]["status"] == "Invalid"

    def suggestion() -> Any:
        found: Any = unknown_tags.inbox().get()
        return found.tag, found.suggestion

    assert await in_thread(suggestion) == (backwards.upper(), TAG)


async def test_new_start_while_one_is_open_on_the_connector() -> None:
    """After a power cut a plugged-in charger begins anew, and never stops what ran before."""
    await in_thread(make_driver)
    async with connected() as wire:
        lost = await start(wire)
        await values(wire, "3000", transactionId=lost)
        await start(wire, meterStart=3200, timestamp=at(40))
    old = await transaction(lost)
    assert (old.state, old.meter_stop, old.energy_wh) == (TransactionState.LOST, 3000, 2000)
    assert (old.needs_review, old.billed_wh) == (True, 0)
    assert await settled() == 0
    assert [kind for kind, _ in await odd()] == ["transaction"]


async def test_stop_pressed_here_leaves_the_transaction_to_the_charger() -> None:
    """Staff can end the row of an orphan by hand; its stop may still come, and then counts."""
    await in_thread(make_driver)
    async with connected() as wire:
        number = await start(wire)

        def force() -> None:
            transactions.force_close(Transaction.objects.get(), datetime.now(UTC))

        await in_thread(force)
        closed = await transaction(number)
        assert (closed.state, closed.needs_review) == (TransactionState.LOST, True)
        await stop(wire, number)
    assert (await transaction(number)).state == COMPLETED
    assert await settled() == 5000
