"""Reads what a central system says, strictly: the schemas of OCPP 1.6, by hand.

A request that breaks them raises `CallRefused` and gets a CALLERROR; an answer that does
raises `SimulatorError`, for then the central system is at fault.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from ocpp.simulator.errors import CallRefused, ErrorKind, SimulatorError

T = TypeVar("T")

AUTHORIZATION = ("Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx")
REGISTRATION = ("Accepted", "Pending", "Rejected")


class Request:
    """The payload of a call to the charge point, read field by field."""

    def __init__(self, payload: dict[str, Any], *fields: str) -> None:
        unknown = sorted(set(payload) - set(fields))
        if unknown:
            raise CallRefused("FormationViolation", f"unknown: {', '.join(unknown)}")
        self._payload = payload

    def has(self, field: str) -> bool:
        """Whether an optional field is there."""
        return field in self._payload

    def text(self, field: str, limit: int) -> str:
        """A required text of at most `limit` characters."""
        value = self._required(field)
        if not isinstance(value, str):
            raise CallRefused("TypeConstraintViolation", f"{field} is not a text")
        if len(value) > limit:
            raise CallRefused("PropertyConstraintViolation", f"{field} is over {limit} characters")
        return value

    def integer(self, field: str, least: int | None = None) -> int:
        """A required whole number, at least `least` where that is given."""
        value = self._required(field)
        if not isinstance(value, int) or isinstance(value, bool):
            raise CallRefused("TypeConstraintViolation", f"{field} is not a whole number")
        if least is not None and value < least:
            raise CallRefused("PropertyConstraintViolation", f"{field} is below {least}")
        return value

    def choice(self, field: str, *words: str) -> str:
        """A required word out of `words`."""
        value = self._required(field)
        if value not in words:
            raise CallRefused("PropertyConstraintViolation", f"{field} is not one of {words}")
        return str(value)

    def texts(self, field: str, limit: int) -> list[str]:
        """An optional list of texts; empty when absent."""
        value = self._payload.get(field, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise CallRefused("TypeConstraintViolation", f"{field} is not a list of texts")
        if any(len(item) > limit for item in value):
            raise CallRefused("PropertyConstraintViolation", f"{field} is over {limit} characters")
        return value

    def number(self, field: str) -> float:
        """A required number that is not negative."""
        value = self._required(field)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise CallRefused("TypeConstraintViolation", f"{field} is not a number")
        if value < 0:
            raise CallRefused("PropertyConstraintViolation", f"{field} is below 0")
        return float(value)

    def moment(self, field: str) -> datetime:
        """A required time; without a zone it is UTC."""
        try:
            moment = datetime.fromisoformat(self.text(field, 40))
        except ValueError:
            raise CallRefused("TypeConstraintViolation", f"{field} is not a time") from None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def inner(self, field: str, *fields: str) -> "Request":
        """A required object, with its own fields."""
        value = self._required(field)
        if not isinstance(value, dict):
            raise CallRefused("TypeConstraintViolation", f"{field} is not an object")
        return Request(value, *fields)

    def each(self, field: str, *fields: str) -> list["Request"]:
        """An optional list of objects, each with its own fields; empty when absent."""
        value = self._payload.get(field, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise CallRefused("TypeConstraintViolation", f"{field} is not a list of objects")
        return [Request(item, *fields) for item in value]

    def optional(self, read: Callable[..., T], field: str, *rule: Any) -> T | None:
        """What `read`, a method of this request, makes of a field; None when it is absent."""
        return read(field, *rule) if self.has(field) else None

    def _required(self, field: str) -> Any:
        try:
            return self._payload[field]
        except KeyError:
            raise CallRefused("OccurenceConstraintViolation", f"{field} is missing") from None


def boot_answer(payload: dict[str, Any]) -> tuple[str, int]:
    """Status and interval (s) of a BootNotification.conf (OCPP 1.6, 6.4)."""
    _time(payload, "BootNotification")
    status, interval = payload.get("status"), payload.get("interval")
    if status not in REGISTRATION or type(interval) is not int or interval < 0:
        raise _wrong("BootNotification", payload)
    return status, interval


def heartbeat_answer(payload: dict[str, Any]) -> None:
    """Check a Heartbeat.conf (OCPP 1.6, 6.30)."""
    _time(payload, "Heartbeat")


def authorize_answer(payload: dict[str, Any]) -> tuple[str, str | None]:
    """The status of an Authorize.conf (OCPP 1.6, 6.2), and the group of the card if it has one."""
    status = _tag_status(payload, "Authorize")
    parent = payload["idTagInfo"].get("parentIdTag")
    return status, parent if isinstance(parent, str) else None


def start_answer(payload: dict[str, Any]) -> tuple[int, str]:
    """Transaction id and status of a StartTransaction.conf (OCPP 1.6, 6.46)."""
    transaction_id = payload.get("transactionId")
    if type(transaction_id) is not int:
        raise _wrong("StartTransaction", payload)
    return transaction_id, _tag_status(payload, "StartTransaction")


def _tag_status(payload: dict[str, Any], action: str) -> str:
    info = payload.get("idTagInfo")
    if not isinstance(info, dict) or info.get("status") not in AUTHORIZATION:
        raise _wrong(action, payload)
    return str(info["status"])


def _time(payload: dict[str, Any], action: str) -> None:
    try:
        moment = datetime.fromisoformat(payload["currentTime"])
    except (KeyError, TypeError, ValueError):
        raise _wrong(action, payload) from None
    if moment.tzinfo is None:
        raise _wrong(action, payload)


def _wrong(action: str, payload: dict[str, Any]) -> SimulatorError:
    return SimulatorError(ErrorKind.PROTOCOL, f"{action}.conf {payload}"[:500])
