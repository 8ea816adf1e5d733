"""Two server processes on PostgreSQL and Redis are one node: for commands, presence, takeover.

Redis may die and come back, and so may a process, without harm to the chargers of the others.
"""

import json
import os
import signal
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.interop import stories
from tests.support.databases import PostgresDatabase
from tests.support.fixtures import template_of
from tests.support.redis import RedisServer
from tests.support.server import ServerProcess
from tests.support.services import need
from tests.support.wire import Wire, connected

CHARGER = "ROAMS"
LEASE_S = 3
PATIENCE_S = 20
#: Another source address, which Linux has on its loopback interface.
ELSEWHERE = "127.0.0.2"


def wait_for(condition: Callable[[], Any], limit_s: float = PATIENCE_S) -> float:
    """Wait until the condition holds; returns how long that took (s)."""
    begin = time.monotonic()
    while not condition():
        assert time.monotonic() - begin < limit_s, f"not within {limit_s} s"
        time.sleep(0.01)  # between two looks
    return time.monotonic() - begin


@pytest.fixture(scope="module")
def template(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> PostgresDatabase:
    need("redis")
    database = template_of("postgresql", request.config, tmp_path_factory)
    assert isinstance(database, PostgresDatabase)
    return database


@pytest.fixture
def database(template: PostgresDatabase) -> Iterator[PostgresDatabase]:
    database = template.copy_of_template()
    yield database
    database.drop()


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path).start()
    yield server
    server.kill()


class Pair:
    """Two servers of one node."""

    def __init__(self, database: PostgresDatabase, folder: Path, redis: RedisServer) -> None:
        self.database = database
        self.redis = redis
        environment = {
            "REDIS_URL": redis.url,
            "OCPP_LEASE_S": str(LEASE_S),
            "SCHEDULES_LOOK_S": "1",
            "LOG_LEVEL": "DEBUG",
        }
        folders = [folder / "one", folder / "two"]
        for each in folders:
            each.mkdir()
        self.one, self.two = (
            ServerProcess(database, each, serve=[], environment=environment) for each in folders
        )
        self.token = ""

    def start(self) -> "Pair":
        self.one.start()
        self.two.start()
        wait_for(lambda: self.redis.listeners() == 2)
        self.token = stories.provide(self.one, CHARGER).token
        return self

    def charger(self) -> tuple[str, int]:
        """Owner and epoch of the charger."""
        rows = self.database.query(
            "SELECT owner, epoch FROM ocpp_charger WHERE charger_id = %s", [CHARGER]
        )
        owner, epoch = rows[0]
        return owner, epoch

    def processes(self) -> set[int]:
        """The process ids of those that hold a lease."""
        return {pid for (pid,) in self.database.query("SELECT pid FROM ocpp_serverprocess")}


@pytest.fixture
def pair(database: PostgresDatabase, tmp_path: Path, redis: RedisServer) -> Iterator[Pair]:
    pair = Pair(database, tmp_path, redis)
    try:
        yield pair.start()
        for server in (pair.one, pair.two):
            assert "Traceback" not in server.output()
    finally:
        pair.one.kill()
        pair.two.kill()


