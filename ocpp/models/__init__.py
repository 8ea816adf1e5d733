"""Every model of the app, a file per subject."""

from ocpp.models.anomaly import Anomaly
from ocpp.models.charger import Charger
from ocpp.models.charging_profile import ChargingProfile
from ocpp.models.command import Command
from ocpp.models.connector import Connector
from ocpp.models.data_transfer import DataTransfer
from ocpp.models.message import Message
from ocpp.models.metering import MeterReading
from ocpp.models.reservation import Reservation
from ocpp.models.security_event import SecurityEvent
from ocpp.models.simulator import Simulator
from ocpp.models.transaction import Transaction

__all__ = [
    "Anomaly",
    "Charger",
    "ChargingProfile",
    "Command",
    "Connector",
    "DataTransfer",
    "Message",
    "MeterReading",
    "Reservation",
    "SecurityEvent",
    "Simulator",
    "Transaction",
]
