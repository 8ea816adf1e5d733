"""MeterValues."""

from ocpp.domain import availability, transactions
from ocpp.domain.samples import Samples, kind
from ocpp.domain.station import Station
from ocpp.protocol.v16.messages.core import MeterValues, MeterValuesResponse
from ocpp.protocol.v16.messages.types import MeterValue, TransactionDataItem


def samples(moments: list[MeterValue] | list[TransactionDataItem]) -> list[Samples]:
    """The values in the terms of the domain, with the standard's defaults."""
    return [
        Samples(
            moment.timestamp,
            [
                (
                    one.value,
                    kind(one.measurand, one.unit, one.phase, one.location, one.context, one.format),
                )
                for one in moment.sampledValue
            ],
        )
        for moment in moments
    ]


def meter_values(station: Station, request: MeterValues) -> MeterValuesResponse:
    """Store every value (4.7)."""
    transactions.values(
        station,
        availability.connector(station, request.connectorId),
        request.transactionId,
        samples(request.meterValue),
        station.payload_json,
    )
    return _DONE


_DONE = MeterValuesResponse()
