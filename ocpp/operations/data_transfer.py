"""Send a vendor's own data."""

from typing import Annotated

from accounts.models import User
from ocpp.domain import commands
from ocpp.models import Charger, Command
from ocpp.operations.arguments import Text
from ocpp.operations.operation import Operation

VendorId = Annotated[str, Text(255)]
MessageId = Annotated[str, Text(50)]
#: The standard sets no length; this one keeps a message in one frame of any charge point.
Data = Annotated[str, Text(32 * 1024, min_length=0)]


@Operation
def data_transfer(
    charger: Charger,
    *,
    vendor_id: VendorId,
    message_id: MessageId | None = None,
    data: Data | None = None,
    user: User | None = None,
) -> Command:
    """Send data whose meaning the vendor defines (OCPP 1.6, 5.6)."""
    return commands.queue(
        charger,
        "data_transfer",
        {"vendor_id": vendor_id, "message_id": message_id, "data": data},
        user=user,
    )
