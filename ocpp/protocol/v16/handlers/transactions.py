"""StartTransaction and StopTransaction."""

from ocpp.domain import authorization, availability, transactions
from ocpp.domain.station import Station
from ocpp.protocol.v16.handlers.metering import samples
from ocpp.protocol.v16.messages.core import (
    StartTransaction,
    StartTransactionResponse,
    StopTransaction,
    StopTransactionResponse,
)
from ocpp.protocol.v16.messages.types import IdTagInfo


def start_transaction(station: Station, request: StartTransaction) -> StartTransactionResponse:
    """Record the start; refused or not, it gets a transaction id (4.8)."""
    transaction, status = transactions.start(
        station,
        transactions.Start(
            connector_id=availability.connector(station, request.connectorId),
            id_tag=request.idTag,
            meter=request.meterStart,
            time=request.timestamp,
            reservation_id=request.reservationId,
        ),
    )
    return StartTransactionResponse(
        idTagInfo=IdTagInfo(status=status),  # type: ignore[arg-type]
        transactionId=transaction.transaction_id,
    )


def stop_transaction(station: Station, request: StopTransaction) -> StopTransactionResponse:
    """Record the stop. It is confirmed whatever it refers to: it cannot be prevented (4.10)."""
    transactions.stop(
        station,
        transactions.Stop(
            transaction_id=request.transactionId,
            id_tag=request.idTag or "",
            meter=request.meterStop,
            time=request.timestamp,
            reason=request.reason or "",
            moments=samples(request.transactionData or []),
        ),
    )
    if request.idTag is None:
        return StopTransactionResponse()
    decision = authorization.decide(station.pk, request.idTag)
    return StopTransactionResponse(
        idTagInfo=IdTagInfo(status=decision.status)  # type: ignore[arg-type]
    )
