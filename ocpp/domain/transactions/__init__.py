"""Transactions: started, stopped, found again, and what they add to an account."""

from ocpp.domain.transactions.ends import force_close
from ocpp.domain.transactions.finishing import Stop
from ocpp.domain.transactions.judging import values
from ocpp.domain.transactions.starts import Start, start
from ocpp.domain.transactions.stops import stop

__all__ = ["Start", "Stop", "force_close", "start", "stop", "values"]
