"""`docs/ocpp-1.6.md`: every message of the standard, and where it is in this project.

Made from the table of routes, the orders, the operations and the test files themselves, so that
nothing in it is remembered by hand but the standard's own list of messages.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.urls import NoReverseMatch, reverse

from ocpp.management.mentions import Mentions
from ocpp.operations import OPERATIONS
from ocpp.operations.operation import Operation
from ocpp.protocol.v16 import VERSION

TARGET = Path("docs") / "ocpp-1.6.md"
COMMAND = "python manage.py build_ocpp_table"
#: The page of the admin with the form of one operation; its arguments are the charger's primary
#: key and the operation's name.
FORM_URL = "admin:ocpp_charger_command"

#: The messages of OCPP 1.6, chapters 4 and 5, and of the Security Whitepaper, edition 3, by their
#: feature profile (OCPP 1.6, 3.2): those of the charge point, and those of the central system.
STANDARD: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Core": (
        (
            *("Authorize", "BootNotification", "DataTransfer", "Heartbeat", "MeterValues"),
            *("StartTransaction", "StatusNotification", "StopTransaction"),
        ),
        (
            *("ChangeAvailability", "ChangeConfiguration", "ClearCache", "DataTransfer"),
            *("GetConfiguration", "RemoteStartTransaction", "RemoteStopTransaction", "Reset"),
            "UnlockConnector",
        ),
    ),
    "Firmware Management": (
        ("DiagnosticsStatusNotification", "FirmwareStatusNotification"),
        ("GetDiagnostics", "UpdateFirmware"),
    ),
    "Local Auth List Management": ((), ("GetLocalListVersion", "SendLocalList")),
    "Reservation": ((), ("CancelReservation", "ReserveNow")),
    "Smart Charging": (
        (),
        ("ClearChargingProfile", "GetCompositeSchedule", "SetChargingProfile"),
    ),
    "Remote Trigger": ((), ("TriggerMessage",)),
    "Security Whitepaper": (
        (
            *("LogStatusNotification", "SecurityEventNotification", "SignCertificate"),
            "SignedFirmwareStatusNotification",
        ),
        (
            *("CertificateSigned", "DeleteCertificate", "ExtendedTriggerMessage"),
            *("GetInstalledCertificateIds", "GetLog", "InstallCertificate"),
            "SignedUpdateFirmware",
        ),
    ),
}
#: Messages of a charge point that follow an operation of ours; those that can be triggered are
#: found in the operations themselves.
FOLLOWS = {
    "Authorize": "remote_start",
    "DiagnosticsStatusNotification": "get_diagnostics",
    "FirmwareStatusNotification": "update_firmware",
    "LogStatusNotification": "get_log",
    "SignCertificate": "extended_trigger_message",
    "SignedFirmwareStatusNotification": "signed_update_firmware",
    "StartTransaction": "remote_start",
    "StopTransaction": "remote_stop",
}
BY_ITSELF = "the charge point alone"
#: Names of what is triggered where that is not the message's own.
TRIGGERED = {"SignCertificate": "SignChargePointCertificate"}

#: Operations that need one of two arguments, and the one that is shown.
ONE_OF = {"reserve": "minutes", "update_firmware": "firmware"}

HEADERS = {
    "in": ("Message", "Feature profile", "Message class", "Handler", "Asked for by", "Tests"),
    "out": (
        *("Message", "Feature profile", "Message class", "Order", "Operation"),
        *("REST action", "Form", "Command line", "Tests"),
    ),
}
TEXT = """\
# OCPP 1.6J, message by message

<!-- Made by `{command}`. Do not edit. -->

Every message of OCPP 1.6 and of its Security Whitepaper (edition 3), and where it is here. The
columns are taken from the tables of routes, orders and operations, and from the test files.

A REST action is the body of `POST /ocpp/chargers/{{id}}/action/`, with the arguments that it must
have. Every request and every answer is moreover tried against the official JSON schemas by the
tests called oracle, and every frame that any test has sent is judged by them.

## From the charge point ({count_in})

{table_in}

## To the charge point ({count_out})

