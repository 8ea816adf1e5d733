"""What systemd is told of a service: that it is ready, reloads, or ends (sd_notify(3))."""

import logging
import os
import socket
import time

logger = logging.getLogger(__name__)


def ready() -> None:
    """It serves."""
    _tell("READY=1")


def reloading() -> None:
    """Its processes are being replaced; `ready` says when that is over."""
    _tell(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")


def stopping() -> None:
    """It is going to end."""
    _tell("STOPPING=1")


def _tell(state: str) -> None:
    """Send `state` to whoever has started this process, if they want to know."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):  # an abstract socket of Linux
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as one:
            one.connect(address)
            one.sendall(state.encode())
    except OSError as error:
        logger.warning("systemd could not be told %s: %s", state.partition("\n")[0], error)
