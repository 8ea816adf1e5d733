"""The gate at its borders, with a clock that is moved by hand; and over a connection."""

import asyncio
from contextlib import ExitStack
from typing import Any

import pytest
from pytest_django import Settings

from ocpp import limits_hit
from ocpp.choices import Registration
from ocpp.connection import gate as gates
from ocpp.connection.gate import Gate, Place
from ocpp.domain import chargers
from ocpp.domain.chargers import Refused, Visitor
from ocpp.models import Charger, ConnectionAttempt
from ocpp.tests.connection.wire import PRIVATE, PUBLIC, Wire, connected, settle
from ocpp.tests.factories import in_thread

HERE = "203.0.113.7"


class Clock:
    """Seconds, moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gate(clock: Clock) -> Gate:
    """A gate whose process has been there for a while."""
    made = Gate(clock)
    clock.now += 3600
    return made


@pytest.fixture(autouse=True)
def hits() -> dict[str, int]:
    """The counts as the test begins, for `since`."""
    return limits_hit.snapshot()


def since(before: dict[str, int]) -> dict[str, int]:
    """The limits that were hit since, with how often."""
    after = limits_hit.snapshot()
    return {name: count - before[name] for name, count in after.items() if count > before[name]}


def refusal(gate: Gate, key: str, network: str = HERE) -> Refused | None:
    """What the gate says to a connect: nothing, or why not."""
    try:
        gate.check(key, network)
    except Refused as refused:
        return refused
    return None


def let_in(gate: Gate, count: int, name: str, network: str = HERE) -> int:
    """How many of so many different ids may come now."""
    return sum(refusal(gate, f"{name}{number}", network) is None for number in range(count))


# --- handshakes of one address -----------------------------------------------------------------


def test_20_handshakes_a_second_of_an_address(
    gate: Gate, clock: Clock, hits: dict[str, int]
) -> None:
    assert let_in(gate, 20, "a") == 20
    over = refusal(gate, "b")
    assert over is not None
    assert (over.status, over.code, over.retry_after_s) == (429, "throttled", 1)
    assert since(hits) == {"handshakes_per_address": 1}
    # Another address has its own.
    assert refusal(gate, "b", "198.51.100.1") is None
    clock.now += 1 / 20
    assert let_in(gate, 2, "c") == 1
    clock.now += 1
    assert let_in(gate, 30, "d") == 20


def test_accepted_chargers_behind_one_address_come_back_at_once(gate: Gate, clock: Clock) -> None:
    for number in range(400):
        gate.know(f"k{number}", accepted=True)
    assert let_in(gate, 400, "k") == 400
    clock.now += 1
    # And take nothing from those who are new there.
    assert let_in(gate, 30, "new") == 20


def test_one_that_is_accepted_no_more_is_a_stranger(gate: Gate) -> None:
    gate.know("k", accepted=True)
    gate.know("k", accepted=False)
    assert not gate.is_familiar("k")


def test_without_a_limit_of_handshakes(gate: Gate, settings: Settings) -> None:
    settings.OCPP_HANDSHAKES_PER_ADDRESS_A_SECOND = 0
    settings.OCPP_ADMISSIONS_A_SECOND = 0
    assert let_in(gate, 2_000, "a") == 2_000


# --- connections of one address ----------------------------------------------------------------


def test_200_connections_of_an_address(gate: Gate, hits: dict[str, int]) -> None:
    for _ in range(199):
        gate.take_place(HERE)
    assert refusal(gate, "a") is None
    gate.take_place(HERE)
    over = refusal(gate, "a")
    assert over is not None
    assert (over.status, over.code) == (429, "throttled")
    assert over.retry_after_s >= 5
    assert since(hits) == {"connections_per_address": 1}
    assert refusal(gate, "a", "198.51.100.1") is None
    gate.know("k", accepted=True)
    assert refusal(gate, "k") is None
    gate.give_place(HERE)
    assert refusal(gate, "a") is None


def test_places_that_were_given_back_leave_nothing(gate: Gate) -> None:
    for number in range(100):
        gate.take_place(f"n{number}")
        gate.give_place(f"n{number}")
    assert gate._open == {}


# --- admissions of the process -----------------------------------------------------------------


def test_500_admissions_a_second(gate: Gate, clock: Clock, hits: dict[str, int]) -> None:
    for number in range(600):
        gate.know(f"k{number}", accepted=True)
    assert let_in(gate, 600, "k") == 500
    over = refusal(gate, "k1")
    assert over is not None
    assert (over.status, over.code) == (503, "busy")
    assert 5 <= over.retry_after_s <= 15
    assert since(hits) == {"admissions": 101}
    clock.now += 0.1
    assert let_in(gate, 600, "k") == 50
    clock.now += 10
    assert let_in(gate, 600, "k") == 500


def test_strangers_leave_half_of_the_admissions_to_those_who_are_known(
    gate: Gate, clock: Clock
) -> None:
    for number in range(600):
        gate.know(f"k{number}", accepted=True)
    strangers = sum(let_in(gate, 10, "s", f"net{number}") for number in range(100))
    assert strangers == 250
    assert let_in(gate, 600, "k") == 250
    # However many strangers come, whoever is known finds the gate open.
    for moment in range(60):
        clock.now += 0.1
        for number in range(30):
            let_in(gate, 10, "s", f"net{number}")
        assert sum(refusal(gate, f"k{moment * 10 + one}") is None for one in range(10)) == 10


def test_without_a_limit_of_admissions(gate: Gate, settings: Settings) -> None:
    settings.OCPP_ADMISSIONS_A_SECOND = 0
    for number in range(2_000):
        gate.know(f"k{number}", accepted=True)
    assert let_in(gate, 2_000, "k") == 2_000


@pytest.mark.parametrize("rate", [1, 2, 3])
def test_few_admissions_are_some(gate: Gate, clock: Clock, settings: Settings, rate: int) -> None:
    settings.OCPP_ADMISSIONS_A_SECOND = rate
    clock.now += 5
    assert let_in(gate, 5, "a") >= 1


# --- flapping ----------------------------------------------------------------------------------


def connects(gate: Gate, clock: Clock, count: int, pause_s: float) -> int:
    """How many connects of CP1 in a row are let in."""
    let = 0
    for _ in range(count):
        let += refusal(gate, "cp1") is None
        clock.now += pause_s
    return let


@pytest.mark.parametrize("known", [True, False])
def test_15_connects_a_minute_and_then_5_minutes_of_rest(
    gate: Gate, clock: Clock, hits: dict[str, int], known: bool
) -> None:
    gate.know("cp1", accepted=known)
    assert connects(gate, clock, 15, 1) == 15
    over = refusal(gate, "cp1")
    assert over is not None
    assert (over.status, over.code, over.retry_after_s) == (429, "throttled", 300)
    assert since(hits) == {"flapping": 1}
    # Neither another charger there nor the same one elsewhere rests.
    assert refusal(gate, "cp2") is None
    assert refusal(gate, "cp1", "198.51.100.1") is None
    clock.now += 299
    late = refusal(gate, "cp1")
    assert late is not None
    assert late.retry_after_s == 1
    # Coming too early does not make it longer.
    clock.now += 1
    assert connects(gate, clock, 15, 1) == 15
    assert refusal(gate, "cp1") is not None


def test_15_connects_a_minute_may_go_on_for_ever(gate: Gate, clock: Clock) -> None:
    assert connects(gate, clock, 600, 4) == 600


def test_16_connects_a_minute_may_not(gate: Gate, clock: Clock) -> None:
    assert connects(gate, clock, 17, 3.75) == 15


def test_nobody_rests_just_after_our_own_start(clock: Clock) -> None:
    gate = Gate(clock)
    gate.know("cp1", accepted=True)
    assert connects(gate, clock, 119, 1) == 119
    # What was before that is not counted afterwards.
    clock.now += 1
    assert connects(gate, clock, 16, 0.1) == 15


def test_without_a_limit_of_connects(gate: Gate, clock: Clock, settings: Settings) -> None:
    settings.OCPP_CONNECTS_A_MINUTE = 0
    gate.know("cp1", accepted=True)
    assert connects(gate, clock, 100, 0.1) == 100


def test_what_is_our_fault_is_not_counted(gate: Gate, clock: Clock) -> None:
    gate.know("cp1", accepted=True)
    for _ in range(50):
        assert refusal(gate, "cp1") is None
        gate.forgive(("cp1", HERE))
    assert gate._connects == {}
    gate.forgive(("cp1", HERE))


def test_whoever_the_process_has_no_time_for_does_not_flap(
    gate: Gate, clock: Clock, settings: Settings
) -> None:
    settings.OCPP_ADMISSIONS_A_SECOND = 1
    gate.know("cp1", accepted=True)
    clock.now += 10
    assert connects(gate, clock, 100, 0) == 1
    settings.OCPP_ADMISSIONS_A_SECOND = 500
    clock.now += 1
    assert connects(gate, clock, 20, 0) == 14


# --- memory ------------------------------------------------------------------------------------


def test_a_flood_of_unknown_addresses_is_forgotten(
    gate: Gate, clock: Clock, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gates, "MOST_ADDRESSES", 100)
    monkeypatch.setattr(gates, "MOST_PAIRS", 100)
    monkeypatch.setattr(gates, "MOST_RESTING", 10)
    settings.OCPP_ADMISSIONS_A_SECOND = 0
    settings.OCPP_CONNECTS_A_MINUTE = 1
    for number in range(5_000):
        for _ in range(2):
            refusal(gate, f"x{number}", f"n{number}")
    assert len(gate._rates) <= 100
    assert len(gate._connects) <= 100
    assert len(gate._resting) <= 11
    assert len(gate._logged) <= 3


def test_what_is_old_goes_by_itself(gate: Gate, clock: Clock, settings: Settings) -> None:
    settings.OCPP_ADMISSIONS_A_SECOND = 0
    for number in range(1_000):
        refusal(gate, f"x{number}", f"n{number}")
    assert len(gate._connects) == 1_000
    clock.now += 61
    for number in range(1_000):
        refusal(gate, f"y{number}", f"n{number}")
    assert len(gate._connects) == 1_000
    clock.now += 61
    for _ in range(600):
        clock.now += 4.1
        refusal(gate, "z", "n")
    assert 1 <= len(gate._connects) <= 15


def test_familiar_ids_are_bounded(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "MOST_FAMILIAR", 10)
    for number in range(100):
        gate.know(f"k{number}", accepted=True)
    assert list(gate._familiar) == [f"k{number}" for number in range(90, 100)]


# --- over a connection -------------------------------------------------------------------------


def make(charger_id: str, **facts: Any) -> Charger:
    return Charger.objects.create(charger_id=charger_id, **facts)


def attempts() -> int:
    return ConnectionAttempt.objects.count()


async def test_a_charger_that_flaps_is_told_to_rest(
    settings: Settings, hits: dict[str, int]
) -> None:
    settings.OCPP_START_GRACE_S = 0
    settings.OCPP_CONNECTS_A_MINUTE = 3
    for _ in range(3):
        async with connected():
            pass
    wire = await Wire().open()
    assert wire.status == 429
    assert wire.refusal is not None
    assert wire.refusal[1][b"retry-after"] == b"300"
    assert since(hits) == {"flapping": 1}
    async with connected("/CP2"):
        pass
    async with connected(address="192.168.1.6"):
        pass
    await settle()
    assert await in_thread(attempts) == 1


async def test_of_an_address_that_is_refused_staff_see_the_count_alone(
    settings: Settings, hits: dict[str, int]
) -> None:
    """A flood of names fills neither the log nor the list of refused connections."""
    settings.OCPP_HANDSHAKES_PER_ADDRESS_A_SECOND = 1
    await in_thread(make, "OLD")
    wires = [await Wire(f"/N{number}", address=PUBLIC).open() for number in range(20)]
    statuses = [wire.status for wire in wires]
    assert 1 <= statuses.count(101) <= 3
    assert since(hits)["handshakes_per_address"] == statuses.count(429)
    # Never seen by this process, and behind the same address: it comes in all the same.
    async with connected("/OLD", address=PUBLIC):
        pass
    for wire in wires:
        await wire.end()
    await settle()
    assert await in_thread(attempts) == 0


async def test_connections_that_wait_for_approval_take_places(
    settings: Settings, hits: dict[str, int]
) -> None:
    settings.OCPP_CONNECTIONS_PER_ADDRESS = 2
    async with connected("/A", address=PUBLIC), connected("/B", address=PUBLIC):
        assert (await Wire("/C", address=PUBLIC).open()).status == 429
        async with connected("/C", address="203.0.113.8"):
            pass
    assert since(hits) == {"connections_per_address": 1}
    async with connected("/C", address=PUBLIC):
        pass
    # An accepted one takes none.
    options = {"address": PRIVATE}
    async with connected("/D", **options), connected("/E", **options), connected("/F", **options):
        pass
    assert gates.gate()._open == {}


@pytest.mark.parametrize("way", ["id", "origin", "version", "closed"])
async def test_whoever_is_refused_leaves_no_place(settings: Settings, way: str) -> None:
    options: dict[str, Any] = {"address": PUBLIC}
    if way == "origin":
        options["headers"] = [(b"origin", b"https://evil.example")]
    elif way == "version":
        options["subprotocols"] = ["ocpp2.0.1"]
    elif way == "closed":
        settings.OCPP_UNKNOWN_CHARGERS = "closed"
    wire = await Wire("/a%20b" if way == "id" else "/A", **options).open()
    if way == "version":
        assert await wire.closing() == 1002
    await settle()
    assert gates.gate()._open == {}


async def test_the_client_behind_a_trusted_proxy_counts(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.5"]
    settings.OCPP_CONNECTIONS_PER_ADDRESS = 1

    async def status(charger_id: str, proxy: str, client: str) -> int:
        headers = [(b"x-forwarded-for", client.encode())]
        wire = await Wire(f"/{charger_id}", address=proxy, headers=headers).open()
        if wire.status == 101:
            wires.append(wire)
        return wire.status

    wires: list[Wire] = []
    assert await status("A", "10.0.0.5", "203.0.113.1") == 101
    assert await status("B", "10.0.0.5", "203.0.113.1") == 429
    assert await status("C", "10.0.0.5", "203.0.113.2") == 101
    # What anybody else says of others does not give them another address.
    assert await status("D", "198.51.100.1", "203.0.113.3") == 101
    assert await status("E", "198.51.100.1", "203.0.113.4") == 429
    for wire in wires:
        await wire.end()


async def test_a_site_whose_chargers_are_stored_comes_back_at_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After our own start nobody is familiar; who is accepted is read once, for all of them."""
    settings.OCPP_HANDSHAKES_PER_ADDRESS_A_SECOND = 2
    asked: list[int] = []
    keys = chargers.accepted_keys

    def counted(most: int) -> list[str]:
        asked.append(most)
        return keys(most)

    monkeypatch.setattr(chargers, "accepted_keys", counted)

    def many() -> None:
        Charger.objects.bulk_create(
            Charger(charger_id=f"S{number}", id_key=f"s{number}") for number in range(40)
        )
        make("PENDING", registration=Registration.PENDING)

    await in_thread(many)
    wires = await asyncio.gather(
        *(Wire(f"/S{number}", address=PUBLIC).open() for number in range(40))
    )
    assert {wire.status for wire in wires} == {101}
    assert len(asked) == 1
    assert not gates.gate().is_familiar("pending")
    for wire in wires:
        await wire.end()


