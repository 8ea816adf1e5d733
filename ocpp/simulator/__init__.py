"""A simulated OCPP 1.6J charge point: the client side, as a plain importable package.

It shares no code with the server and needs no Django, so that it is a second, independent
reading of the standard:

    config = SimulatorConfig(host="127.0.0.1", ws_port=8000, cp_path="CP1", rfid="DEADBEEF")
    await ChargePointSimulator(config)._run_session()
"""

from ocpp.simulator.charge_point import ChargePointSimulator
from ocpp.simulator.config import SimulatorConfig
from ocpp.simulator.errors import ErrorKind, SimulatorError
from ocpp.simulator.fleet import Fleet, Outcome, Progress
from ocpp.simulator.phase import Phase

__all__ = [
    "ChargePointSimulator",
    "ErrorKind",
    "Fleet",
    "Outcome",
    "Phase",
    "Progress",
    "SimulatorConfig",
    "SimulatorError",
]
