"""Every frame of the simulated charge point is one that the official schemas allow."""

import asyncio
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from ocpp.simulator import ChargePointSimulator, SimulatorConfig
from ocpp.simulator.answers import HANDLERS
from ocpp.simulator.trust import CENTRAL, hash_data
from ocpp.tests.simulator.central_system import CentralSystem, central_system
from ocpp.tests.simulator.certificates import Authority, pem
from tests.support.schemas import judge

#: Simulated seconds in a real one.
FAST = 300
LATER = "2099-01-01T00:00:00Z"
NOWHERE = "http://127.0.0.1:1/"
AUTHORITY = Authority()
PROFILE = {
    "chargingProfileId": 1,
    "stackLevel": 0,
    "chargingProfilePurpose": "TxDefaultProfile",
    "chargingProfileKind": "Recurring",
    "recurrencyKind": "Daily",
    "validTo": LATER,
    "chargingSchedule": {
        "startSchedule": "2026-01-01T00:00:00Z",
        "duration": 40_000,
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [
            {"startPeriod": 0, "limit": 16.3, "numberPhases": 3},
            {"startPeriod": 3600, "limit": 6.1},
        ],
    },
}
FAILED = {"status": "DownloadFailed"}
#: Every call there is, some more than once.
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("ChangeAvailability", {"connectorId": 0, "type": "Operative"}),
    ("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "60"}),
    ("ClearCache", {}),
    ("DataTransfer", {"vendorId": "Arthexis", "messageId": "Echo", "data": "x"}),
    ("GetConfiguration", {}),
    ("GetConfiguration", {"key": ["Nothing", "HeartbeatInterval"]}),
    ("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": PROFILE}),
    ("GetCompositeSchedule", {"connectorId": 1, "duration": 200_000}),
    ("GetCompositeSchedule", {"connectorId": 0, "duration": 5, "chargingRateUnit": "A"}),
    ("ClearChargingProfile", {"id": 1}),
    ("GetLocalListVersion", {}),
    ("SendLocalList", {"listVersion": 1, "updateType": "Full"}),
    ("InstallCertificate", {"certificateType": CENTRAL, "certificate": pem(AUTHORITY.root)}),
    ("GetInstalledCertificateIds", {"certificateType": CENTRAL}),
    ("DeleteCertificate", {"certificateHashData": hash_data(AUTHORITY.root)}),
    ("CertificateSigned", {"certificateChain": pem(AUTHORITY.root)}),
    ("ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"}),
    ("ExtendedTriggerMessage", {"requestedMessage": "LogStatusNotification"}),
    ("ExtendedTriggerMessage", {"requestedMessage": "FirmwareStatusNotification"}),
    ("TriggerMessage", {"requestedMessage": "StatusNotification"}),
    ("GetDiagnostics", {"location": NOWHERE}),
    ("GetLog", {"log": {"remoteLocation": NOWHERE}, "logType": "SecurityLog", "requestId": 1}),
    ("UpdateFirmware", {"location": NOWHERE, "retrieveDate": "2026-01-01T00:00:00Z"}),
    (
        "SignedUpdateFirmware",
        {
            "requestId": 2,
            "firmware": {
                "location": NOWHERE,
                "retrieveDateTime": "2026-01-01T00:00:00Z",
                "signingCertificate": pem(AUTHORITY.root),
                "signature": "AAAA",
            },
        },
    ),
    ("UnlockConnector", {"connectorId": 2}),
    ("RemoteStopTransaction", {"transactionId": 1}),
    (
        "ReserveNow",
        {"connectorId": 1, "expiryDate": LATER, "idTag": "CAFE", "reservationId": 5},
    ),
    ("CancelReservation", {"reservationId": 6}),
    ("Reset", {"type": "Hard"}),
    ("RemoteStartTransaction", {"connectorId": 1, "idTag": "CAFE"}),
]
#: What the charge point says by itself or because of them.
SAID = {
    *("Authorize", "BootNotification", "DiagnosticsStatusNotification", "Heartbeat"),
    *("FirmwareStatusNotification", "LogStatusNotification", "MeterValues"),
    *("SecurityEventNotification", "SignCertificate", "SignedFirmwareStatusNotification"),
    *("StartTransaction", "StatusNotification", "StopTransaction"),
}


def check(folder: Path, name: str, payload: Any) -> None:
    """Fail when a payload is against a schema."""
    judge(folder / f"{name}.json").validate(json.loads(json.dumps(payload), parse_float=Decimal))


def test_all_calls_are_made() -> None:
    assert {action for action, _ in CALLS} == set(HANDLERS)


async def test_every_call_is_answered_by_the_official_schemas(schema_folder: Path) -> None:
    async with central_system() as central:
        point = ChargePointSimulator(
            SimulatorConfig(
                ws_port=central.port,
                autostart=False,
                duration_s=1_000_000,
                interval_s=60,
                time_scale=FAST,
            )
        )
        session = asyncio.create_task(point._run_session())
        await announced(central, 2)
        for action, payload in CALLS:
            check(schema_folder, action, payload)
            answer = await central.call(action, payload)
            assert isinstance(answer, dict), (action, answer)
            check(schema_folder, f"{action}Response", answer)
            if action == "UpdateFirmware":
                await central.until(lambda: FAILED in central.sent("FirmwareStatusNotification"))
            if action == "Reset":
                await central.until(lambda: len(central.sent("BootNotification")) == 2)
                await announced(central, 6)
                await central.until(lambda: point.waiting and not point.resetting)
        await central.until(lambda: central.sent("MeterValues"))
        await central.call("TriggerMessage", {"requestedMessage": "Heartbeat"})
        await central.until(lambda: central.sent("Heartbeat"))
        point.stop()
        await asyncio.wait_for(session, 20)
        central.check()
    assert {action for action, _ in central.requests} == SAID
    for action, payload in central.requests:
        check(schema_folder, action, payload)


async def announced(central: CentralSystem, count: int) -> None:
    """Wait until so many StatusNotifications were sent."""
    await central.until(lambda: len(central.sent("StatusNotification")) >= count)


async def test_every_request_is_valid_by_the_official_schemas(
    schema_folder: Path,
) -> None:
    async with central_system() as central:
        for power_kw in (3.7, 150):
            point = ChargePointSimulator(
                SimulatorConfig(
                    ws_port=central.port,
                    cp_path="x" * 48,
                    rfid="0123456789ABCDEF0123",
                    duration_s=30,
                    interval_s=10,
                    power_kw=power_kw,
                    connector_id=2,
                    time_scale=FAST,
                    pre_charge_delay_s=FAST,
                )
            )
            session = asyncio.create_task(point._run_session())
            await central.until(lambda: central.requests)
            await central.until(lambda: central.requests[-1][1].get("status") == "Preparing")
            for message in (
                "BootNotification",
                "DiagnosticsStatusNotification",
                "FirmwareStatusNotification",
                "Heartbeat",
                "MeterValues",
                "StatusNotification",
            ):
                await central.call("TriggerMessage", {"requestedMessage": message})
            await asyncio.wait_for(session, 20)
        central.check()
    assert {action for action, _ in central.requests} == {
        "Authorize",
        "BootNotification",
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "MeterValues",
        "StartTransaction",
        "StatusNotification",
        "StopTransaction",
    }
    for action, payload in central.requests:
        check(schema_folder, action, payload)