async def test_too_many_at_once_are_told_when_to_come_again(
    settings: Settings, hits: dict[str, int]
) -> None:
    settings.OCPP_ADMISSIONS_A_SECOND = 1
    await in_thread(make, "CP1")
    async with connected():
        pass
    wire = await Wire().open()
    assert wire.status == 503
    assert wire.refusal is not None
    assert 5 <= int(wire.refusal[1][b"retry-after"]) <= 15
    assert since(hits)["admissions"] >= 1
    await settle()
    assert await in_thread(attempts) == 0


async def test_while_the_database_is_away_nobody_begins_to_flap(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OCPP_START_GRACE_S = 0
    settings.OCPP_CONNECTS_A_MINUTE = 2
    admit = chargers.admit

    def away(*_: Any) -> Any:
        raise RuntimeError("no database")

    monkeypatch.setattr(chargers, "admit", away)
    for _ in range(5):
        assert (await Wire().open()).status == 503
    monkeypatch.setattr(chargers, "admit", admit)
    async with connected():
        pass


async def test_an_ipv6_client_is_its_network() -> None:
    """Of a whole /64 it could take another address each time."""
    with ExitStack() as stack:
        for end in ("1", "2", "ffff:1"):
            place = stack.enter_context(Place())
            await place.take(f"a{end}", Visitor("A", "/", f"2001:db8::{end}", private=False))
        assert gates.gate()._open == {"2001:db8::/64": 3}
    assert gates.gate()._open == {}
