"""What the standard's configuration keys mean (OCPP 1.6, 9; Security Whitepaper, 3).

For people who look at a charge point's keys, and to refuse a value of the wrong type before it is
sent. A charge point may have any others, of which nothing is known here.
"""

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ocpp.domain.errors import Invalid


class Type(Enum):
    """What a key's value is; each value travels as text."""

    INTEGER = "integer"
    BOOLEAN = "boolean"
    LIST = "list"
    TEXT = "text"


#: The words for them.
TYPE_WORDS: Mapping[Type, str | Promise] = {
    Type.INTEGER: _("whole number"),
    Type.BOOLEAN: _("true or false"),
    Type.LIST: _("list, with commas"),
    Type.TEXT: _("text"),
}


class Key(NamedTuple):
    """A key of the standard: its type, its unit ("" for none), and what it does."""

    type: Type
    unit: str
    meaning: str | Promise


_INT, _BOOL, _LIST, _TEXT = Type.INTEGER, Type.BOOLEAN, Type.LIST, Type.TEXT

#: Those of the Core profile that every charge point must have.
_CORE: dict[str, Key] = {
    "AuthorizeRemoteTxRequests": Key(
        _BOOL, "", _("A start from the back office is authorised like a card at the charger.")
    ),
    "ClockAlignedDataInterval": Key(
        _INT, "s", _("How often meter values are sent at full intervals of the clock. 0: never.")
    ),
    "ConnectionTimeOut": Key(
        _INT, "s", _("How long a driver may take to plug in after the authorisation.")
    ),
    "ConnectorPhaseRotation": Key(
        _LIST, "", _("How the phases of each connector are wired to the meter, such as 1.RST.")
    ),
    "GetConfigurationMaxKeys": Key(
        _INT, "", _("The most keys that can be asked for in one message.")
    ),
    "HeartbeatInterval": Key(_INT, "s", _("After how much silence the charger sends a heartbeat.")),
    "LocalAuthorizeOffline": Key(
        _BOOL, "", _("Without a connection, known cards may start a transaction.")
    ),
    "LocalPreAuthorize": Key(
        _BOOL, "", _("Known cards start at once; they are checked afterwards.")
    ),
    "MeterValuesAlignedData": Key(_LIST, "", _("What is measured at full intervals of the clock.")),
    "MeterValuesSampledData": Key(_LIST, "", _("What is measured during a transaction.")),
    "MeterValueSampleInterval": Key(
        _INT, "s", _("How often meter values are sent during a transaction. 0: never.")
    ),
    "NumberOfConnectors": Key(_INT, "", _("How many connectors the charger has.")),
    "ResetRetries": Key(_INT, "", _("How often a restart that failed is tried again.")),
    "StopTransactionOnEVSideDisconnect": Key(
        _BOOL, "", _("Unplugging at the vehicle ends the transaction.")
    ),
    "StopTransactionOnInvalidId": Key(
        _BOOL, "", _("A transaction ends when its card turns out not to be allowed.")
    ),
    "StopTxnAlignedData": Key(
        _LIST, "", _("What is kept at full intervals of the clock and sent with the stop.")
    ),
    "StopTxnSampledData": Key(
        _LIST, "", _("What is kept during a transaction and sent with the stop.")
    ),
    "SupportedFeatureProfiles": Key(
        _LIST, "", _("The parts of the standard that the charger says it speaks.")
    ),
    "TransactionMessageAttempts": Key(
        _INT, "", _("How often a message about a transaction is tried before it is given up.")
    ),
    "TransactionMessageRetryInterval": Key(
        _INT, "s", _("The pause before it is tried again; it grows with each attempt.")
    ),
    "UnlockConnectorOnEVSideDisconnect": Key(
        _BOOL, "", _("Unplugging at the vehicle also unlocks the cable at the charger.")
    ),
}
_OPTIONAL: dict[str, Key] = {
    "AllowOfflineTxForUnknownId": Key(
        _BOOL, "", _("Without a connection, unknown cards may charge too.")
    ),
    "AuthorizationCacheEnabled": Key(
        _BOOL, "", _("The charger remembers cards that it has asked about.")
    ),
    "BlinkRepeat": Key(_INT, "", _("How often its lights blink as a signal.")),
    "ConnectorPhaseRotationMaxLength": Key(
        _INT, "", _("The most entries in ConnectorPhaseRotation.")
    ),
    "LightIntensity": Key(_INT, "%", _("How bright its lights are.")),
    "MaxEnergyOnInvalidId": Key(
        _INT, "Wh", _("Energy that may still flow after a card was refused.")
    ),
    "MeterValuesAlignedDataMaxLength": Key(
        _INT, "", _("The most entries in MeterValuesAlignedData.")
    ),
    "MeterValuesSampledDataMaxLength": Key(
        _INT, "", _("The most entries in MeterValuesSampledData.")
    ),
    "MinimumStatusDuration": Key(
        _INT, "s", _("How long a status must last before it is reported.")
    ),
    "StopTxnAlignedDataMaxLength": Key(_INT, "", _("The most entries in StopTxnAlignedData.")),
    "StopTxnSampledDataMaxLength": Key(_INT, "", _("The most entries in StopTxnSampledData.")),
    "SupportedFeatureProfilesMaxLength": Key(
        _INT, "", _("The most entries in SupportedFeatureProfiles.")
    ),
    "WebSocketPingInterval": Key(
        _INT, "s", _("How often the charger pings to keep the connection. 0: never.")
    ),
    # Local Auth List Management
    "LocalAuthListEnabled": Key(_BOOL, "", _("The local list of cards is used.")),
    "LocalAuthListMaxLength": Key(_INT, "", _("The most cards in the local list.")),
    "SendLocalListMaxLength": Key(_INT, "", _("The most cards in one message with the list.")),
    # Reservation
    "ReserveConnectorZeroSupported": Key(
        _BOOL, "", _("Any connector can be reserved, without saying which.")
    ),
    # Smart Charging
    "ChargeProfileMaxStackLevel": Key(_INT, "", _("The highest rank of a charging profile.")),
    "ChargingScheduleAllowedChargingRateUnit": Key(
        _LIST, "", _("Whether limits may be given as current, power or both.")
    ),
    "ChargingScheduleMaxPeriods": Key(_INT, "", _("The most periods in a charging profile.")),
    "ConnectorSwitch3to1PhaseSupported": Key(
        _BOOL, "", _("The charger can go from three phases to one while it charges.")
    ),
    "MaxChargingProfilesInstalled": Key(_INT, "", _("The most charging profiles at once.")),
    # Firmware Management
    "SupportedFileTransferProtocols": Key(
        _LIST, "", _("How the charger can fetch and send files.")
    ),
    # Security Whitepaper
    "AdditionalRootCertificateCheck": Key(
        _BOOL, "", _("Only one authority at a time: a new one must be signed by the old one.")
    ),
    "AuthorizationKey": Key(
        _TEXT, "", _("The password with which the charger connects. It is never shown.")
    ),
    "CertificateSignedMaxChainSize": Key(
        _INT, "", _("The longest chain of certificates that it can be sent.")
    ),
    "CertificateStoreMaxLength": Key(_INT, "", _("The most certificates it can store.")),
    "CpoName": Key(_TEXT, "", _("The operator's name in the charger's certificate.")),
    "SecurityProfile": Key(
        _INT, "", _("How the connection is secured, 0 to 3. It can only be raised.")
    ),
}

REQUIRED = tuple(_CORE)
KEYS: Mapping[str, Key] = _CORE | _OPTIONAL
_BY_FOLDED = {name.casefold(): key for name, key in KEYS.items()}


def find(name: str) -> Key | None:
    """What is known of a key; its letter case makes no difference (CiString)."""
    return _BY_FOLDED.get(name.casefold())


def check(name: str, value: str) -> None:
    """Raise Invalid, which names the key, for a value that cannot be one of a known key."""
    key = find(name)
    if key is None:
        return
    if key.type is Type.INTEGER and not _is_number(value):
        text = gettext("must be a whole number from 0 on; “%(value)s” is none.")
        raise Invalid(name, text % {"value": value[:50]})
    if key.type is Type.BOOLEAN and value.casefold() not in ("true", "false"):
        text = gettext("must be true or false; “%(value)s” is neither.")
        raise Invalid(name, text % {"value": value[:50]})


def _is_number(value: str) -> bool:
    return value.isascii() and value.isdecimal() and int(value[:12]) < 2**31 and len(value) < 12
