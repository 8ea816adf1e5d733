"""A charge point that boots and then says nothing, but answers pings.

    python -I silent_point.py URL

Nothing of the project is imported. It prints a line when it has booted.
"""

import json
import sys

from websockets.sync.client import connect
from websockets.typing import Subprotocol


def main(url: str) -> None:
    """Boot, and listen until the connection ends."""
    with connect(
        url, subprotocols=[Subprotocol("ocpp1.6")], compression=None, ping_interval=None
    ) as wire:
        boot = {"chargePointVendor": "V", "chargePointModel": "M"}
        wire.send(json.dumps([2, "boot", "BootNotification", boot]))
        assert json.loads(wire.recv())[0] == 3
        print("booted", flush=True)
        for frame in wire:
            print(frame, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
