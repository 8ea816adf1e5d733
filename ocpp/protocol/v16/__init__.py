"""OCPP 1.6: everything that it speaks, in one table."""

from ocpp.protocol.v16.handlers.authorization import authorize
from ocpp.protocol.v16.handlers.boot import boot_notification, heartbeat, tell_time
from ocpp.protocol.v16.handlers.certificates import sign_certificate
from ocpp.protocol.v16.handlers.data_transfer import data_transfer
from ocpp.protocol.v16.handlers.firmware import (
    diagnostics_status_notification,
    firmware_status_notification,
)
from ocpp.protocol.v16.handlers.metering import meter_values
from ocpp.protocol.v16.handlers.security import (
    log_status_notification,
    security_event_notification,
    signed_firmware_status_notification,
)
from ocpp.protocol.v16.handlers.status import status_notification
from ocpp.protocol.v16.handlers.transactions import start_transaction, stop_transaction
from ocpp.protocol.v16.messages import certificates, core, firmware, security
from ocpp.protocol.v16.orders import ORDERS
from ocpp.protocol.version import Route, Version

VERSION = Version(
    name="1.6",
    subprotocol="ocpp1.6",
    calls={
        # Core
        "Authorize": Route(core.Authorize, authorize, reads=True),
        "BootNotification": Route(core.BootNotification, boot_notification, reads=True),
        "DataTransfer": Route(core.DataTransfer, data_transfer),
        "Heartbeat": Route(core.Heartbeat, heartbeat, without_database=tell_time),
        "MeterValues": Route(core.MeterValues, meter_values),
        "StartTransaction": Route(core.StartTransaction, start_transaction, reads=True),
        "StatusNotification": Route(core.StatusNotification, status_notification, reads=True),
        "StopTransaction": Route(core.StopTransaction, stop_transaction, reads=True),
        # Firmware Management
        "DiagnosticsStatusNotification": Route(
            firmware.DiagnosticsStatusNotification, diagnostics_status_notification
        ),
        "FirmwareStatusNotification": Route(
            firmware.FirmwareStatusNotification, firmware_status_notification
        ),
        # Security Whitepaper
        "LogStatusNotification": Route(
            security.LogStatusNotification, log_status_notification, reads=True
        ),
        "SecurityEventNotification": Route(
            security.SecurityEventNotification, security_event_notification
        ),
        "SignCertificate": Route(certificates.SignCertificate, sign_certificate, reads=True),
        "SignedFirmwareStatusNotification": Route(
            security.SignedFirmwareStatusNotification,
            signed_firmware_status_notification,
            reads=True,
        ),
    },
    orders=ORDERS,
    ours=frozenset(
        {
            "CancelReservation",
            "CertificateSigned",
            "ChangeAvailability",
            "ChangeConfiguration",
            "ClearCache",
            "ClearChargingProfile",
            "DeleteCertificate",
            "ExtendedTriggerMessage",
            "GetCompositeSchedule",
            "GetConfiguration",
            "GetDiagnostics",
            "GetInstalledCertificateIds",
            "GetLocalListVersion",
            "GetLog",
            "InstallCertificate",
            "RemoteStartTransaction",
            "RemoteStopTransaction",
            "ReserveNow",
            "Reset",
            "SendLocalList",
            "SetChargingProfile",
            "SignedUpdateFirmware",
            "TriggerMessage",
            "UnlockConnector",
            "UpdateFirmware",
        }
    ),
)
