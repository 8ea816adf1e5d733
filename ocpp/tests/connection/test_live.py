"""Open pages are told what has changed, over the project's whole ASGI application."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.db import connections, transaction
from django.db.models.functions import Now
from django.test import Client

from accounts.models import User
from config.asgi import application
from ocpp import changes, limits_hit, store
from ocpp.choices import Registration
from ocpp.connection import live, watchers
from ocpp.domain import processes
from ocpp.models import Charger, ServerProcess
from ocpp.tests.connection.wire import connected
from ocpp.tests.factories import NOON, TAG, Reporter, in_thread, make_driver

OWN = [(b"host", b"testserver"), (b"origin", b"https://testserver")]


@pytest.fixture(autouse=True)
async def quick(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    monkeypatch.setattr(watchers, "TELL_S", 0.02)
    monkeypatch.setattr(live, "TELL_S", 0.02)
    monkeypatch.setattr(watchers, "LOOK_S", 0.05)
    yield
    await watchers.here().end()
    await sync_to_async(connections.close_all)()
    assert not changes.wanted()
    assert live._open == set()


def visitor(headers: Any = OWN, **options: Any) -> WebsocketCommunicator:
    return WebsocketCommunicator(application, "/ws/live/", headers=headers, **options)


@asynccontextmanager
async def watching(shown: Any, headers: Any = OWN) -> AsyncIterator[WebsocketCommunicator]:
    page = visitor(headers)
    accepted, _ = await page.connect(10)
    assert accepted
    await page.send_json_to({"watch": shown})
    yield page
    await page.disconnect()


async def close_code(page: WebsocketCommunicator) -> int:
    event = await page.receive_output(10)
    assert event["type"] == "websocket.close"
    return int(event["code"])


def make(charger_id: str = "CP1", **facts: Any) -> Charger:
    return Charger.objects.create(charger_id=charger_id, **facts)


def cookie_of(name: str, **facts: Any) -> list[tuple[bytes, bytes]]:
    return cookie_of_user(User.objects.create_user(name, **facts))


def cookie_of_user(user: User) -> list[tuple[bytes, bytes]]:
    client = Client()
    client.force_login(user)
    return [*OWN, (b"cookie", f"sessionid={client.cookies['sessionid'].value}".encode())]


async def test_a_message_of_its_charger_is_told() -> None:
    await in_thread(make, "CP1")
    await in_thread(make, "CP2")
    async with watching(["CP1", "no such charger"]) as page:
        assert await page.receive_json_from(10) == {"watching": 1}
        async with connected("/CP2/") as other:
            await other.call("Heartbeat")
        async with connected("/CP1/") as wire:
            assert await page.receive_json_from(10) == {"changed": ["CP1"]}
            await page.send_json_to({"more": True})
            await wire.call("Heartbeat")
            assert await page.receive_json_from(10) == {"changed": ["CP1"]}


async def test_it_is_told_no_more_before_it_has_read() -> None:
    charger = await in_thread(make)
    async with watching(["CP1"]) as page:
        await page.receive_json_from(10)
        changes.note(charger.pk)
        await page.receive_json_from(10)
        changes.note(charger.pk)
        assert await page.receive_nothing(0.1)
        await page.send_json_to({"more": True})
        assert await page.receive_json_from(10) == {"changed": ["CP1"]}


async def test_one_that_never_reads_has_to_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PATIENCE_S", 0.1)
    charger = await in_thread(make)
    async with watching(["CP1"]) as page:
        await page.receive_json_from(10)
        changes.note(charger.pk)
        await page.receive_json_from(10)
        assert await close_code(page) == 1008


async def test_one_that_says_nothing_has_to_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PATIENCE_S", 0.1)
    page = visitor()
    assert (await page.connect(10))[0]
    assert await close_code(page) == 1008


async def test_it_comes_again_after_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LIFETIME_S", 0.1)
    page = visitor()
    assert (await page.connect(10))[0]
    assert await close_code(page) == 1001


async def test_visitors_are_told_of_public_chargers_only() -> None:
    seen = await in_thread(make, "CP1")
    hidden = await in_thread(lambda: make("CP2", registration=Registration.PENDING))
    staff = await in_thread(lambda: cookie_of("boss", is_staff=True))
    driver = await in_thread(lambda: cookie_of("driver"))
    async with (
        watching(["CP1", "CP2"]) as some,
        watching("*", driver) as every,
        watching("*", staff) as staffs,
    ):
        assert await some.receive_json_from(10) == {"watching": 1}
        assert await every.receive_json_from(10) == {"watching": "*"}
        await staffs.receive_json_from(10)
        changes.note(seen.pk)
        changes.note(hidden.pk)
        assert await some.receive_json_from(10) == {"changed": ["CP1"]}
        assert await every.receive_json_from(10) == {"changed": ["CP1"]}
        assert await staffs.receive_json_from(10) == {"changed": ["CP1", "CP2"]}


def begin(charger: Charger, tag: str = TAG) -> int:
    with transaction.atomic():
        return Reporter(charger).start(tag)[0].pk


def end(charger: Charger, number: int) -> None:
    with transaction.atomic():
        Reporter(charger).stop(number)


async def test_a_driver_is_told_of_sessions_of_their_own_wherever_they_begin() -> None:
    """Of their begin, of what goes on there, and of their end; and of nobody else's."""
    first, second = [await in_thread(make, name) for name in ("CP1", "CP2")]
    account = await in_thread(make_driver)
    cookie = await in_thread(lambda: cookie_of_user(account.user))
    await in_thread(lambda: make_driver("bob", tag="BEEF0001"))
    async with watching("own", cookie) as page, watching("own") as nobody:
        assert await page.receive_json_from(10) == {"watching": 0}
        assert await nobody.receive_json_from(10) == {"watching": 0}
        await in_thread(begin, first, "BEEF0001")
        changes.note(first.pk)
        assert await page.receive_nothing(0.1)
        begun = await in_thread(begin, second)
        changes.note(second.pk)
        assert await page.receive_json_from(10) == {"changed": ["CP2"]}
        await page.send_json_to({"more": True})
        changes.note(first.pk)
        assert await page.receive_nothing(0.1)
        async with watching("own", cookie) as later:
            assert await later.receive_json_from(10) == {"watching": 1}
            await in_thread(end, second, begun)
            changes.note(second.pk)
            for one in (page, later):
                assert await one.receive_json_from(10) == {"changed": ["CP2"]}
        await page.send_json_to({"more": True})
        changes.note(second.pk)
        assert await page.receive_nothing(0.1)
        assert await nobody.receive_nothing(0.01)


