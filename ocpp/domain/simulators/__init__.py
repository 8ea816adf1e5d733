"""Simulators that staff start and stop: the rows, and the threads that run them."""

from ocpp.domain.simulators.host import shutdown, start, stop
from ocpp.domain.simulators.rows import AlreadyRunning, config_of
from ocpp.domain.simulators.words import explain

__all__ = ["AlreadyRunning", "config_of", "explain", "shutdown", "start", "stop"]
