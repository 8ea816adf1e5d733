"""What tests of quirks share: calls of a charge point, and looks at what they have left."""

from typing import Any

from ocpp.models import Anomaly, Charger, Transaction
from ocpp.tests.connection.wire import Wire
from ocpp.tests.factories import NOON_TEXT, TAG, at, in_thread


async def rows(model: Any) -> list[Any]:
    """All rows of a model, oldest first."""

    def read() -> list[Any]:
        return list(model.objects.order_by("pk"))

    return await in_thread(read)


async def only(model: Any) -> Any:
    """The one row of a model."""
    (row,) = await rows(model)
    return row


async def charger() -> Charger:
    """The one charger."""
    found: Charger = await only(Charger)
    return found


async def transaction(number: int) -> Transaction:
    """A transaction as it stands now."""

    def read() -> Transaction:
        return Transaction.objects.get(pk=number)

    return await in_thread(read)


async def odd() -> list[tuple[str, str]]:
    """Kind and detail of everything that was odd."""
    found: list[Anomaly] = await rows(Anomaly)
    return [(anomaly.kind, anomaly.detail) for anomaly in found]


async def alive(wire: Wire) -> bool:
    """Whether calls are still answered."""
    return "currentTime" in await wire.call("Heartbeat")


async def start(wire: Wire, **other: Any) -> int:
    """StartTransaction; returns the number that it is given."""
    told: dict[str, Any] = {
        "connectorId": 1,
        "idTag": TAG,
        "meterStart": 1000,
        "timestamp": NOON_TEXT,
        **other,
    }
    answer = await wire.call("StartTransaction", **told)
    number: int = answer["transactionId"]
    return number


async def stop(wire: Wire, number: int, meter: int = 6000, **other: Any) -> Any:
    """StopTransaction; returns its answer."""
    told: dict[str, Any] = {
        "transactionId": number,
        "idTag": TAG,
        "meterStop": meter,
        "timestamp": at(60),
        **other,
    }
    return await wire.call("StopTransaction", **told)


async def values(wire: Wire, *sampled: Any, minute: float = 30, **other: Any) -> Any:
    """MeterValues of one moment; a text is a register value. Returns the answer."""
    one_moment = {
        "timestamp": at(minute),
        "sampledValue": [{"value": one} if isinstance(one, str) else one for one in sampled],
    }
    told: dict[str, Any] = {"connectorId": 1, "meterValue": [one_moment], **other}
    return await wire.call("MeterValues", **told)