async def test_one_that_is_deleted_may_be_any() -> None:
    charger = await in_thread(make)
    async with watching("*") as page:
        await page.receive_json_from(10)
        await in_thread(lambda: Charger.objects.get(pk=charger.pk).delete())
        assert await page.receive_json_from(10) == {"changed": ["*"]}


async def test_very_many_are_told_in_one_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchers, "MOST_TOLD", 3)
    async with watching("*") as page:
        await page.receive_json_from(10)
        for pk in range(4):
            changes.note(pk)
        assert await page.receive_json_from(10) == {"changed": ["*"]}


@pytest.mark.parametrize(
    "headers",
    [
        [(b"host", b"testserver"), (b"origin", b"https://elsewhere.example")],
        [(b"host", b"testserver"), (b"origin", b"null")],
        [(b"host", b"testserver"), (b"origin", b"https://[")],
        [(b"origin", b"https://testserver")],
        [*OWN, (b"origin", b"https://testserver")],
    ],
)
async def test_pages_of_other_sites_are_refused(headers: Any) -> None:
    assert (await visitor(headers).connect(10))[0] is False


async def test_places_are_bounded_and_some_are_kept_for_staff(settings: Any) -> None:
    settings.OCPP_LIVE_PAGES = 2
    before = limits_hit.snapshot()["live_pages"]
    staff = await in_thread(lambda: cookie_of("boss", is_staff=True))
    async with watching("*"), watching("*"):
        assert (await visitor(staff).connect(10))[0] is False
    settings.OCPP_LIVE_PAGES = 4
    async with watching("*"), watching("*"), watching("*"):
        assert (await visitor().connect(10))[0] is False
        async with watching("*", staff) as page:
            assert await page.receive_json_from(10) == {"watching": "*"}
    assert limits_hit.snapshot()["live_pages"] == before + 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "[" * 5000,
        "[]",
        '{"watch": 5}',
        '{"watch": [5]}',
        '{"watch": ["\\ud800"]}',
        '{"watch": ["\\u0000"]}',
        json.dumps({"watch": ["x" * 49]}),
        json.dumps({"watch": ["x"] * 1001}),
        '{"delete": "*"}',
    ],
)
async def test_what_no_page_says_ends_it(text: str) -> None:
    page = visitor()
    assert (await page.connect(10))[0]
    await page.send_input({"type": "websocket.receive", "text": text})
    assert await close_code(page) == 1008


