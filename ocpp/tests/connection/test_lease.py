"""The lease of this process: held, given back, lost and regained."""

import asyncio
import json
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from pytest_django import Settings

from ocpp.connection import jobs
from ocpp.connection import lease as leases
from ocpp.connection.lease import Lease
from ocpp.domain import chargers, processes
from ocpp.domain.chargers import OWNER
from ocpp.models import Charger, DataTransfer, ServerProcess, Takeover
from ocpp.tests.connection.wire import Closed, connected
from ocpp.tests.factories import dead_pid, in_thread


@pytest.fixture(autouse=True)
def short(settings: Settings) -> None:
    settings.OCPP_LEASE_S = 2


async def until(condition: Callable[[], Any], limit_s: float = 10) -> None:
    async with asyncio.timeout(limit_s):
        while not await in_thread(condition):  # noqa: ASYNC110  (of the database)
            await asyncio.sleep(0.02)


def the_charger() -> Charger:
    return Charger.objects.get()


def leased() -> list[str]:
    return list(ServerProcess.objects.values_list("name", flat=True))


async def test_it_is_held_until_it_is_given_back() -> None:
    lease = Lease()
    assert not lease.began
    await asyncio.to_thread(lease.start)
    await asyncio.to_thread(lease.start)
    assert await in_thread(leased) == [OWNER]
    assert lease.began
    assert not lease.lapsed
    await asyncio.to_thread(lease.stop)
    await asyncio.to_thread(lease.stop)
    assert await in_thread(leased) == []
    assert not lease.began


async def test_presence_of_this_host_is_corrected_at_start() -> None:
    owner = f"{OWNER.split('/')[0]}/{dead_pid()}/x"
    await in_thread(lambda: Charger.objects.create(charger_id="DEAD", owner=owner))
    lease = Lease()
    async with connected():
        await asyncio.to_thread(lease.start)
        connections = await in_thread(
            lambda: dict(Charger.objects.values_list("charger_id", "owner"))
        )
        assert connections == {"DEAD": "", "CP1": OWNER}
        await asyncio.to_thread(lease.stop)


def test_a_database_that_is_not_there_yet_does_not_stop_the_start(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(now: Any) -> int:
        raise RuntimeError("no such table")

    monkeypatch.setattr(chargers, "reset_presence", fail)
    lease = Lease()
    lease.start()
    lease.stop()
    assert all(record.levelno < logging.ERROR for record in caplog.records)


async def test_who_is_gone_is_noticed() -> None:
    def leave_one() -> None:
        over = Now() - timedelta(seconds=1)
        ServerProcess.objects.create(
            name="other/1/x", host="other", pid=1, started=over, lease_until=over
        )
        Charger.objects.create(charger_id="CP1", owner="other/1/x")

    await in_thread(leave_one)
    lease = Lease()
    await asyncio.to_thread(lease.start)
    try:
        # This one has only just begun: others may be about to renew theirs.
        assert (await in_thread(the_charger)).connected
        await until(lambda: not the_charger().connected)
    finally:
        await asyncio.to_thread(lease.stop)


async def test_what_was_taken_for_offline_is_online_again() -> None:
    lease = Lease()
    async with connected() as wire:
        await asyncio.to_thread(lease.start)
        try:
            # As another process does that takes this one for gone.
            await in_thread(lambda: processes.end_presence(OWNER, (Charger.objects.get()).created))
            await until(lambda: the_charger().connected)
            assert "currentTime" in await wire.call("Heartbeat")
            assert (await in_thread(the_charger)).disconnected_at is None
        finally:
            await asyncio.to_thread(lease.stop)


async def test_a_connection_that_another_process_has_replaced_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(leases, "COMPARE_EVERY", 1)
    lease = Lease()
    async with connected() as wire:
        await in_thread(lambda: Charger.objects.update(owner="other/1/x", epoch=2))
        await asyncio.to_thread(lease.start)
        try:
            assert await wire.closing() == 1008
        finally:
            await asyncio.to_thread(lease.stop)
    charger = await in_thread(the_charger)
    assert (charger.owner, charger.epoch) == ("other/1/x", 2)


@pytest.mark.parametrize("how", ["told", "stood still"])
async def test_nothing_of_a_replaced_connection_is_taken_for_the_charger(
    monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    lease = Lease()
    monkeypatch.setattr(jobs, "lease", lease)
    async with connected() as wire:
        monkeypatch.setattr(lease, "_thread", object())  # begun, but it renews nothing
        monkeypatch.setattr(lease, "_renewed", time.monotonic() if how == "told" else -1e9)
        assert "currentTime" in await wire.call("Heartbeat")

        def replace() -> None:
            charger = the_charger()
            Charger.objects.update(owner="other/1/x", epoch=2)
            if how == "told":
                Takeover.objects.create(
                    owner=OWNER, charger=charger, kind="close", epoch=2, created=Now()
                )

        await in_thread(replace)
        wire.put(json.dumps([2, "late", "DataTransfer", {"vendorId": "V"}]))
        said = []
        if how == "told":
            # Its end may overtake the answer.
            with suppress(Closed):
                while True:
                    said.append(await wire.get())
            assert wire.close_code == 1008
        else:
            said.append(await wire.get())
        assert [frame[2] for frame in said] in ([], ["InternalError"])
    assert not await in_thread(DataTransfer.objects.exists)
