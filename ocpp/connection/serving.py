"""What a process that serves charge points has running beside their connections."""

from ocpp.connection.hints import hints
from ocpp.connection.lease import lease


def start() -> None:
    """Hold a lease and listen for hints. May be called again, and from within an event loop."""
    lease.start()
    hints.start()


def stop() -> None:
    """Give the lease back and listen no more. Blocks for some seconds at most; may be repeated."""
    hints.stop()
    lease.stop()
