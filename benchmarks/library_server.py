"""A central system made of the PyPI library `ocpp`, as its documentation shows: it stores nothing.

    python library_server.py PORT

Run by the interpreter of the library's own environment (`tests/support/ocpp_venv.py`). The
library validates each request and each answer against the standard's schemas and logs nothing.
"""

import asyncio
import sys
from datetime import UTC, datetime
from itertools import count
from typing import Any

import websockets
from ocpp.v16 import ChargePoint, call_result

from ocpp.routing import on


class CentralSystemSide(ChargePoint):
    """Answers what the load sends."""

    numbers = count(1)

    @on("BootNotification")
    def on_boot(self, **_: Any) -> call_result.BootNotification:
        """Accept it."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return call_result.BootNotification(current_time=now, interval=300, status="Accepted")

    @on("StartTransaction")
    def on_start(self, **_: Any) -> call_result.StartTransaction:
        """Accept it."""
        return call_result.StartTransaction(
            transaction_id=next(self.numbers), id_tag_info={"status": "Accepted"}
        )

    @on("MeterValues")
    def on_meter_values(self, **_: Any) -> call_result.MeterValues:
        """Answer, and forget the values."""
        return call_result.MeterValues()


async def serve(connection: Any) -> None:
    """One connection of a charge point."""
    charge_point = CentralSystemSide(connection.request.path.rsplit("/")[-1], connection)
    try:
        await charge_point.start()
    except websockets.ConnectionClosed:
        return


async def main(port: int) -> None:
    """Serve until the process is ended."""
    async with websockets.serve(serve, "127.0.0.1", port, subprotocols=["ocpp1.6"]) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
