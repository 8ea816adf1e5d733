"""How real charge points connect, one test for each quirk."""

import asyncio
import base64
import json
from typing import Any

import pytest
from pytest_django import Settings

from ocpp import store
from ocpp.choices import CredentialState
from ocpp.connection import relay
from ocpp.domain import credentials
from ocpp.models import Charger, Credential
from ocpp.tests.connection.wire import PUBLIC, Wire, connected, settle
from ocpp.tests.factories import in_thread
from ocpp.tests.quirks.playing import alive, charger, odd, only, rows, start

KEY = bytes.fromhex("ff00fe80" * 5)  # not UTF-8, as chargers do send it


@pytest.mark.parametrize(
    ("offered", "echoed"),
    [
        ([], None),
        (["ocpp1.6j"], "ocpp1.6j"),
        (["OCPP1.6"], "OCPP1.6"),
        (["ocpp2.0.1", "ocpp1.6", "ocpp1.5"], "ocpp1.6"),
    ],
)
async def test_subprotocol_absent_or_in_another_spelling(
    offered: list[str], echoed: str | None
) -> None:
    """Grizzl-E and others offer no subprotocol, or their own spelling of it.

    Strict servers lock them out: steve#1109, steve#135, OCPP.Core#43.
    """
    async with connected(subprotocols=offered) as wire:
        assert wire.subprotocol == echoed
        assert await alive(wire)


async def test_subprotocol_never_spoken_is_told_so() -> None:
    """A charger that speaks another version only is told with a close, not left waiting.

    CitrineOS leaves the socket hanging.
    """
    wire = await Wire(subprotocols=["ocpp1.2", "ocpp2.1"]).open()
    assert (wire.status, wire.subprotocol) == (101, None)
    assert await asyncio.wait_for(wire.closing(), 5) == 1002


@pytest.mark.parametrize("path", ["/CP1/", "/a/b/%43P1", "/ocpp/?cid=CP1", "/cp1", "/ＣＰ１"])
async def test_identity_in_another_spelling_is_the_same_charger(path: str) -> None:
    """Firmware updates change the slash, the escapes, the query or the letter case of the path."""
    async with connected("/CP1"):
        pass
    await settle()
    async with connected(path) as wire:
        assert await alive(wire)
        assert [one.charger_id for one in await rows(Charger)] == ["CP1"]
    noted = [kind for kind, _ in await odd()]
    assert noted == (["identity"] if path in ("/cp1", "/ＣＰ１") else [])


async def test_identity_never_merges_two_chargers() -> None:
    """Two ids stay two chargers, whatever a file name or a decoder makes of them.

    Arthexis took `a/b` and `a_b` for one; lenient decoding makes one of %ff and %fe.
    """
    for path in ("/a%2Fb", "/a_b", "/ab"):
        async with connected(path) as wire:
            assert await alive(wire)
    assert sorted(one.charger_id for one in await rows(Charger)) == ["a/b", "a_b", "ab"]
    for path in ("/%ff", "/%fe", "/x?cid=%ff"):
        wire = await Wire(path).open()
        assert wire.status == (101 if path.startswith("/x") else 400)
        if wire.status == 101:
            await wire.end()
    assert len(await rows(Charger)) == 4


async def test_reconnect_while_the_old_socket_is_half_open() -> None:
    """After a loss of the mobile network a charger is back before its old socket has ended.

    The newest wins, what waits for an answer on the old one fails, and the late end of the old
    one takes nothing from the new: steve#357, ocpp-go#314, ts-ocpp#19, Arthexis's `disconnect()`.
    """
    from ocpp.domain import commands
    from ocpp.models import Command

    old = await Wire().open()
    await in_thread(lambda: commands.queue(Charger.objects.get(), "clear_cache", {}))
    asked = await old.get()
    assert asked[2] == "ClearCache"
    async with connected() as new:
        assert await old.closing() == 1008
        await old.end()
        await settle()
        command: Command = await only(Command)
        assert command.state == "failed"
        assert await alive(new)
        known = await charger()
        assert known.connected
        assert store.sessions[known.pk].epoch == known.epoch


def _with_key(key: bytes) -> None:
    known = Charger.objects.create(charger_id="CP1", security_profile=1)
    credentials.keep(known, key.hex())
    Credential.objects.update(state=CredentialState.ACTIVE)


def _basic(user: bytes, password: bytes) -> list[tuple[bytes, bytes]]:
    return [(b"authorization", b"Basic " + base64.b64encode(user + b":" + password))]


@pytest.mark.parametrize("user", [b"CP1", b"cp1"])
@pytest.mark.parametrize("password", [KEY, KEY.hex().encode(), KEY.hex().upper().encode()])
async def test_key_sent_as_raw_bytes_and_user_in_another_case(user: bytes, password: bytes) -> None:
    """A key is set as hexadecimal digits, and some send its bytes, which need not be UTF-8.

    Servers that decode the header as text refuse them: steve#1895, Java-OCA-OCPP#163.
    """
    await in_thread(_with_key, KEY)
    async with connected(headers=_basic(user, password)) as wire:
        assert await alive(wire)
    await settle()
    wrong = await Wire(headers=_basic(user, password[:-1] + b"x")).open()
    assert wire.status == 101
    assert wrong.status == 401


async def test_no_boot_notification_after_a_reconnect(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wallbox (firmware 6) goes on after a reconnect as if nothing had been, without a boot.

    It is online and may charge; only one that has never told who it is is asked for its boot.
    """
    monkeypatch.setattr(relay, "BOOT_S", 0.05)
    async with connected() as wire:
        asked = await wire.get()
        assert asked[2:] == ["TriggerMessage", {"requestedMessage": "BootNotification"}]
        assert (await charger()).connected
        wire.put(json.dumps([3, asked[1], {"status": "NotImplemented"}]))
        assert await start(wire) > 0
        await settle()
    await settle()
    # It said that it cannot: it is left alone with that.
    async with connected() as wire:
        assert await wire.silent(0.3)


async def test_requests_before_the_boot_are_handled() -> None:
    """Status and transactions come before BootNotification, from queues that are sent first."""
    async with connected() as wire:
        status: dict[str, Any] = {"connectorId": 1, "errorCode": "NoError", "status": "Charging"}
        assert await wire.call("StatusNotification", **status) == {}
        number = await start(wire)
        boot = await wire.call("BootNotification", chargePointVendor="V", chargePointModel="M")
        assert boot["status"] == "Accepted"
        assert await start(wire) == number


async def test_a_site_behind_one_address_returns_at_once(settings: Settings) -> None:
    """After a power cut every charger of a car park comes back from one address.

    Arthexis lets one in every two seconds. Limits are for ids that nobody knows.
    """
    settings.OCPP_NEW_PER_ADDRESS_AN_HOUR = 0
    settings.OCPP_NEW_AN_HOUR = 0

    def make() -> None:
        for number in range(40):
            Charger.objects.create(charger_id=f"SITE{number}")

    await in_thread(make)
    site = [Wire(f"/SITE{number}", address=PUBLIC) for number in range(40)]
    await asyncio.gather(*(wire.open() for wire in site))
    assert {wire.status for wire in site} == {101}
    assert (await Wire("/STRANGER", address=PUBLIC).open()).status == 429
    for wire in site:
        await wire.end()
