"""Simulator rows, and a central system in a thread of its own for those that are started."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from ocpp.domain import simulators
from ocpp.models import Simulator
from ocpp.tests.simulator.central_system import CentralSystem, central_system


@pytest.fixture
def threaded_central() -> Iterator[CentralSystem]:
    """A central system that serves while the test uses the database synchronously."""
    ready = threading.Event()
    found: list[CentralSystem] = []
    loop = asyncio.new_event_loop()
    over = asyncio.Event()

    async def serve() -> None:
        async with central_system() as system:
            found.append(system)
            ready.set()
            await over.wait()

    def run() -> None:
        loop.run_until_complete(serve())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(10)
    try:
        yield found[0]
    finally:
        simulators.shutdown()
        loop.call_soon_threadsafe(over.set)
        thread.join(10)
    found[0].check()


@pytest.fixture
def make_row(db: None) -> Callable[..., Simulator]:
    """Makes simulator rows."""

    def make(**values: object) -> Simulator:
        return Simulator.objects.create(
            **{"name": "Patio", "cp_path": "CP1", "duration_s": 3600, "interval_s": 1, **values}
        )

    return make


def until(condition: Callable[[], object], limit_s: float = 15) -> None:
    """Wait for something that another thread or process brings about."""
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)
