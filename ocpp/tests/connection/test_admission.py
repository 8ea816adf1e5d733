"""The handshake: where a charge point may connect, as what, and from where."""

from typing import Any

import pytest
from pytest_django import Settings

from ocpp import store
from ocpp.choices import Registration
from ocpp.models import Charger
from ocpp.tests.connection.wire import PRIVATE, PUBLIC, Wire, connected, settle
from ocpp.tests.factories import in_thread
from ocpp.tests.holding import busy
from ocpp.writer.group_commit import writer

STATUS: dict[str, Any] = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}


def the_charger(charger_id: str = "CP1") -> Charger:
    return Charger.objects.get(charger_id=charger_id)


def make(charger_id: str = "CP1", **facts: Any) -> Charger:
    return Charger.objects.create(charger_id=charger_id, **facts)


@pytest.mark.parametrize(
    ("path", "charger_id"),
    [
        ("/CP1/", "CP1"),
        ("/foo/bar/CP1/", "CP1"),
        ("/ws/ocpp/CP1/", "CP1"),
        ("/ocpp/?cid=CP1", "CP1"),
        ("/caf%C3%A9", "café"),
        ("/a%2Fb", "a/b"),
    ],
)
async def test_a_charge_point_may_connect_at_any_path(path: str, charger_id: str) -> None:
    async with connected(path):
        charger = await in_thread(the_charger, charger_id)
        assert charger.connected
        assert charger.discovered
        assert charger.remote_address == PRIVATE
        assert store.is_connected(charger.pk)
        if "%" not in path:
            assert charger.last_path == path.partition("?")[0]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 400),
        ("/%ff", 400),
        ("/%fe", 400),
        ("/?cid=%ff", 400),
        ("/CP%201", 400),
        ("/CP%0A1", 400),
        ("/CP%00", 400),
        ("/%E2%80%8B", 400),
        ("/" + "x" * 49, 400),
    ],
)
async def test_an_id_that_cannot_be(path: str, status: int) -> None:
    wire = await Wire(path).open()
    assert wire.status == status
    assert wire.refusal is not None
    assert wire.refusal[2]
    assert not await in_thread(Charger.objects.exists)


async def test_a_server_that_cannot_refuse_with_a_status_closes() -> None:
    wire = await Wire("/%ff", can_refuse=False).open()
    assert (wire.refusal, wire.close_code) == (None, 1008)


@pytest.mark.parametrize(
    ("offered", "answered"),
    [
        ([], None),
        (["ocpp1.6"], "ocpp1.6"),
        (["OCPP1.6"], "OCPP1.6"),
        (["ocpp1.6j"], "ocpp1.6j"),
        (["ocpp2.0.1", "ocpp1.6"], "ocpp1.6"),
    ],
)
async def test_the_subprotocol_is_answered_as_it_was_offered(
    offered: list[str], answered: str | None
) -> None:
    async with connected(subprotocols=offered) as wire:
        assert wire.subprotocol == answered
        assert "currentTime" in await wire.call("Heartbeat")


async def test_a_version_that_is_not_spoken_is_refused_after_the_handshake() -> None:
    """As OCPP-J 1.6 says (3.1.2): complete it without a subprotocol, then close."""
    wire = await Wire(subprotocols=["ocpp1.5", "ocpp2.0.1"]).open()
    assert (wire.status, wire.subprotocol) == (101, None)
    assert await wire.closing() == 1002
    assert not await in_thread(Charger.objects.exists)


# --- origin --------------------------------------------------------------------------------


async def test_a_web_page_must_not_act_as_a_charge_point(settings: Settings) -> None:
    origin = [(b"origin", b"https://evil.example")]
    assert (await Wire(headers=origin).open()).status == 403
    assert (await Wire(headers=[(b"origin", b"null")]).open()).status == 403
    assert not await in_thread(Charger.objects.exists)
    settings.OCPP_ALLOWED_ORIGINS = ["https://tools.example"]
    assert (await Wire(headers=origin).open()).status == 403
    async with connected(headers=[(b"origin", b"https://tools.example")]):
        pass


