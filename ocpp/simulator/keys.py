"""The configuration keys of a simulated charge point (OCPP 1.6, section 9)."""

from collections.abc import Callable
from typing import Any

from ocpp.simulator.access import Access
from ocpp.simulator.charging import MAX_LEVEL, MAX_PERIODS, MAX_PROFILES
from ocpp.simulator.local_list import MAX_IN_ONE_MESSAGE, MAX_LENGTH
from ocpp.simulator.meter import ENERGY, MEASURANDS
from ocpp.simulator.trust import MAX_INSTALLED

PROFILES = "Core,FirmwareManagement,LocalAuthListManagement,Reservation,SmartCharging,RemoteTrigger"
#: Bytes of a password, by the Security Whitepaper.
PASSWORD = range(16, 41)


def _boolean(value: str) -> bool:
    return value.lower() in ("true", "false")


def _whole(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 10


def _measurands(value: str) -> bool:
    return all(item.strip() in MEASURANDS for item in value.split(","))


class Keys:
    """Every key that the charge point knows; only those that it obeys can be changed."""

    def __init__(self, interval_s: float, connectors: int, access: Access) -> None:
        self._access = access
        self._values = {
            "AuthorizeRemoteTxRequests": "true",
            "CertificateStoreMaxLength": str(MAX_INSTALLED),
            "ChargeProfileMaxStackLevel": str(MAX_LEVEL),
            "ChargingScheduleAllowedChargingRateUnit": "Current,Power",
            "ChargingScheduleMaxPeriods": str(MAX_PERIODS),
            "ClockAlignedDataInterval": "0",
            "ConnectionTimeOut": "0",
            "ConnectorPhaseRotation": "NotApplicable",
            "CpoName": "",
            "GetConfigurationMaxKeys": "50",
            "HeartbeatInterval": "300",
            "LocalAuthListEnabled": "true",
            "LocalAuthListMaxLength": str(MAX_LENGTH),
            "LocalAuthorizeOffline": "false",
            "LocalPreAuthorize": "false",
            "MaxChargingProfilesInstalled": str(MAX_PROFILES),
            "MeterValuesAlignedData": "",
            "MeterValuesSampledData": ",".join(MEASURANDS),
            "MeterValueSampleInterval": str(max(1, round(interval_s))),
            "NumberOfConnectors": str(connectors),
            "ReserveConnectorZeroSupported": "true",
            "ResetRetries": "1",
            "SendLocalListMaxLength": str(MAX_IN_ONE_MESSAGE),
            "StopTransactionOnEVSideDisconnect": "true",
            "StopTransactionOnInvalidId": "true",
            "StopTxnAlignedData": "",
            "StopTxnSampledData": ENERGY,
            "SupportedFeatureProfiles": PROFILES,
            "SupportedFileTransferProtocols": "HTTP,HTTPS",
            "TransactionMessageAttempts": "3",
            "TransactionMessageRetryInterval": "10",
            "UnlockConnectorOnEVSideDisconnect": "true",
        }
        self._changed: set[str] = set()
        self._writable: dict[str, Callable[[str], bool]] = {
            "AuthorizeRemoteTxRequests": _boolean,
            "CpoName": lambda value: True,
            "HeartbeatInterval": _whole,
            "LocalAuthListEnabled": _boolean,
            "LocalAuthorizeOffline": _boolean,
            "LocalPreAuthorize": _boolean,
            "MeterValuesSampledData": _measurands,
            "MeterValueSampleInterval": _whole,
            "TransactionMessageAttempts": _whole,
            "TransactionMessageRetryInterval": _whole,
        }

    def report(self, names: list[str]) -> dict[str, Any]:
        """The payload of GetConfiguration.conf: the named keys, or all of them."""
        self._values["SecurityProfile"] = str(self._access.profile)
        found = {name: self._find(name) for name in names}
        known = [key for key in found.values() if key] if names else list(self._values)
        answer: dict[str, Any] = {
            "configurationKey": [
                {"key": name, "readonly": self._read_only(name), "value": self._values[name]}
                for name in known
            ]
        }
        unknown = [name for name, key in found.items() if key is None]
        if unknown:
            answer["unknownKey"] = unknown
        return answer

    def _read_only(self, name: str) -> bool:
        return name not in self._writable and name != "SecurityProfile"

    def change(self, name: str, value: str) -> str:
        """The status of ChangeConfiguration.conf; an Accepted value holds from now on."""
        if name.lower() == "authorizationkey":
            return self._change_password(value)
        if name.lower() == "securityprofile":
            rises = _whole(value) and self._access.rise(int(value))
            return "Accepted" if rises else "Rejected"
        key = self._find(name)
        if key is None:
            return "NotSupported"
        valid = self._writable.get(key)
        if valid is None or not valid(value):
            return "Rejected"
        self._values[key] = value
        self._changed.add(key)
        return "Accepted"

    def _change_password(self, value: str) -> str:
        """AuthorizationKey can be written and never read."""
        if len(value.encode()) not in PASSWORD:
            return "Rejected"
        self._access.password = value
        return "Accepted"

    def _find(self, name: str) -> str | None:
        """The key as we spell it: names of keys are case-insensitive (CiString50Type)."""
        return next((key for key in self._values if key.lower() == name.lower()), None)

    def put(self, name: str, value: str) -> None:
        """Set a key from within, as the interval that BootNotification.conf gives."""
        self._values[name] = value

    def changed(self, name: str) -> bool:
        """Whether the central system has set the key."""
        return name in self._changed

    def number(self, name: str) -> int:
        """A whole-number key."""
        return int(self._values[name])

    def flag(self, name: str) -> bool:
        """A boolean key."""
        return self._values[name].lower() == "true"

    def text(self, name: str) -> str:
        """A key as it stands."""
        return self._values[name]

    def words(self, name: str) -> list[str]:
        """A key that is a list."""
        return [word.strip() for word in self._values[name].split(",") if word.strip()]
