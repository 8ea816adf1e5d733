"""The one table of what OCPP 1.6 speaks."""

import sys

from ocpp.protocol.v16 import VERSION

FROM_THE_CHARGE_POINT = {
    *("Authorize", "BootNotification", "DataTransfer", "DiagnosticsStatusNotification"),
    *("FirmwareStatusNotification", "Heartbeat", "MeterValues", "StartTransaction"),
    *("StatusNotification", "StopTransaction"),
    # Security Whitepaper, edition 3
    *("LogStatusNotification", "SecurityEventNotification", "SignCertificate"),
    "SignedFirmwareStatusNotification",
}
TO_THE_CHARGE_POINT = {
    *("CancelReservation", "ChangeAvailability", "ChangeConfiguration", "ClearCache"),
    *("ClearChargingProfile", "DataTransfer", "GetCompositeSchedule", "GetConfiguration"),
    *("GetDiagnostics", "GetLocalListVersion", "RemoteStartTransaction", "RemoteStopTransaction"),
    *("ReserveNow", "Reset", "SendLocalList", "SetChargingProfile", "TriggerMessage"),
    *("UnlockConnector", "UpdateFirmware"),
    # Security Whitepaper, edition 3
    *("CertificateSigned", "DeleteCertificate", "ExtendedTriggerMessage", "GetLog"),
    *("GetInstalledCertificateIds", "InstallCertificate", "SignedUpdateFirmware"),
}


def test_every_request_of_a_charge_point_has_its_route() -> None:
    assert set(VERSION.calls) == FROM_THE_CHARGE_POINT
    for action, route in VERSION.calls.items():
        assert route.request.__name__ == action


def test_what_only_we_may_send_is_known_as_such() -> None:
    assert set(VERSION.ours) == TO_THE_CHARGE_POINT - {"DataTransfer"}


def test_every_order_is_a_request_of_the_standard() -> None:
    for order in VERSION.orders.values():
        assert order.action in TO_THE_CHARGE_POINT
        assert hasattr(sys.modules[order.response.__module__], order.action)
        assert order.response.__name__ == f"{order.action}Response"


def test_only_what_needs_no_database_is_answered_without_it() -> None:
    without = {action for action, route in VERSION.calls.items() if route.without_database}
    assert without == {"Heartbeat"}
