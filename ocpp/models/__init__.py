"""Every model of the app, a file per subject."""

from ocpp.models.anomaly import Anomaly
from ocpp.models.authority import Authority
from ocpp.models.bulk import BulkCommand, BulkTarget
from ocpp.models.certificate import Certificate
from ocpp.models.certificate_request import CertificateRequest
from ocpp.models.charger import Charger
from ocpp.models.charger_group import ChargerGroup
from ocpp.models.charging_profile import ChargingProfile
from ocpp.models.command import Command
from ocpp.models.configuration import ConfigurationSnapshot
from ocpp.models.connection_attempt import ConnectionAttempt
from ocpp.models.connector import Connector
from ocpp.models.credential import Credential
from ocpp.models.data_transfer import DataTransfer
from ocpp.models.firmware import FirmwareFile, FirmwareTicket
from ocpp.models.installed_certificate import InstalledCertificate
from ocpp.models.local_list import CardsVersion, LocalList, LocalListSync
from ocpp.models.message import Message
from ocpp.models.metering import MeterReading
from ocpp.models.process import ServerProcess, Takeover
from ocpp.models.quarter import QuarterHour, RollUp
from ocpp.models.repair import OrphanStop, Repair, Review
from ocpp.models.reservation import Reservation
from ocpp.models.security_event import SecurityEvent
from ocpp.models.simulator import Simulator
from ocpp.models.status_change import StatusChange
from ocpp.models.tariff import CostLine, Holiday, SessionCost, Tariff, TariffPrice, TariffVersion
from ocpp.models.transaction import Transaction
from ocpp.models.unknown_tag import UnknownTag
from ocpp.models.upload import UploadSlot

__all__ = [
    "Anomaly",
    "Authority",
    "BulkCommand",
    "BulkTarget",
    "CardsVersion",
    "Certificate",
    "CertificateRequest",
    "Charger",
    "ChargerGroup",
    "ChargingProfile",
    "Command",
    "ConfigurationSnapshot",
    "ConnectionAttempt",
    "Connector",
    "CostLine",
    "Credential",
    "DataTransfer",
    "FirmwareFile",
    "FirmwareTicket",
    "Holiday",
    "InstalledCertificate",
    "LocalList",
    "LocalListSync",
    "Message",
    "MeterReading",
    "OrphanStop",
    "QuarterHour",
    "Repair",
    "Reservation",
    "Review",
    "RollUp",
    "SecurityEvent",
    "ServerProcess",
    "SessionCost",
    "Simulator",
    "StatusChange",
    "Takeover",
    "Tariff",
    "TariffPrice",
    "TariffVersion",
    "Transaction",
    "UnknownTag",
    "UploadSlot",
]
