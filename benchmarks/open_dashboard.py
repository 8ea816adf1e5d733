"""An open dashboard with 1,000 chargers in front of a real browser: how it keeps up.

    .venv/bin/python -m benchmarks.open_dashboard [--chargers 1000] [--seconds 30]

The server runs on core 0 with SQLite; the fleet (`ocpp/simulator/swarm`) and Chromium share core 1.
All chargers are connected and have a place on the map, a fifth of them charges and tells meter
values each 10 s. Staff look at the first page: 100 rows, the totals, the map with all markers. Told
are how soon the page is there, what it asks for while it stands open, how long its script holds up
the browser (tasks of 50 ms and more), and how long it takes from a charge point's message to the
row on the screen, with a charger of its own that sends a status again and again.
"""

import argparse
import asyncio
import itertools
import json
import os
import shutil
import statistics
import time
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import uvloop
from playwright.async_api import Page, Request, async_playwright
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from benchmarks import machine
from benchmarks.fleets import a_server, connected, fleet_of
from benchmarks.machine import GENERATOR_CORE
from tests.support.server import ServerProcess

CHARGING, INTERVAL_S = 0.2, 10
#: Messages of the charger that is waited for.
PROBES = 15
#: The first in the list.
PROBE = "A-PROBE"
SETUP = """
from accounts.models import User
from ocpp.models import Charger
User.objects.create_superuser("boss", password="secret")
Charger.objects.exclude(charger_id__startswith="SIM").delete()
chargers = list(Charger.objects.all())
for number, charger in enumerate(chargers):
    charger.latitude, charger.longitude = 25.5 + number // 40 / 100, -100.5 + number % 40 / 100
Charger.objects.bulk_update(chargers, ["latitude", "longitude"], batch_size=200)
"""
#: Notes what holds the page up, before anything else runs in it.
WATCH = """
window.longTasks = [];
new PerformanceObserver((list) => {
  list.getEntries().forEach((one) => window.longTasks.push(one.duration));
}).observe({ type: "longtask", buffered: true });
"""


async def opened(page: Page, server: ServerProcess, count: int) -> tuple[float, float]:
    """Log in and open the dashboard; when its rows and its markers were there (s)."""
    await page.goto(f"{server.url}/login/")
    await page.fill("#id_username", "boss")
    await page.fill("#id_password", "secret")
    await page.click("main button")
    await page.wait_for_url("**/admin/")
    begun = time.monotonic()
    await page.goto(f"{server.url}/ocpp/", wait_until="domcontentloaded")
    rows = time.monotonic() - begun
    # All but the probe have a place.
    enough = "count => document.querySelectorAll('.pin').length >= count"
    await page.wait_for_function(enough, arg=count, timeout=60_000)
    return rows, time.monotonic() - begun


async def stands_open(page: Page, seconds: float) -> tuple[Counter[str], list[float]]:
    """What the page asks for in so many seconds, and what holds it up meanwhile (ms)."""
    asked: Counter[str] = Counter()

    def note(request: Request) -> None:
        asked[urlsplit(request.url).path] += 1

    await page.evaluate("window.longTasks = []")
    page.on("request", note)
    await asyncio.sleep(seconds)
    page.remove_listener("request", note)
    return asked, list(await page.evaluate("window.longTasks"))


async def probe(server: ServerProcess) -> ClientConnection:
    """The charger that is waited for, booted."""
    wire = await connect(
        f"{server.ws_url}/ws/ocpp/{PROBE}", subprotocols=[Subprotocol("ocpp1.6")], compression=None
    )
    boot = {"chargePointVendor": "Maker", "chargePointModel": "Model"}
    await wire.send(json.dumps([2, "boot", "BootNotification", boot]))
    await wire.recv()
    return wire


async def delays(page: Page, wire: ClientConnection) -> list[float]:
    """From sending a status to its row on the screen (s), again and again, in order."""
    times = []
    words = itertools.cycle((("Faulted", "Out of order"), ("Available", "Available")))
    shown = f"""word => [...document.querySelectorAll("tr")].some(row =>
      row.dataset.liveCharger === "{PROBE}" && row.innerText.includes(word))"""
    for number in range(PROBES):
        status, word = next(words)
        told = {"connectorId": 1, "status": status, "errorCode": "NoError"}
        begun = time.monotonic()
        await wire.send(json.dumps([2, f"status-{number}", "StatusNotification", told]))
        await page.wait_for_function(shown, arg=word, timeout=60_000)
        times.append(time.monotonic() - begun)
        await wire.recv()
        await asyncio.sleep(0.37)  # not in step with the second in which pages are told
    return sorted(times)


async def measure(server: ServerProcess, count: int, seconds: float) -> list[str]:
    """All of it, as sentences."""
    swarm = fleet_of(server, count, 400, INTERVAL_S)
    await connected(swarm)
    for point in swarm.points[: round(count * CHARGING)]:
        point.plug("FFFFFFFF")
        await swarm.until(lambda: False, 0.05)
    going_on = asyncio.create_task(swarm.until(lambda: False))
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = await chromium.new_page(viewport={"width": 1280, "height": 900}, locale="en-US")
        await page.add_init_script(WATCH)
        rows, markers = await opened(page, server, count)
        first = list(await page.evaluate("window.longTasks"))
        wire = await probe(server)
        row = f"tr[data-live-charger='{PROBE}']"
        begun = time.monotonic()
        await page.wait_for_selector(row, timeout=60_000)
        came = time.monotonic() - begun
        machine.note_load()
        answered = swarm.statistics.answered
        asked, held = await stands_open(page, seconds)
        rate = (swarm.statistics.answered - answered) / seconds
        times = await delays(page, wire)
        await wire.close()
        await chromium.close()
    going_on.cancel()
    charging = swarm.statistics.charging
    await swarm.end()
    return [
        f"{count:,} chargers, {charging:,} charging, {rate:.0f} messages/s: the rows are there"
        f" after {rows:.1f} s, all markers after {markers:.1f} s ({_tasks(first)})",
        f"in {seconds:g} s the open page asks {sum(asked.values())} times ({_counted(asked)});"
        f" {_tasks(held)}",
        f"a new charger has its row {came:.1f} s after its boot; a status is on the screen after"
        f" {statistics.median(times):.2f} s (median; at most {times[-1]:.2f} s) of {len(times)}",
    ]


def _counted(asked: Counter[str]) -> str:
    return ", ".join(f"{path} {count}" for path, count in asked.most_common())


def _tasks(times: list[Any]) -> str:
    if not times:
        return "nothing held it up for 50 ms"
    told = f"{sum(times):.0f} ms in all, longest {max(times):.0f}"
    return f"{len(times)} tasks of 50 ms and more, {told}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chargers", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=30)
    options = parser.parse_args()
    machine.end_cleanly()
    machine.need_two_cores()
    machine.enough_descriptors(options.chargers)
    os.sched_setaffinity(0, {GENERATOR_CORE})
    with (
        a_server("sqlite", options.chargers) as server,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        server.shell(SETUP)
        sentences = runner.run(measure(server, options.chargers, options.seconds))
    how = "on SQLite, server on core 0, fleet and browser on core 1"
    print(*machine.conditions(how), "", *(f"- {one}" for one in sentences), sep="\n")


if __name__ == "__main__":
    main()