async def test_long_and_binary_messages_end_it() -> None:
    for event, code in (({"text": "x" * 70_000}, 1009), ({"bytes": b"x"}, 1003)):
        page = visitor()
        assert (await page.connect(10))[0]
        await page.send_input({"type": "websocket.receive", **event})
        assert await close_code(page) == code


async def test_a_flood_ends_it() -> None:
    async with watching("*") as page:
        await page.receive_json_from(10)
        for _ in range(live.BURST + 5):
            await page.send_json_to({"more": True})
        assert await close_code(page) == 1008


async def test_a_charge_point_may_be_called_live() -> None:
    wire = visitor([], subprotocols=["ocpp1.6"])
    assert await wire.connect(10) == (True, "ocpp1.6")
    await wire.send_to(text_data='[2,"1","Heartbeat",{}]')
    assert "currentTime" in await wire.receive_from(10)
    await wire.disconnect()
    assert await in_thread(lambda: Charger.objects.get().charger_id) == "live"


async def test_presence_edits_and_commands_are_told() -> None:
    charger = await in_thread(make)
    async with watching(["CP1"]) as page:
        await page.receive_json_from(10)
        for deed in (lambda: charger.save(), lambda: store.wake(charger.pk)):
            await in_thread(deed)
            assert await page.receive_json_from(10) == {"changed": ["CP1"]}
            await page.send_json_to({"more": True})
        async with connected("/CP1/"):
            assert await page.receive_json_from(10) == {"changed": ["CP1"]}
            await asyncio.sleep(0.1)
        await page.send_json_to({"more": True})
        assert await page.receive_json_from(10) == {"changed": ["CP1"]}


async def test_a_process_that_is_gone_changes_its_chargers() -> None:
    await in_thread(lambda: make(owner="host/1/x"))
    async with watching(["CP1"]) as page:
        await page.receive_json_from(10)
        await in_thread(lambda: processes.end_presence("host/1/x", NOON))
        assert await page.receive_json_from(10) == {"changed": ["CP1"]}


async def test_without_redis_the_database_tells_what_others_change() -> None:
    def other_process() -> None:
        until = Now() + timedelta(seconds=60)
        started = Now()
        ServerProcess.objects.create(
            name="host/1/x", host="host", pid=1, lease_until=until, started=started
        )

    def elsewhere() -> None:
        Charger.objects.update(disconnected_at=Now())

    await in_thread(make)
    await in_thread(other_process)
    async with watching(["CP1"]) as page:
        await page.receive_json_from(10)
        await in_thread(elsewhere)
        assert await page.receive_json_from(10) == {"changed": ["CP1"]}


async def test_the_end_of_the_process_sends_pages_away() -> None:
    async with watching("*") as page:
        await page.receive_json_from(10)
        await live.end()
        assert await close_code(page) == 1012


async def test_silence_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "QUIET_S", 0.05)
    async with watching("*") as page:
        await page.receive_json_from(10)
        assert await page.receive_json_from(10) == {"changed": []}