def boot(wire: Wire) -> None:
    told = wire.call("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})
    assert told[2]["status"] == "Accepted"


def command(pair: Pair, server: ServerProcess, wire: Wire) -> float:
    """Clear the cache through `server`; returns how soon the charger was told (s).

    The caller has the charger's answer, and not later than it would by looking.
    """
    answers: list[tuple[int, Any]] = []
    path = f"/ocpp/chargers/{CHARGER}/action/?wait_s=10"
    begin = time.perf_counter()

    def order() -> None:
        body = {"action": "clear_cache"}
        answers.append(server.request("POST", path, body, token=pair.token))

    thread = threading.Thread(target=order)
    thread.start()
    asked = wire.receive()
    took = time.perf_counter() - begin
    assert asked[2] == "ClearCache"
    wire.send(json.dumps([3, asked[1], {"status": "Accepted"}]))
    thread.join()
    status, told = answers[0]
    assert (status, told["state"]) == (200, "answered"), told
    return took


def test_a_command_reaches_a_charger_at_the_other_process(pair: Pair) -> None:
    with connected(pair.two.ws_url, CHARGER) as wire:
        boot(wire)
        command(pair, pair.one, wire)  # the first request of a process is slow
        took = sorted(command(pair, pair.one, wire) for _ in range(60))
        direct = sorted(command(pair, pair.two, wire) for _ in range(60))
        # A look each second would take half a second on average.
        assert statistics.median(took) < 0.2, took
    for through, times in (("the other", took), ("its own", direct)):
        print(
            f"a command reaches a charger through {through} process in "
            f"{statistics.median(times) * 1000:.1f} ms (median), {times[-2] * 1000:.1f} ms (98 %)"
        )


def test_redis_may_die_and_come_back(pair: Pair) -> None:
    with connected(pair.two.ws_url, CHARGER) as wire:
        boot(wire)
        epoch = pair.charger()
        page_s = min(_page_s(pair) for _ in range(3))
        pair.redis.kill()
        assert wire.is_alive()
        assert command(pair, pair.one, wire) < 5
        assert min(_page_s(pair) for _ in range(3)) < page_s + 0.5
        pair.redis.start()
        wait_for(lambda: pair.redis.listeners() == 2)
        # Frozen, it takes connections and does nothing with them.
        pair.redis.freeze()
        assert command(pair, pair.one, wire) < 5
        assert min(_page_s(pair) for _ in range(3)) < page_s + 0.5
        pair.redis.thaw()
        wait_for(lambda: min(command(pair, pair.one, wire) for _ in range(3)) < 0.3)
        assert pair.charger() == epoch


def _page_s(pair: Pair) -> float:
    """How long an answer of the REST API takes (s)."""
    begin = time.perf_counter()
    path = f"/ocpp/chargers/{CHARGER}/"
    status, _ = pair.one.request("GET", path, token=pair.token)
    assert status == 200
    return time.perf_counter() - begin


def test_a_process_that_is_killed_no_longer_owns_chargers(pair: Pair) -> None:
    with connected(pair.two.ws_url, CHARGER) as wire:
        boot(wire)
        owner, _ = pair.charger()
        assert f"/{pair.two.pid}/" in owner
        wait_for(lambda: pair.processes() == {pair.one.pid, pair.two.pid})
        pair.two.kill()
        # The survivor judges others only after a lease of its own without a gap, so one that has
        # just been started takes longer: two leases and a third, and what a busy machine adds.
        took = wait_for(lambda: pair.charger()[0] == "")
        print(f"presence was corrected {took:.1f} s after the kill, with leases of {LEASE_S} s")
    assert pair.processes() == {pair.one.pid}
    gone = f"The process {owner} is gone; 1 chargers are offline"
    wait_for(lambda: gone in pair.one.log_path.read_text())
    assert pair.one.log_path.read_text().count("is gone") == 1


def test_a_process_that_ends_in_order_gives_its_lease_back(pair: Pair) -> None:
    with connected(pair.two.ws_url, CHARGER) as wire:
        boot(wire)
        pair.two.stop()
        assert pair.charger()[0] == ""
        assert pair.processes() == {pair.one.pid}


def test_the_newest_connection_wins_across_processes(pair: Pair) -> None:
    with connected(pair.one.ws_url, CHARGER) as old:
        boot(old)
        with connected(pair.two.ws_url, CHARGER) as new:
            assert new.is_alive()
            assert old.closed_with() == 1008
            old.connection.close()
            assert new.is_alive()
            owner, epoch = pair.charger()
            assert f"/{pair.two.pid}/" in owner
            assert epoch == 2
            command(pair, pair.one, new)
            # The cleanup of the older one has run by now.
            assert pair.charger() == (owner, 2)


def test_without_redis_too(pair: Pair) -> None:
    pair.redis.kill()
    with connected(pair.one.ws_url, CHARGER) as old:
        boot(old)
        with connected(pair.two.ws_url, CHARGER) as new:
            # Until it is told, the old process takes nothing more from the old connection.
            kind = _say_something(old)
            assert kind in ("InternalError", 1008)
            assert new.is_alive()
            if kind != 1008:
                assert old.closed_with() == 1008
            assert pair.charger()[1] == 2


def _say_something(wire: Wire) -> Any:
    """What comes of a message: the code of its error, or of the end of the connection."""
    try:
        wire.send('[2,"late","DataTransfer",{"vendorId":"V"}]')
        answer = wire.receive()
    except ConnectionClosed as closed:
        return None if closed.rcvd is None else closed.rcvd.code
    return answer[2]


def _answer_questions(wire: Wire, asked: list[str]) -> threading.Thread:
    """Answer the question whether it lives, once."""

    def answer() -> None:
        question = wire.receive()
        asked.append(question[2])
        wire.send(json.dumps([3, question[1], {"configurationKey": []}]))

    thread = threading.Thread(target=answer)
    thread.start()
    return thread


def test_from_another_address_a_living_connection_stays(pair: Pair) -> None:
    with connected(pair.one.ws_url, CHARGER) as old:
        boot(old)
        asked: list[str] = []
        thread = _answer_questions(old, asked)
        with (
            pytest.raises(InvalidStatus) as refused,
            connected(pair.two.ws_url, CHARGER, source=ELSEWHERE),
        ):
            pass
        thread.join()
        assert refused.value.response.status_code == 409
        assert asked == ["GetConfiguration"]
        assert old.is_alive()
        assert pair.charger()[1] == 1
    rows = pair.database.query("SELECT kind, detail FROM ocpp_anomaly")
    assert [kind for kind, detail in rows if ELSEWHERE in detail] == ["security"]


def test_from_another_address_a_dead_connection_gives_way(pair: Pair) -> None:
    with connected(pair.one.ws_url, CHARGER) as old:
        boot(old)
        begin = time.monotonic()
        with connected(pair.two.ws_url, CHARGER, source=ELSEWHERE) as new:
            assert time.monotonic() - begin > 4.5
            assert new.is_alive()
            assert old.receive()[2] == "GetConfiguration"
            assert old.closed_with() == 1008
            owner, epoch = pair.charger()
            assert (f"/{pair.two.pid}/" in owner, epoch) == (True, 2)


def test_a_process_that_stood_still_has_its_chargers_again(pair: Pair) -> None:
    with connected(pair.two.ws_url, CHARGER) as wire:
        boot(wire)
        owner, _ = pair.charger()
        os.kill(pair.two.pid, signal.SIGSTOP)
        try:
            wait_for(lambda: pair.charger()[0] == "")
        finally:
            os.kill(pair.two.pid, signal.SIGCONT)
        assert wire.is_alive()
        wait_for(lambda: pair.charger() == (owner, 1))
        command(pair, pair.one, wire)


def test_schedules_run_once_and_go_on_when_a_process_dies(pair: Pair) -> None:
    def runs() -> list[tuple[str, Any]]:
        return pair.database.query("SELECT name, last_success FROM schedules_schedule")

    wait_for(lambda: len(runs()) > 3)
    for number in range(3):
        if number == 2:
            pair.two.kill()
        due = pair.one.shell(
            "from schedules.models import Schedule; from schedules import domain\n"
            "answer(domain.run_now(list(Schedule.objects.values_list('name', flat=True))))"
        )
        assert due == len(runs())
        expected = due * (number + 1)
        wait_for(partial(_have_carried_out, pair, expected))
    names = _carried_out(pair)
    assert {names.count(name) for name in names} == {3}


def _have_carried_out(pair: Pair, count: int) -> bool:
    return len(_carried_out(pair)) == count


def _carried_out(pair: Pair) -> list[str]:
    """The names of the duties in the logs of both processes, each as often as it was done."""
    logs = [path for each in (pair.one, pair.two) for path in (each.folder / "logs").glob("*.log")]
    lines = [line for path in logs for line in path.read_text().splitlines()]
    return [
        line.split("Schedule ")[1].split(":")[0]
        for line in lines
        if '"schedules.domain"' in line and "Schedule " in line
    ]