{table_out}
"""


@dataclass
class Table:
    """The text of the document, and what is missing in it."""

    text: str
    gaps: list[str] = field(default_factory=list)


def build(root: Path) -> Table:
    """The document of the project at `root`; a cell for which there is nothing is a gap."""
    mentions = Mentions(root)
    gaps: list[str] = []
    tables: dict[str, str] = {}
    counts: dict[str, int] = {}
    for direction, headers in HEADERS.items():
        rows = []
        for profile, message in messages(direction):
            row = _incoming(message) if direction == "in" else _outgoing(message)
            row["Message"], row["Feature profile"] = message, profile
            row["Tests"] = mentions.cell(direction, message, row.pop("operation name", ""))
            gaps += [f"{message}: {name}" for name in headers if not row.get(name)]
            rows.append([row.get(name) or "–" for name in headers])
        gaps += [
            f"{message}: no interop test"
            for _, message in messages(direction)
            if not mentions.of_kind("interop", {message})
        ]
        tables[direction] = _markdown(headers, rows)
        counts[direction] = len(rows)
    text = TEXT.format(
        command=COMMAND,
        table_in=tables["in"],
        table_out=tables["out"],
        count_in=counts["in"],
        count_out=counts["out"],
    )
    return Table(text, gaps)


def messages(direction: str) -> list[tuple[str, str]]:
    """Feature profile and name of each message of the standard in a direction."""
    index = 0 if direction == "in" else 1
    return [(profile, name) for profile, both in STANDARD.items() for name in both[index]]


# --- rows ----------------------------------------------------------------------------------------


def _incoming(message: str) -> dict[str, str]:
    route = VERSION.calls.get(message)
    asked_for = ", ".join(_asked_for_by(message))
    if message in FOLLOWS and FOLLOWS[message] not in OPERATIONS:
        asked_for = ""
    if route is None:
        return {"Asked for by": asked_for}
    return {
        "Message class": _class(route.request),
        "Handler": _function(route.handler),
        "Asked for by": asked_for,
    }


def _asked_for_by(message: str) -> Iterable[str]:
    """Operations after which the charge point sends the message."""
    found = []
    for operation in OPERATIONS.values():
        for argument in operation.arguments.values():
            word = TRIGGERED.get(message, message)
            if word in argument.schema().get("enum", ()):
                found.append(f"`{operation.name}`")
    follows = FOLLOWS.get(message)
    if follows and f"`{follows}`" not in found:
        found.append(f"`{follows}`")
    return found or [BY_ITSELF]


def _outgoing(message: str) -> dict[str, str]:
    names = [name for name, order in VERSION.orders.items() if order.action == message]
    if not names:
        return {}
    # Another order may send the same message for a purpose of its own.
    name = next((one for one in names if one in OPERATIONS), names[0])
    order = VERSION.orders[name]
    request = getattr(sys.modules[order.response.__module__], message, None)
    row = {"Message class": _class(request), "Order": f"`{name}`", "operation name": name}
    operation = OPERATIONS.get(name)
    if operation is None:
        return row
    example = _example(operation)
    words = " ".join(f"{key}={_as_word(value)}" for key, value in example.items())
    return row | {
        "Operation": _function(operation),
        "REST action": f"`{json.dumps({'action': name, **example}, ensure_ascii=False)}`",
        "Form": _form(name),
        "Command line": f"`ocpp_command CP1 {name} {words}".rstrip() + "`",
    }


def _form(name: str) -> str:
    """Where staff find the operation as a form."""
    try:
        path = reverse(FORM_URL, args=[0, name])
    except NoReverseMatch:
        return ""
    return f"`{path.replace('/0/', '/<pk>/', 1)}`"


def _class(kind: Any) -> str:
    return f"`{kind.__module__.rpartition('.')[2]}.{kind.__name__}`" if kind else ""


def _function(function: Any) -> str:
    module = function.__module__
    path = module.replace(".", "/") + ".py"
    return f"[`{module.rpartition('.')[2]}.{function.__name__}`](../{path})"


def _example(operation: Operation[Any]) -> dict[str, Any]:
    """The arguments that must be given, with values that their rules take."""
    those = operation.arguments.values()
    one_of = ONE_OF.get(operation.name)
    needed = [one for one in those if one.required or one.name == one_of]
    return {one.name: _value(one.schema()) for one in needed}


def _value(schema: Mapping[str, Any]) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "string" if schema.get("format") == "date-time":
            return "2030-01-31T12:00:00Z"
        case "string":
            return "…"
        case "array":
            return [_value(schema["items"])]
        case "object":
            return {name: _value(schema["properties"][name]) for name in schema["required"]}
    return max(1, schema.get("minimum", 1))


def _as_word(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(_as_word(item) for item in value)
    if isinstance(value, dict):
        return ":".join(_as_word(item) for item in value.values())
    return str(value)


def _markdown(headers: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(headers), ["---"] * len(list(headers)), *map(list, rows)]
    return "\n".join(
        f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines
    )
