"""Every model of the app, a file per subject."""

from ocpp.models.anomaly import Anomaly
from ocpp.models.charger import Charger
from ocpp.models.charging_profile import ChargingProfile
from ocpp.models.command import Command
from ocpp.models.connector import Connector
from ocpp.models.data_transfer import DataTransfer
from ocpp.models.firmware import FirmwareFile, FirmwareTicket
from ocpp.models.local_list import LocalList
from ocpp.models.message import Message
from ocpp.models.metering import MeterReading
from ocpp.models.reservation import Reservation
from ocpp.models.security_event import SecurityEvent
from ocpp.models.simulator import Simulator
from ocpp.models.transaction import Transaction
from ocpp.models.upload import UploadSlot

__all__ = [
    "Anomaly",
    "Charger",
    "ChargingProfile",
    "Command",
    "Connector",
    "DataTransfer",
    "FirmwareFile",
    "FirmwareTicket",
    "LocalList",
    "Message",
    "MeterReading",
    "Reservation",
    "SecurityEvent",
    "Simulator",
    "Transaction",
    "UploadSlot",
]
