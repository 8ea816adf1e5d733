"""Types that several messages share (OCPP 1.6, section 7)."""

from typing import Annotated, Literal

from msgspec import Meta

from ocpp.protocol.payload import Payload, Text20

AuthorizationStatus = Literal["Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx"]
AvailabilityType = Literal["Inoperative", "Operative"]
ChargePointErrorCode = Literal[
    "ConnectorLockFailure",
    "EVCommunicationError",
    "GroundFailure",
    "HighTemperature",
    "InternalError",
    "LocalListConflict",
    "NoError",
    "OtherError",
    "OverCurrentFailure",
    "OverVoltage",
    "PowerMeterFailure",
    "PowerSwitchFailure",
    "ReaderFailure",
    "ResetFailure",
    "UnderVoltage",
    "WeakSignal",
]
ChargePointStatus = Literal[
    "Available",
    "Preparing",
    "Charging",
    "SuspendedEVSE",
    "SuspendedEV",
    "Finishing",
    "Reserved",
    "Unavailable",
    "Faulted",
]
Location = Literal["Body", "Cable", "EV", "Inlet", "Outlet"]
Measurand = Literal[
    "Current.Export",
    "Current.Import",
    "Current.Offered",
    "Energy.Active.Export.Interval",
    "Energy.Active.Export.Register",
    "Energy.Active.Import.Interval",
    "Energy.Active.Import.Register",
    "Energy.Reactive.Export.Interval",
    "Energy.Reactive.Export.Register",
    "Energy.Reactive.Import.Interval",
    "Energy.Reactive.Import.Register",
    "Frequency",
    "Power.Active.Export",
    "Power.Active.Import",
    "Power.Factor",
    "Power.Offered",
    "Power.Reactive.Export",
    "Power.Reactive.Import",
    "RPM",
    "SoC",
    "Temperature",
    "Voltage",
]
Phase = Literal["L1", "L2", "L3", "N", "L1-N", "L2-N", "L3-N", "L1-L2", "L2-L3", "L3-L1"]
ReadingContext = Literal[
    "Interruption.Begin",
    "Interruption.End",
    "Other",
    "Sample.Clock",
    "Sample.Periodic",
    "Transaction.Begin",
    "Transaction.End",
    "Trigger",
]
Reason = Literal[
    "DeAuthorized",
    "EVDisconnected",
    "EmergencyStop",
    "HardReset",
    "Local",
    "Other",
    "PowerLoss",
    "Reboot",
    "Remote",
    "SoftReset",
    "UnlockCommand",
]
RegistrationStatus = Literal["Accepted", "Pending", "Rejected"]
# "Celcius" is how the standard's first schemas spelled it; both are in use.
UnitOfMeasure = Literal[
    "A",
    "Celcius",
    "Celsius",
    "Fahrenheit",
    "Hertz",
    "K",
    "Percent",
    "V",
    "VA",
    "W",
    "Wh",
    "kVA",
    "kW",
    "kWh",
    "kvar",
    "kvarh",
    "var",
    "varh",
]
ValueFormat = Literal["Raw", "SignedData"]


class IdTagInfo(Payload):
    """Status of an id tag (7.27)."""

    status: AuthorizationStatus
    expiryDate: str | None = None
    parentIdTag: Text20 | None = None


class SampledValue(Payload):
    """One value of a meter (7.43). Absent fields have the standard's defaults."""

    value: str
    context: ReadingContext | None = None
    format: ValueFormat | None = None
    measurand: Measurand | None = None
    phase: Phase | None = None
    location: Location | None = None
    unit: UnitOfMeasure | None = None


class MeterValue(Payload):
    """Values of one moment (7.33)."""

    timestamp: str
    sampledValue: Annotated[list[SampledValue], Meta(min_length=1)]


class TransactionDataItem(Payload):
    """A MeterValue inside StopTransaction.req, where the schema allows no values at all."""

    timestamp: str
    sampledValue: list[SampledValue]


class KeyValue(Payload):
    """One configuration key (7.29)."""

    key: Annotated[str, Meta(max_length=50)]
    readonly: bool
    value: Annotated[str, Meta(max_length=500)] | None = None
