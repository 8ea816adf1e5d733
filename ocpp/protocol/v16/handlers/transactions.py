"""StartTransaction and StopTransaction."""

from ocpp.domain import authorization, availability, transactions
from ocpp.domain.station import Station
from ocpp.protocol.v16.handlers.authorization import id_tag_info
from ocpp.protocol.v16.handlers.metering import samples
from ocpp.protocol.v16.messages.core import (
    StartTransaction,
    StartTransactionResponse,
    StopTransaction,
    StopTransactionResponse,
)


def start_transaction(station: Station, request: StartTransaction) -> StartTransactionResponse:
    """Record the start; refused or not, it gets a transaction id (4.8)."""
    transaction, info = transactions.start(
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
        idTagInfo=id_tag_info(info),
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
    return StopTransactionResponse(idTagInfo=id_tag_info(decision.info))
