"""Several charge points in one event loop."""

import asyncio
import subprocess
import sys

from ocpp.simulator import ErrorKind, Fleet, SimulatorConfig

LONG = 1_000_000


def configs(central, count, **options):
    """So many charge points of a central system."""
    values = {"duration_s": 30, "interval_s": 10, "time_scale": 500, **options}
    return [
        SimulatorConfig(ws_port=central.port, cp_path=f"SIM{number}", **values)
        for number in range(1, count + 1)
    ]


async def test_all_do_their_session(central):
    fleet = Fleet(configs(central, 12), connects_per_s=200)
    outcomes = await asyncio.wait_for(fleet.run(), 20)
    assert [(o.error, o.sessions) for o in outcomes] == [(None, 1)] * 12
    assert {o.identity for o in outcomes} == {f"SIM{number}" for number in range(1, 13)}
    assert len(central.sent("StopTransaction")) == 12
    progress = fleet.progress()
    assert (progress.count, progress.online, progress.finished, progress.failed) == (12, 0, 12, 0)
    assert progress.sessions == 12
    assert progress.energy_wh == sum(s["meterStop"] for s in central.sent("StopTransaction"))
    # Each request and its answer.
    assert progress.messages == 2 * len(central.requests)


async def test_one_failure_does_not_hinder_the_others(central):
    central.say("Authorize", {"idTagInfo": {"status": "Invalid"}})
    outcomes = await asyncio.wait_for(Fleet(configs(central, 3), connects_per_s=200).run(), 20)
    errors = [o.error.kind for o in outcomes if o.error]
    assert errors == [ErrorKind.CARD]
    assert len(central.sent("StopTransaction")) == 2


async def test_stop_ends_every_transaction(central):
    fleet = Fleet(configs(central, 3, duration_s=LONG, repeat=True), connects_per_s=200)
    task = asyncio.create_task(fleet.run())
    await central.until(lambda: len(central.sent("MeterValues")) > 10)
    progress = fleet.progress()
    assert (progress.online, progress.charging) == (3, 3)
    fleet.stop()
    outcomes = await asyncio.wait_for(task, 10)
    assert [o.error for o in outcomes] == [None] * 3
    assert [s["reason"] for s in central.sent("StopTransaction")] == ["Local"] * 3


async def test_stop_before_all_are_connected(central):
    fleet = Fleet(configs(central, 5, duration_s=LONG), connects_per_s=1)
    task = asyncio.create_task(fleet.run())
    await central.until(lambda: central.sent("StartTransaction"))
    fleet.stop()
    outcomes = await asyncio.wait_for(task, 10)
    assert [(o.identity, o.error) for o in outcomes] == [("SIM1", None)]


async def test_a_silent_central_system_cannot_hold_it_up(central):
    central.say("StopTransaction", None)
    fleet = Fleet(configs(central, 1, duration_s=LONG), stop_limit_s=0.3)
    task = asyncio.create_task(fleet.run())
    await central.until(lambda: central.sent("MeterValues"))
    fleet.stop()
    (outcome,) = await asyncio.wait_for(task, 10)
    assert outcome.error is not None
    assert outcome.error.detail == "StopTransaction, 0.3 s"


def test_it_needs_no_django():
    code = (
        "import sys, ocpp.simulator; "
        "sys.exit(any(name.split('.')[0] in ('django', 'channels') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
