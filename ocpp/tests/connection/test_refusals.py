"""Connections that are refused are kept for people to see, and nothing else is slowed by it."""

import asyncio
from typing import Any

import pytest
from pytest_django import Settings

from ocpp.choices import Registration
from ocpp.connection import refusals
from ocpp.domain import onboarding
from ocpp.models import ConnectionAttempt
from ocpp.tests.connection.wire import PRIVATE, PUBLIC, Wire, connected, settle
from ocpp.tests.factories import in_thread


def rows() -> list[ConnectionAttempt]:
    return list(ConnectionAttempt.objects.order_by("pk"))


async def kept(count: int = 1) -> list[ConnectionAttempt]:
    """The rows, when there are so many."""
    for _ in range(200):
        await settle()
        found = await in_thread(rows)
        if len(found) >= count:
            return found
        await asyncio.sleep(0.05)
    return await in_thread(rows)


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "PAUSE_S", 0.05)


@pytest.mark.parametrize(
    ("path", "options", "code", "charger_id"),
    [
        ("/ws/ocpp/CP%201", {}, "bad_id", "CP 1"),
        ("/ws/ocpp/%ff", {}, "bad_id", "�"),
        ("/ws/ocpp/a%0Ab", {}, "bad_id", "a\\u000ab"),
        ("/ws/ocpp/", {}, "bad_id", "ocpp"),
        ("/CP1", {"headers": [(b"origin", b"https://evil.example")]}, "origin", "CP1"),
        ("/CP1", {"subprotocols": ["ocpp2.0.1"]}, "version", "CP1"),
    ],
)
async def test_why_and_as_whom(
    path: str, options: dict[str, Any], code: str, charger_id: str
) -> None:
    await Wire(path, address=PUBLIC, **options).open()
    (row,) = await kept()
    assert (row.code, row.charger_id, row.address) == (code, charger_id, PUBLIC)
    assert (row.count, row.first) == (1, row.last)
    assert row.path
    assert row.reason


async def test_an_unknown_id_on_a_closed_node(settings: Settings) -> None:
    settings.OCPP_UNKNOWN_CHARGERS = "closed"
    assert (await Wire("/ws/ocpp/CP9").open()).status == 403
    (row,) = await kept()
    assert (row.code, row.charger_id, row.address) == ("unknown_closed", "CP9", PRIVATE)
    assert row.path == "/ws/ocpp/CP9"
    # Allowed in one click, it comes in.
    await in_thread(onboarding.decide, "CP9", Registration.ACCEPTED)
    async with connected("/ws/ocpp/CP9"):
        pass
    assert await in_thread(rows) == []


async def test_many_at_once_are_few_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    record = onboarding.record

    def counting(found: Any) -> None:
        written.append(len(found))
        record(found)

    monkeypatch.setattr(onboarding, "record", counting)
    monkeypatch.setattr(refusals, "MOST", 10)
    monkeypatch.setattr(refusals, "PAUSE_S", 0.3)
    for _ in range(30):
        await Wire("/a%20b").open()
    for number in range(30):
        await Wire(f"/a%20{number}").open()
    # The ids that are all different came last.
    found = await kept(2)
    assert sum(row.count for row in found if row.charger_id == "a b") == 30
    assert max(written) <= 10


async def test_whoever_is_let_in_leaves_no_trace() -> None:
    async with connected():
        pass
    await settle()
    assert await in_thread(rows) == []


async def test_trouble_with_it_harms_nobody(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("no room")

    monkeypatch.setattr(onboarding, "record", fail)
    assert (await Wire("/a%20b").open()).status == 400
    await settle()
    assert "could not be stored" in caplog.text
    monkeypatch.setattr(refusals, "_note", fail)
    assert (await Wire("/a%20b").open()).status == 400
    assert "could not be noted" in caplog.text
    async with connected() as wire:
        assert "currentTime" in await wire.call("Heartbeat")