# --- unknown ids and limits ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "headers", "registration"),
    [
        (PRIVATE, [], Registration.ACCEPTED),
        ("127.0.0.1", [], Registration.ACCEPTED),
        ("::1", [], Registration.ACCEPTED),
        (PUBLIC, [], Registration.PENDING),
        # Somebody has passed it on whom nobody here trusts.
        ("127.0.0.1", [(b"x-forwarded-for", b"10.0.0.1")], Registration.PENDING),
    ],
)
async def test_an_unknown_private_peer_is_accepted_and_a_public_one_waits(
    address: str, headers: list[tuple[bytes, bytes]], registration: Registration
) -> None:
    async with connected(address=address, headers=headers) as wire:
        boot = await wire.call("BootNotification", chargePointVendor="V", chargePointModel="M")
        assert boot["status"] == registration
        assert (await in_thread(the_charger)).registration == registration


async def test_behind_a_trusted_proxy_the_client_counts(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    headers = [(b"x-forwarded-for", PUBLIC.encode())]
    async with connected(address="127.0.0.1", headers=headers):
        charger = await in_thread(the_charger)
    assert charger.registration == Registration.PENDING
    assert charger.remote_address == PUBLIC


async def test_a_closed_node(settings: Settings) -> None:
    settings.OCPP_UNKNOWN_CHARGERS = "closed"
    await in_thread(make)
    assert (await Wire("/CP2").open()).status == 403
    async with connected("/CP1"):
        pass


async def test_too_many_new_ids_are_told_when_to_come_again(settings: Settings) -> None:
    settings.OCPP_NEW_PER_ADDRESS_AN_HOUR = 1
    async with connected("/A", address=PUBLIC):
        wire = await Wire("/B", address=PUBLIC).open()
        assert wire.status == 429
        assert wire.refusal is not None
        assert wire.refusal[1][b"retry-after"] == b"60"
    async with connected("/A", address=PUBLIC):
        pass


async def test_a_charger_that_waits_may_report_but_not_charge() -> None:
    async with connected(address=PUBLIC) as wire:
        assert await wire.call("StatusNotification", **STATUS) == {}
        authorized = await wire.call("Authorize", idTag="CAFE0001")
        assert authorized == {"idTagInfo": {"status": "Invalid"}}
        started = await wire.call(
            "StartTransaction",
            connectorId=1,
            idTag="CAFE0001",
            meterStart=0,
            timestamp="2026-05-01T12:00:00Z",
        )
        assert started["idTagInfo"] == {"status": "Invalid"}
        assert started["transactionId"] > 0


async def test_approval_reaches_the_connection_at_once() -> None:
    """Staff save the charger in another thread: its session works by that from then on."""

    def approve() -> None:
        charger = the_charger()
        charger.registration = Registration.ACCEPTED
        charger.save()

    async with connected(address=PUBLIC) as wire:
        await in_thread(approve)
        await wire.call("Heartbeat")
        accepted = await wire.call("Authorize", idTag="CAFE0001")
        assert accepted == {"idTagInfo": {"status": "Accepted"}}


async def test_a_charger_that_is_deleted_loses_its_connection() -> None:
    wire = await Wire().open()
    await in_thread(lambda: the_charger().delete())
    assert await wire.closing() == 1008
    await wire.end()


# --- the end -------------------------------------------------------------------------------


async def test_a_connection_that_ends_is_no_longer_present() -> None:
    async with connected():
        charger = await in_thread(the_charger)
    await settle()
    after = await in_thread(the_charger)
    assert not after.connected
    assert after.disconnected_at is not None
    assert not store.is_connected(charger.pk)
    assert after.epoch == charger.epoch


@pytest.mark.parametrize("incumbent", [False, True])
async def test_a_handshake_that_the_database_keeps_waiting_leaves_nobody_present(
    settings: Settings, incumbent: bool
) -> None:
    """Its time is over, and then the writer admits it: nobody is there any more."""
    await in_thread(make)
    old = await Wire().open() if incumbent else None
    settings.OCPP_HANDSHAKE_S = 0.05
    async with busy(writer):
        wire = await Wire().open()
        assert wire.status == 503
    await settle()
    assert not (await in_thread(the_charger)).connected
    if old is not None:
        # It is outdated, so it could get no command: the charge point is to come again.
        assert await old.closing() == 1008
        await old.end()
