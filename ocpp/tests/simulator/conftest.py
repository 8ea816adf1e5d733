"""A central system for each test, and charge points that hurry."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio

from ocpp.simulator import ChargePointSimulator, SimulatorConfig
from ocpp.tests.simulator.central_system import CentralSystem, central_system

#: Simulated seconds in a real one.
FAST = 500


@pytest_asyncio.fixture
async def central() -> AsyncIterator[CentralSystem]:
    """A central system; at the end every frame that it got was right."""
    async with central_system() as system:
        yield system
        system.check()


@pytest.fixture
def make(central: CentralSystem) -> Callable[..., ChargePointSimulator]:
    """Makes charge points of that central system: 60 s of charging, a sample each 10 s."""

    def build(**options: Any) -> ChargePointSimulator:
        values = {
            "ws_port": central.port,
            "cp_path": "ws/ocpp/CP1/",
            "rfid": "DEADBEEF",
            "duration_s": 60,
            "interval_s": 10,
            "time_scale": FAST,
            **options,
        }
        return ChargePointSimulator(SimulatorConfig(**values))

    return build


@asynccontextmanager
async def running(point: ChargePointSimulator) -> AsyncIterator["asyncio.Task[None]"]:
    """The charge point's session as a task, that must have ended without an error."""
    task = asyncio.create_task(point._run_session())
    try:
        yield task
        await asyncio.wait_for(task, 10)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture(autouse=True)
def quiet_server() -> Iterator[None]:
    """The test's own server does not report the connections that a test cuts."""
    logger = logging.getLogger("websockets.server")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(level)
