"""Two connections with one id: who wins, and that the old one ends without harm to the new."""

import asyncio
from typing import Any

import pytest

from ocpp import store
from ocpp.choices import AnomalyKind
from ocpp.connection import admission
from ocpp.models import Anomaly, Charger
from ocpp.tests.connection.wire import Wire, connected, settle
from ocpp.tests.factories import in_thread

pytestmark = pytest.mark.usefixtures("both_ways")

HERE, THERE = "10.0.0.1", "10.0.0.2"


def the_charger() -> Charger:
    return Charger.objects.get()


def rows(model: Any) -> list[Any]:
    return list(model.objects.order_by("pk"))


async def is_present(wire: Wire) -> None:
    """The connection works, and is the charger's."""
    assert "currentTime" in await wire.call("Heartbeat")
    charger = await in_thread(the_charger)
    assert charger.connected
    assert store.sessions[charger.pk].epoch == charger.epoch


@pytest.mark.parametrize("path", ["/CP1", "/elsewhere/CP1/", "/cp1"])
async def test_from_the_same_address_the_newest_wins(path: str) -> None:
    old = await Wire("/CP1", address=HERE).open()
    new = await Wire(path, address=HERE).open()
    assert await old.closing() == 1008
    await is_present(new)
    # The network tells of the old one's end only now: that changes nothing.
    await old.end()
    await settle()
    await is_present(new)
    await new.end()
    await settle()
    assert not (await in_thread(the_charger)).connected


async def test_a_half_open_connection_gives_way_without_its_closing_handshake() -> None:
    old = await Wire(address=HERE).open()
    async with connected(address=HERE) as new:
        # Nothing more ever comes from the old one: its task ends by itself.
        assert old._task is not None
        await asyncio.wait_for(asyncio.gather(old._task, return_exceptions=True), 5)
        await settle()
        await is_present(new)


async def test_what_the_old_one_was_doing_is_stored_and_not_answered_on_the_new_one() -> None:
    old = await Wire(address=HERE).open()
    old.put('[2,"from-old","DataTransfer",{"vendorId":"V"}]')
    async with connected(address=HERE) as new:
        answer = await new.call("Heartbeat", "from-new")
        assert "currentTime" in answer
        assert await new.silent()


async def test_from_another_address_a_living_one_stays_and_staff_are_told() -> None:
    async with connected(address=HERE) as old:
        attempt = asyncio.create_task(Wire(address=THERE).open())
        asked = await old.get()
        assert asked[0] == 2
        assert asked[2] == "GetConfiguration"
        old.put(f'[3,"{asked[1]}",{{"configurationKey":[]}}]')
        new = await attempt
        assert new.status == 409
        await is_present(old)
    anomaly: Anomaly = (await in_thread(rows, Anomaly))[0]
    assert anomaly.kind == AnomalyKind.SECURITY
    assert THERE in anomaly.detail
    assert (await in_thread(the_charger)).epoch == 1


@pytest.mark.parametrize(
    "sign",
    [
        '[2,"h","Heartbeat",{}]',
        '[4,"%s","NotSupported","",{}]',
        "anything at all",
    ],
)
async def test_any_frame_is_a_sign_of_life(sign: str) -> None:
    async with connected(address=HERE) as old:
        attempt = asyncio.create_task(Wire(address=THERE).open())
        asked = await old.get()
        old.put(sign.replace("%s", asked[1]))
        assert (await attempt).status == 409
        if "Heartbeat" in sign:
            assert (await old.get())[0] == 3


async def test_from_another_address_a_dead_one_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "PROBE_S", 0.1)
    old = await Wire(address=HERE).open()
    async with connected(address=THERE) as new:
        assert (await old.get())[2] == "GetConfiguration"
        assert await old.closing() == 1008
        await old.end()
        await is_present(new)
        assert (await in_thread(the_charger)).remote_address == THERE
    assert await in_thread(rows, Anomaly) == []


async def test_the_answer_to_the_question_whether_it_lives_is_no_oddity() -> None:
    async with connected(address=HERE) as old:
        for _ in range(2):
            attempt = asyncio.create_task(Wire(address=THERE).open())
            asked = await old.get()
            old.put(f'[3,"{asked[1]}",{{}}]')
            assert (await attempt).status == 409
        await is_present(old)
    assert {a.kind for a in await in_thread(rows, Anomaly)} == {AnomalyKind.SECURITY}


async def test_a_late_answer_to_that_question_is_no_oddity_either(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever answered in another way first, and the question afterwards, did nothing odd."""
    async with connected(address=HERE) as old:
        attempt = asyncio.create_task(Wire(address=THERE).open())
        asked = await old.get()
        await old.call("Heartbeat")
        assert (await attempt).status == 409
        old.put(f'[3,"{asked[1]}",{{}}]')
        await is_present(old)
    assert {a.kind for a in await in_thread(rows, Anomaly)} == {AnomalyKind.SECURITY}


async def test_of_many_that_come_at_once_one_stays() -> None:
    wires = await asyncio.gather(*(Wire(address=HERE).open() for _ in range(8)))
    await settle()
    charger = await in_thread(the_charger)
    assert charger.epoch == 8
    assert store.sessions[charger.pk].epoch == 8
    answers = []
    for wire in wires:
        wire.put('[2,"h","Heartbeat",{}]')
        try:
            answers.append((await wire.get())[0])
        except Exception as closed:
            answers.append(type(closed).__name__)
        await wire.end()
    assert sorted(map(str, answers)) == ["3"] + ["Closed"] * 7
    await settle()
    assert not (await in_thread(the_charger)).connected


async def test_chargers_with_other_ids_do_not_disturb_each_other() -> None:
    async with connected("/A", address=HERE) as one, connected("/B", address=THERE) as two:
        assert "currentTime" in await one.call("Heartbeat")
        assert "currentTime" in await two.call("Heartbeat")
        assert len(store.sessions) == 2
