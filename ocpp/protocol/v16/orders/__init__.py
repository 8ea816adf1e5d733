"""What a neutral order is in OCPP 1.6: its request, and what its answer means.

The session looks an order up by `Command.action`, sends `request(command.payload)` as a CALL of
`action`, reads the payload of the CALLRESULT as `response`, and hands `outcome(answer)` to
`ocpp.domain.commands.answered`.
"""

from collections.abc import Mapping

from ocpp.protocol.v16.orders import certificates, standard
from ocpp.protocol.v16.orders.base import Order

ORDERS: Mapping[str, Order] = {**standard.ORDERS, **certificates.ORDERS}

__all__ = ["ORDERS", "Order"]
