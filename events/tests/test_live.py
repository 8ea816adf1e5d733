"""Listeners at `/ws/events/`, over the project's whole ASGI application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import Permission
from django.test import Client
from pytest_django import Settings

from accounts.domain import tokens
from accounts.models import User
from accounts.sockets import POLICY, RESTART
from config.asgi import application
from events import feed, live
from events.models import Event
from ocpp.models import Charger, Message, StatusChange
from ocpp.tests.committed import transactional_db
from ocpp.tests.factories import NOON, in_thread

__all__ = ["transactional_db"]

OWN = [(b"host", b"testserver"), (b"origin", b"https://testserver")]
ALL = (
    "view_charger",
    "view_transaction",
    "view_securityevent",
    "view_message",
    "view_meterreading",
)


@pytest.fixture(autouse=True)
async def quick(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> AsyncIterator[None]:
    monkeypatch.setattr(feed, "LOOK_S", 0.02)
    monkeypatch.setattr("events.domain.collecting.PAUSE_S", 0.0)
    yield
    await feed.here().end()
    assert live._open == set()


def staff(name: str = "staff", *permissions: str, **facts: Any) -> User:
    user = User.objects.create_user(name, password="x", **{"is_staff": True, **facts})
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions or ALL))
    return user


def token_of(name: str, *permissions: str, **facts: Any) -> str:
    return tokens.create(staff(name, *permissions, **facts), name)[1]


def cookie_of(user: User) -> list[tuple[bytes, bytes]]:
    client = Client()
    client.force_login(user)
    return [*OWN, (b"cookie", f"sessionid={client.cookies['sessionid'].value}".encode())]


def wire(headers: Any = (), path: str = "/ws/events/", **options: Any) -> WebsocketCommunicator:
    return WebsocketCommunicator(application, path, headers=list(headers), **options)


def bearer(secret: str) -> list[tuple[bytes, bytes]]:
    return [(b"authorization", f"Bearer {secret}".encode())]


@asynccontextmanager
async def listening(
    secret: str, subscription: dict[str, Any] | None = None
) -> AsyncIterator[WebsocketCommunicator]:
    one = wire(bearer(secret))
    accepted, _ = await one.connect(10)
    assert accepted
    assert "ready" in await one.receive_json_from(10)
    if subscription is not None:
        await one.send_json_to({"subscribe": subscription})
        assert "subscribed" in await one.receive_json_from(10)
    yield one
    await one.disconnect()


async def close_code(one: WebsocketCommunicator) -> int:
    event = await one.receive_output(10)
    while event["type"] != "websocket.close":
        event = await one.receive_output(10)
    return int(event["code"])


def change(charger: Charger, status: str = "Charging") -> None:
    StatusChange.objects.create(charger=charger, connector_id=1, status=status, time=NOON)


def make(charger_id: str = "CP1") -> Charger:
    return Charger.objects.create(charger_id=charger_id)


async def event_of(one: WebsocketCommunicator) -> dict[str, Any]:
    told = await one.receive_json_from(10)
    assert set(told) == {"event"}, told
    return dict(told["event"])


async def test_a_program_is_told_what_it_asked_for() -> None:
    secret = await in_thread(token_of, "program")
    mine, other = await in_thread(make, "CP1"), await in_thread(make, "CP2")
    asked = {"types": ["charger.fault"], "chargers": ["CP1"]}
    async with listening(secret, asked) as one:
        await in_thread(change, mine, "Charging")
        await in_thread(change, other, "Faulted")
        await in_thread(change, mine, "Faulted")
        event = await event_of(one)
        assert (event["type"], event["charger"]) == ("charger.fault", "CP1")
        assert event["data"]["status"] == "Faulted"
        assert await one.receive_nothing(0.2)


async def test_messages_and_meter_values_are_told_without_being_stored() -> None:
    secret = await in_thread(token_of, "program")
    charger = await in_thread(make)

    def log(action: str, request: str, **facts: Any) -> None:
        row = {"direction": "in", "action": action, "request": request, "answer": "{}", **facts}
        Message.objects.create(charger=charger, time=NOON, message_id="1", **row)

    await in_thread(log, "Heartbeat", "{}")
    async with (
        listening(secret, {"types": ["message"]}) as all_of_them,
        listening(secret, {"types": ["meter.values"]}) as meters,
    ):
        await asyncio.sleep(0)
        await _until_messages_are_read()
        change_key = '{"key": "AuthorizationKey", "value": "hidden"}'
        await in_thread(log, "ChangeConfiguration", change_key)
        await in_thread(log, "MeterValues", '{"connectorId": 1}')
        first, second = await event_of(all_of_them), await event_of(all_of_them)
        assert first["data"]["request"] == {"key": "AuthorizationKey", "value": "***"}
        assert (first["id"], first["data"]["action"]) == (None, "ChangeConfiguration")
        assert second["type"] == "meter.values"
        metered = await event_of(meters)
        assert metered["data"]["request"] == {"connectorId": 1}
        assert await meters.receive_nothing(0.1)
        assert await all_of_them.receive_nothing(0.1)
    assert await in_thread(Event.objects.count) == 0


async def _until_messages_are_read() -> None:
    async with asyncio.timeout(10):
        while feed.here()._position is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # between two looks


async def test_it_goes_on_where_it_was() -> None:
    secret = await in_thread(token_of, "program")
    charger = await in_thread(make)
    async with listening(secret, {}) as one:
        await in_thread(change, charger)
        seen = (await event_of(one))["id"]
    for status in ("Finishing", "Available"):
        await in_thread(change, charger, status)
    async with listening(secret, {"after": seen}) as one:
        told = [await event_of(one) for _ in range(2)]
        assert [event["data"]["status"] for event in told] == ["Finishing", "Available"]
        await in_thread(change, charger, "Preparing")
        assert (await event_of(one))["data"]["status"] == "Preparing"


async def test_it_is_told_what_is_not_kept_any_more() -> None:
    secret = await in_thread(token_of, "program")
    charger = await in_thread(make)
    async with listening(secret, {}) as one:
        await in_thread(change, charger)
        first = (await event_of(one))["id"]
        for _ in range(3):
            await in_thread(change, charger)
            last = (await event_of(one))["id"]
    await in_thread(Event.objects.filter(pk__lt=last).delete)
    async with listening(secret, {"after": first}) as one:
        lagged = await one.receive_json_from(10)
        assert lagged == {"lagged": {"dropped": None, "cursor": last - 1}}
        assert (await event_of(one))["id"] == last


async def test_a_slow_reader_is_told_that_it_lags(settings: Settings) -> None:
    settings.EVENTS_QUEUE = 2
    listener = feed.Listener()
    listener.types = frozenset({"status.changed"})
    for number in range(1, 6):
        listener.offer({"id": number, "type": "status.changed", "charger": "CP1"})
    assert [told["id"] for told in listener.untold] == [1, 2]
    assert (listener.dropped, listener.cursor) == (3, 2)


async def test_a_queue_that_was_full_is_told_with_the_place_to_go_on(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EVENTS_QUEUE = 2
    secret = await in_thread(token_of, "program")
    charger = await in_thread(make)
    async with listening(secret, {}) as one:

        def many() -> None:
            for _ in range(6):
                change(charger)

        await in_thread(many)
        told = []
        while "lagged" not in (said := await one.receive_json_from(10)):
            told.append(said["event"]["id"])
        assert said["lagged"]["cursor"] == told[-1]
        await one.send_json_to({"subscribe": {"after": told[-1]}})
        assert "subscribed" in await one.receive_json_from(10)
        while len(told) < 6:
            told.append((await event_of(one))["id"])
        assert told == sorted(set(told))


async def test_a_session_of_staff_listens() -> None:
    headers = await in_thread(lambda: cookie_of(staff("staff", "view_charger")))
    one = wire(headers)
    await one.connect(10)
    ready = (await one.receive_json_from(10))["ready"]
    assert "status.changed" in ready["types"]
    assert not {"message", "session.started"} & set(ready["types"])
    await one.send_json_to({"subscribe": {"types": ["session.started"]}})
    assert "ocpp.view_transaction" in (await one.receive_json_from(10))["error"]
    await one.disconnect()


async def test_a_token_may_come_first() -> None:
    secret = await in_thread(token_of, "program")
    one = wire()
    await one.connect(10)
    await one.send_json_to({"token": secret})
    assert "ready" in await one.receive_json_from(10)
    await one.disconnect()


@pytest.mark.parametrize(
    "said",
    [{"token": "nonsense"}, {"token": 5}, {"subscribe": {}}, {"token": "x", "subscribe": {}}],
)
async def test_who_is_not_known_is_not_told(said: dict[str, Any]) -> None:
    one = wire()
    await one.connect(10)
    await one.send_json_to(said)
    assert "error" in await one.receive_json_from(10)
    assert await close_code(one) == POLICY


async def test_a_token_in_the_address_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PATIENCE_S", 0.1)
    secret = await in_thread(token_of, "program")
    one = wire(path=f"/ws/events/?token={secret}")
    await one.connect(10)
    assert await close_code(one) == POLICY


@pytest.mark.parametrize(
    "facts", [{"is_staff": False}, {"is_active": False}, {"permissions": ["view_node"]}]
)
async def test_drivers_and_others_are_not_told(facts: dict[str, Any]) -> None:
    permissions = facts.pop("permissions", ALL)
    secret = await in_thread(lambda: token_of("someone", *permissions, **facts))
    one = wire(bearer(secret))
    await one.connect(10)
    assert "error" in await one.receive_json_from(10)
    assert await close_code(one) == POLICY


async def test_a_page_of_another_site_is_refused() -> None:
    cookies = await in_thread(lambda: cookie_of(staff()))
    for origin in (b"https://elsewhere.example", b"null"):
        one = wire([(b"host", b"testserver"), (b"origin", origin), cookies[-1]])
        accepted, _ = await one.connect(10)
        assert not accepted


async def test_there_is_place_for_so_many(settings: Settings) -> None:
    settings.EVENTS_LISTENERS = 1
    secret = await in_thread(token_of, "program")
    async with listening(secret):
        second = wire(bearer(secret))
        accepted, _ = await second.connect(10)
        assert not accepted


@pytest.mark.parametrize(
    "said",
    [
        *("x", "[]", "{}", '{"subscribe": []}', '{"subscribe": {"types": []}}'),
        *('{"subscribe": {"types": ["x"]}}', '{"subscribe": {"chargers": "CP1"}}'),
        *(
            '{"subscribe": {"after": -1}}',
            '{"subscribe": {"after": 99}}',
            '{"subscribe": {"x": 1}}',
        ),
        *('{"subscribe": {"types": [[]]}}', '{"subscribe": {"after": true}}', "[" * 50_000),
    ],
)
async def test_what_it_says_wrong_is_named_and_it_may_go_on(said: str) -> None:
    secret = await in_thread(token_of, "program")
    async with listening(secret) as one:
        await one.send_to(text_data=said)
        assert (await one.receive_json_from(10))["error"]
        await one.send_json_to({"subscribe": {}})
        assert "subscribed" in await one.receive_json_from(10)


async def test_who_says_wrong_things_only_is_closed() -> None:
    secret = await in_thread(token_of, "program")
    async with listening(secret) as one:
        for _ in range(10):
            await one.send_to(text_data="x")
        assert await close_code(one) == POLICY


async def test_a_charge_point_may_be_called_events() -> None:
    one = wire(path="/ws/events", subprotocols=["ocpp1.6"])
    accepted, protocol = await one.connect(10)
    assert accepted
    assert protocol == "ocpp1.6"
    await one.disconnect()


async def test_with_nothing_to_tell_it_is_told_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "QUIET_S", 0.05)
    secret = await in_thread(token_of, "program")
    async with listening(secret) as one:
        assert await one.receive_json_from(10) == {"quiet": {"cursor": 0}}


async def test_the_end_of_the_process_is_told() -> None:
    secret = await in_thread(token_of, "program")
    async with listening(secret, {}) as one:
        await live.end()
        assert await close_code(one) == RESTART
