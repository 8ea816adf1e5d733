"""The supervisor, over workers that do nothing but live and die as a file tells them."""

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from config.serving import sockets, supervisor
from config.serving.supervisor import Supervisor
from tests.support.processes import children

LIMIT_S = 30
WORKER = """
import os, signal, socket, sys
link, listening = (socket.socket(fileno=int(fd)) for fd in sys.argv[-1].split(","))
mode = open(sys.argv[1]).read()
if mode == "die":
    sys.exit(3)
if mode == "hang":
    signal.pause()
if mode == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
listening.listen()
link.send(b"R")
if mode == "short":
    sys.exit(4)
while True:
    signal.pause()
"""


class Site:
    """A supervisor at work, and the file that tells new workers what to do."""

    def __init__(self, folder: Path) -> None:
        self.script = folder / "worker.py"
        self.script.write_text(WORKER)
        self.mode = folder / "mode"
        self.mode.write_text("live")

    @asynccontextmanager
    async def supervised(
        self, count: int = 1, *, one_at_a_time: bool = False
    ) -> AsyncIterator[tuple[Supervisor, "asyncio.Task[int]"]]:
        made = Supervisor("127.0.0.1", 0, count, one_at_a_time=one_at_a_time)
        running = asyncio.create_task(made.run())
        try:
            async with asyncio.timeout(LIMIT_S):
                yield made, running
        finally:
            self.mode.write_text("live")
            if not running.done():
                made.end()
            await asyncio.wait_for(running, LIMIT_S)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    site = Site(tmp_path)
    monkeypatch.setattr(sys, "orig_argv", [sys.executable, str(site.script), str(site.mode)])
    return site


def workers() -> list[int]:
    return children(os.getpid())


async def until(condition: Callable[[], object]) -> None:
    while not condition():  # noqa: ASYNC110  (nobody tells)
        await asyncio.sleep(0.01)


def accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except ConnectionRefusedError:
        return False
    return True


async def test_it_keeps_so_many_and_ends_with_them(site: Site) -> None:
    async with site.supervised(3) as (made, running):
        await until(lambda: len(workers()) == 3)
        await until(lambda: accepts(made.port))
        made.end()
        assert await running == 0
        assert not accepts(made.port)
    assert workers() == []


async def test_a_dead_worker_is_replaced_at_once(site: Site) -> None:
    async with site.supervised() as (made, _):
        await until(lambda: accepts(made.port))
        (first,) = workers()
        os.kill(first, signal.SIGKILL)
        # Connections wait in the socket, which stays open.
        assert accepts(made.port)
        await until(lambda: workers() and workers() != [first])


async def test_one_that_dies_again_and_again_has_growing_pauses(
    site: Site, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "PAUSE_LIMIT_S", 0.02)
    async with site.supervised() as (made, _):
        await until(lambda: accepts(made.port))
        site.mode.write_text("die")
        os.kill(workers()[0], signal.SIGKILL)
        await until(lambda: caplog.text.count("starts again in 0.02 s") >= 3)
        site.mode.write_text("live")
        await until(lambda: accepts(made.port))


async def test_a_port_that_is_taken_meanwhile_is_tried_again(
    site: Site, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "PAUSE_LIMIT_S", 0.02)
    async with site.supervised() as (made, _):
        await until(lambda: accepts(made.port))
        site.mode.write_text("die")
        os.kill(workers()[0], signal.SIGKILL)
        await until(lambda: "starts again in 0.02 s" in caplog.text)
        with socket.socket() as other:
            await until(lambda: bound(other, made.port))
            await until(lambda: "cannot be started: Address already in use" in caplog.text)
            site.mode.write_text("live")
        await until(lambda: accepts(made.port))


def bound(other: socket.socket, port: int) -> bool:
    """Whether the port could be had, while nobody has it."""
    try:
        other.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True


async def test_a_pause_ends_with_the_supervisor(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    async with site.supervised() as (made, running):
        await until(lambda: accepts(made.port))
        site.mode.write_text("die")
        os.kill(workers()[0], signal.SIGKILL)
        await until(lambda: "starts again in 1.0 s" in caplog.text)
        assert not accepts(made.port)
        made.end()
        assert await running == 0


@pytest.mark.parametrize("mode", ["die", "hang"])
async def test_what_cannot_start_at_all_ends_it(
    site: Site, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "START_LIMIT_S", 0.5)
    site.mode.write_text(mode)
    async with site.supervised(2) as (_, running):
        assert await running == 1
    assert workers() == []


async def test_one_that_is_killed_while_it_starts_is_replaced(site: Site) -> None:
    async with site.supervised(2) as (made, running):
        await until(lambda: len(workers()) == 2)
        first = workers()[0]
        os.kill(first, signal.SIGKILL)
        await until(lambda: len(set(workers()) - {first}) == 2)
        await until(lambda: accepts(made.port))
        assert not running.done()


@pytest.mark.parametrize("one_at_a_time", [False, True])
async def test_all_are_replaced(
    site: Site, caplog: pytest.LogCaptureFixture, one_at_a_time: bool
) -> None:
    caplog.set_level(logging.INFO)
    async with site.supervised(2, one_at_a_time=one_at_a_time) as (made, _):
        await until(lambda: "2 workers serve" in caplog.text)
        before = set(workers())
        made.reload()
        await until(lambda: "All workers are replaced" in caplog.text)
        assert len(workers()) == 2
        assert not before & set(workers())
        assert accepts(made.port)


async def test_a_new_one_that_does_not_start_leaves_the_old_ones(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with site.supervised(2) as (made, _):
        await until(lambda: "2 workers serve" in caplog.text)
        before = workers()
        site.mode.write_text("die")
        made.reload()
        await until(lambda: "Worker 1 is not replaced" in caplog.text)
        assert "ended by itself: 3" in caplog.text
        await until(lambda: workers() == before)


async def test_one_that_does_not_end_is_killed(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(supervisor, "DRAIN_LIMIT_S", 0.1)
    site.mode.write_text("stubborn")
    async with site.supervised() as (made, running):
        await until(lambda: accepts(made.port))
        made.end()
        assert await running == 0
    assert "does not end: it is killed" in caplog.text
    assert workers() == []


async def test_a_port_in_use_is_refused_though_it_could_be_shared() -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(sockets.CannotListen, match="in use"):
            Supervisor("127.0.0.1", other.getsockname()[1], 2, one_at_a_time=False)


def test_a_host_that_is_none_is_named() -> None:
    with pytest.raises(sockets.CannotListen, match=r"."):
        sockets.bind("no such host", 0)
