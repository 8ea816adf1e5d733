"""What a server process has running beside its connections."""

from ocpp.connection.hints import hints
from ocpp.connection.lease import lease
from schedules import running as schedules


def start() -> None:
    """Hold a lease, listen for hints, carry out schedules.

    Returns when the lease is held, or after some seconds when the database does not answer. May be
    called again, and from within an event loop.
    """
    lease.start()
    hints.start()
    schedules.start()


def stop() -> None:
    """End all that, and give the lease back. Blocks for some seconds at most; may be repeated."""
    schedules.stop(0.5)
    hints.stop()
    lease.stop()
