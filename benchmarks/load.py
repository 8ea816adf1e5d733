"""A closed-loop load: many charge points, each with one MeterValues under way at any time.

    python -m benchmarks.load ws://127.0.0.1:8000 --connections 200 --seconds 10

The generator must cost little, for it shares the machine with what it measures: one process, one
event loop, plain asyncio protocols (`charge_point`), on uvloop where that is installed.

Each charge point boots, starts a transaction, and then sends MeterValues of four samples (about
470 bytes) as fast as they are answered: the next goes out when the answer to the last is here.
Everything stops after `--seconds`. Prints "measuring" when the warm-up is over, "measured" at the
end, then one line of JSON with the figures. Any answer that is not the CALLRESULT of the call
ends the run as failed.
"""

import argparse
import asyncio
import json
import resource
import sys
import time
from typing import Any
from urllib.parse import urlsplit

from benchmarks.charge_point import ChargePoint, LoadFailedError, clock
from benchmarks.machine import enough_descriptors

#: Connections that shake hands at the same time.
HANDSHAKES = 20
CONNECT_LIMIT_S = 60


async def connect(url: str, count: int, latencies: list[float]) -> list[ChargePoint]:
    """Connect `count` charge points and bring each into a transaction."""
    address = urlsplit(url)
    if address.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise LoadFailedError(f"{url} is not on this machine: only loopback servers are loaded")
    loop = asyncio.get_running_loop()
    gate = asyncio.Semaphore(HANDSHAKES)

    async def one(index: int) -> ChargePoint:
        async with gate:
            _, charge_point = await loop.create_connection(
                lambda: ChargePoint(address.netloc, f"BENCH{index:04}", index, latencies),
                address.hostname,
                address.port,
            )
            await charge_point.prepare()
            return charge_point

    async with asyncio.timeout(CONNECT_LIMIT_S):
        return list(await asyncio.gather(*(one(index) for index in range(count))))


async def run(url: str, count: int, warm_up_s: float, seconds: float) -> dict[str, Any]:
    """Load the server at `url`; returns the figures."""
    latencies: list[float] = []
    charge_points = await connect(url, count, latencies)
    ticking = asyncio.create_task(clock.tick())
    for charge_point in charge_points:
        charge_point.running = True
        charge_point.send_meter_values(time.perf_counter())
    await asyncio.sleep(warm_up_s)

    print("measuring", flush=True)
    own_cpu = _cpu_s()
    began = time.perf_counter()
    for charge_point in charge_points:
        charge_point.measuring = True
    await asyncio.sleep(seconds)
    count_in_time, took = len(latencies), time.perf_counter() - began
    own_cpu = _cpu_s() - own_cpu
    print("measured", flush=True)

    ticking.cancel()
    errors = [charge_point.error for charge_point in charge_points if charge_point.error]
    size = len(charge_points[0].meter_values(1_000))
    for charge_point in charge_points:
        charge_point.stop()
    if errors:
        raise LoadFailedError(f"{len(errors)} charge points failed; the first: {errors[0]}")
    latencies[count_in_time:] = []
    latencies.sort()
    return {
        "connections": count,
        "payload_bytes": size,
        "messages": count_in_time,
        "answered": sum(charge_point.answered for charge_point in charge_points),
        "seconds": took,
        "p50_ms": _percentile(latencies, 50),
        "p99_ms": _percentile(latencies, 99),
        "generator_cpu_s": own_cpu,
    }


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _percentile(ordered: list[float], percent: int) -> float:
    if not ordered:
        raise LoadFailedError("no message was answered")
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] * 1000


def main() -> None:
    """Run the load of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url", help="the server, on this machine: ws://127.0.0.1:8000")
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--warm-up", type=float, default=3.0, help="seconds")
    parser.add_argument("--seconds", type=float, default=10.0, help="seconds that are measured")
    options = parser.parse_args()
    enough_descriptors(options.connections)
    try:
        import uvloop

        runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
    except ImportError:
        runner = asyncio.Runner()
    with runner:
        try:
            figures = runner.run(
                run(options.url, options.connections, options.warm_up, options.seconds)
            )
        except (LoadFailedError, TimeoutError, OSError) as error:
            sys.exit(f"the load failed: {error!r}")
    print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
