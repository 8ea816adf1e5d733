"""A fleet of thousands of simulated charge points, light enough for one core.

`ChargePointSimulator` is one charge point with everything that OCPP 1.6 can tell it. A `Swarm` is
ten thousand with the habits of a fleet: vehicles by the hour of the day, faults, quirks, lost
connections. It has no task, thread or timer of its own for a charge point or a message.
"""

from ocpp.simulator.swarm.behaviours import BEHAVIOURS, Behaviour
from ocpp.simulator.swarm.options import SwarmOptions
from ocpp.simulator.swarm.statistics import Statistics
from ocpp.simulator.swarm.swarm import Swarm

__all__ = ["BEHAVIOURS", "Behaviour", "Statistics", "Swarm", "SwarmOptions"]
